import { Option, type Command } from 'commander'
import type { z } from 'zod'
import { failUsage } from './answer.ts'
import type { ExitCode, Session } from './session.ts'

/** An option as it is written in the help. */
export interface OptionSpec {
  /** @example '--limit <n>' */
  readonly flags: string
  readonly description: string
  /** May be given several times; its value is the list. */
  readonly isRepeatable?: true
}

/** A command, for people and for the parser. */
export interface CommandSpec<Values> {
  readonly name: string
  readonly summary: string
  /** A command that could be typed; shown below the help. */
  readonly example?: string
  /** Name and description; `<id>` must be given, `[id]` may, `[rest...]` takes what is left. */
  readonly arguments?: readonly (readonly [string, string])[]
  readonly options?: readonly OptionSpec[]
  /**
   * Reads arguments and options, all texts as they were typed, by their names. The message of an error is the form that
   * is expected, such as `1–65535`.
   */
  readonly values: z.ZodType<Values>
  readonly run: (session: Session, values: Values) => Promise<ExitCode>
}

/** What a command is given when it is called. */
export interface Launch {
  /** @param flags - The global options, unchecked. */
  readonly openSession: (flags: unknown) => Session
  readonly finish: (exitCode: ExitCode) => void
}

/** Adds a command that only holds others. */
export function addGroup(program: Command, name: string, summary: string): Command {
  return program.command(name).description(summary).helpCommand(false)
}

/** How a command is called. @example 'rumi packs list' */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

/** Adds a command to its parent. */
export function addCommand<Values>(parent: Command, launch: Launch, spec: CommandSpec<Values>): void {
  const command = parent.command(spec.name).description(spec.summary)
  for (const [name, description] of spec.arguments ?? []) command.argument(name, description)
  for (const { flags, description, isRepeatable } of spec.options ?? []) {
    const option = new Option(flags, description)
    command.addOption(isRepeatable ? option.argParser(collect).default([], '') : option)
  }
  if (spec.example !== undefined) command.addHelpText('after', `\n${spec.example}`)
  command.action(async () => {
    const session = launch.openSession(command.optsWithGlobals())
    const positional = command.registeredArguments.map((argument, index): [string, unknown] => [
      argument.name(),
      command.processedArgs[index],
    ])
    const parsed = spec.values.safeParse({ ...command.opts(), ...Object.fromEntries(positional) })
    launch.finish(parsed.success ? await spec.run(session, parsed.data) : refuse(session, parsed.error, command))
  })
}

function collect(value: string, before: unknown): readonly unknown[] {
  return [...(Array.isArray(before) ? before : []), value]
}

function refuse(session: Session, error: z.ZodError, command: Command): ExitCode {
  const options = new Map(command.options.map((option) => [option.attributeName(), option.long]))
  const { usage } = session.messages
  const issues = error.issues.map(({ path, message }) => {
    const name = path.join('.')
    return usage.value(options.get(name) ?? name, message)
  })
  return failUsage(session, issues.join(' '), usage.seeHelp(pathOf(command)))
}
