import type { Command } from 'commander'

/** Shells that completions are written for. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Whether completions are written for it. */
export function isShell(name: string): name is Shell {
  return shells.some((shell) => shell === name)
}

/** A command and what may follow it. */
export interface CommandShape {
  /** Words behind the program's name; empty for the program itself. @example 'packs list' */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly description: string }[]
  readonly options: readonly { readonly word: string; readonly description: string }[]
}

/** The commands of a program with their options; each also takes the program's own. */
export function describeCommands(program: Command): readonly CommandShape[] {
  const global = optionsOf(program)
  const visit = (command: Command, path: string): readonly CommandShape[] => {
    const words = command.commands.map((child) => ({ word: child.name(), description: child.description() }))
    const own = unique([...optionsOf(command), ...global])
    const below = command.commands.flatMap((child) =>
      visit(child, path === '' ? child.name() : `${path} ${child.name()}`),
    )
    return [{ path, words, options: own }, ...below]
  }
  return visit(program, '')
}

/** A completion script. It knows commands and options; files and values are left to the shell. */
export function renderCompletion(shell: Shell, commands: readonly CommandShape[]): string {
  return { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell](commands)
}

function optionsOf(command: Command): CommandShape['options'] {
  const named = command.options.flatMap(({ long, description }) =>
    typeof long === 'string' ? [{ word: long, description }] : [],
  )
  return [...named, { word: '--help', description: '' }]
}

function unique(options: CommandShape['options']): CommandShape['options'] {
  return options.filter(({ word }, index) => options.findIndex((other) => other.word === word) === index)
}

/** Follows the words typed so far to the command they name; both shells understand this. (`path` is PATH in zsh.) */
function renderWalk(commands: readonly CommandShape[]): string {
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]))
  return `    case "\${at:+$at }$word" in
      ${paths.join('|')}) at="\${at:+$at }$word" ;;
    esac`
}

function renderCases(commands: readonly CommandShape[], write: (words: string) => string): string {
  return commands
    .map(
      ({ path, words, options }) =>
        `    '${path}') ${write([...words, ...options].map(({ word }) => word).join(' '))} ;;`,
    )
    .join('\n')
}

function renderBash(commands: readonly CommandShape[]): string {
  return `# rumi completion for bash. Use it with: source <(rumi completion bash)
_rumi() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${renderWalk(commands)}
  done
  case "$at" in
${renderCases(commands, (words) => `words='${words}'`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rumi rumi
`
}

function renderZsh(commands: readonly CommandShape[]): string {
  return `#compdef rumi
# rumi completion for zsh. Use it with: source <(rumi completion zsh)
_rumi() {
  local at= word
  for word in "\${(@)words[2,CURRENT-1]}"; do
${renderWalk(commands)}
  done
  case "$at" in
${renderCases(commands, (words) => `compadd -- ${words}`)}
  esac
  _files
}
compdef _rumi rumi
`
}

function renderFish(commands: readonly CommandShape[]): string {
  const lines = commands.flatMap(({ path, words, options }) => {
    const condition = `-n "__rumi_at '${path}'"`
    return [
      ...words.map(({ word, description }) => `complete -c rumi ${condition} -f -a ${word} -d ${quote(description)}`),
      ...options.map(
        ({ word, description }) => `complete -c rumi ${condition} -l ${word.slice(2)} -d ${quote(description)}`,
      ),
    ]
  })
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]))
  return `# rumi completion for fish. Use it with: rumi completion fish | source
function __rumi_at
  set -l path ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim "$path $word")
    contains -- "$longer" ${paths.join(' ')}; and set path "$longer"
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
