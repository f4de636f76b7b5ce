import { Command, CommanderError, Option } from 'commander'
import { z } from 'zod'
import type { Messages } from '../messages/index.ts'
import { fail, failUsage } from './answer.ts'
import { addSystemCommands } from './commands/system.ts'
import { addCommandGroups } from './command-groups.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { pathOf, type Launch } from './define-command.ts'
import { exceptionHandler } from './exception.ts'
import { chooseMessages, languages } from './language.ts'
import { describeOwnName } from './own-name.ts'
import type { ExitCode, Session } from './session.ts'
import { openTerminal } from './terminal.ts'

/** What surrounds a call of the command line. */
export interface CallSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly currentFolder: string
  readonly version: string
}

/**
 * Performs one call of the command line.
 *
 * @param given - The arguments behind the program's name.
 */
export async function runCommandLine(given: readonly string[], surroundings: CallSurroundings): Promise<ExitCode> {
  const messages = chooseMessages(surroundings.environment, findValue(given, '--lang'))
  const finished: { code: ExitCode } = { code: 0 }
  const launch: Launch = {
    openSession: (flags) => openSession(globalFlagsSchema.parse(flags), messages, surroundings),
    finish: (code) => {
      finished.code = code
    },
  }
  const program = createProgram(messages, surroundings.version)
  addSystemCommands(program, launch, messages)
  const loadGroups = addCommandGroups(program, launch, messages)
  addCompletionCommand(program, launch, { messages, loadGroups })
  try {
    await program.parseAsync([...given], { from: 'user' })
    return finished.code
  } catch (error) {
    // The options may be what could not be read, so only those that change how we answer are looked for.
    const session = launch.openSession({
      json: given.includes('--json'),
      color: !given.includes('--no-color'),
      home: findValue(given, '--home'),
    })
    return error instanceof CommanderError
      ? answerParser(session, error, findCommand(program, given))
      : fail(session, exceptionHandler(session)(error))
  }
}

const globalFlagsSchema = z.object({
  home: z.string().min(1).optional(),
  json: z.boolean().default(false),
  color: z.boolean().default(true),
})

function openSession(flags: z.infer<typeof globalFlagsSchema>, messages: Messages, around: CallSurroundings): Session {
  const whereabouts = { environment: around.environment, currentFolder: around.currentFolder, home: flags.home }
  return {
    ...whereabouts,
    terminal: openTerminal(around.environment, { noColor: !flags.color }),
    messages,
    isJson: flags.json,
    ownName: describeOwnName(whereabouts),
  }
}

function createProgram(messages: Messages, version: string): Command {
  const { help } = messages
  const titles: Readonly<Record<string, string>> = {
    'Usage:': help.title.usage,
    'Arguments:': help.title.arguments,
    'Options:': help.title.options,
    'Commands:': help.title.commands,
  }
  return new Command('rumi')
    .description(help.program)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ styleTitle: (title) => titles[title] ?? title, optionDescription: (option) => option.description })
    .helpOption('-h, --help', help.help)
    .helpCommand(false)
    .version(version, '-V, --version', help.version)
    .option('--home <folder>', help.home)
    .option('--json', help.json)
    .addOption(new Option('--lang <language>', help.language).choices(languages))
    .option('--no-color', help.noColor)
}

/** The value of an option that is needed before the arguments can be parsed. */
function findValue(given: readonly string[], option: string): string | undefined {
  const at = given.findIndex((argument) => argument === option || argument.startsWith(`${option}=`))
  const found = given[at]
  if (found === undefined) return undefined
  return found === option ? given[at + 1] : found.slice(option.length + 1)
}

function answerParser(session: Session, error: CommanderError, command: Command): ExitCode {
  if (error.exitCode === 0) return 0
  if (error.code === 'commander.help') return 2 // a command that needs a command: the help was printed
  const { usage } = session.messages
  const sentence = usage.sentences[error.code]
  const detail = hideValues(error.message.replace(/^error: /, ''))
  const message = sentence === undefined ? detail : `${sentence} ${detail}`
  return failUsage(session, message, usage.seeHelp(pathOf(command)))
}

/** What was too much may be a secret that somebody took for an argument: it is not repeated into a log of ours. */
function hideValues(detail: string): string {
  return detail.replace(/(but got \d+): .*$/s, '$1.').replace(/^(unknown option '[^'=]*)=.*$/s, "$1'")
}

/** The innermost command that the arguments name. */
function findCommand(program: Command, given: readonly string[]): Command {
  return given.reduce(
    (command, argument) => command.commands.find((child) => child.name() === argument) ?? command,
    program,
  )
}
