import type { z } from 'zod'
import type { Outcome, Problem } from '@rumi/kernel/base'
import { nameCommands } from './own-name.ts'
import { escapeJson, escapeText } from './render/escape.ts'
import type { ExitCode, Session } from './session.ts'

/** How a value is shown to people, and whether it is good news. */
export interface Presentation<T> {
  readonly schema: z.ZodType<T>
  readonly show: (value: T) => void
  /** False: the answer came, but what it says is a failure (a run that failed, a ledger that is not intact). */
  readonly isOk?: (value: T) => boolean
}

/** Prints an outcome, as JSON or for people, and gives the exit code. */
export function answer<T>(session: Session, outcome: Outcome<unknown>, presentation: Presentation<T>): ExitCode {
  if (!outcome.ok) return fail(session, outcome.error)
  const parsed = presentation.schema.safeParse(outcome.value)
  if (!parsed.success) {
    const { answer: message, answerHint: hint } = session.messages.server
    return fail(session, { code: 'server.answer', status: 502, message, hint })
  }
  if (session.isJson) printJson(session, outcome.value)
  else presentation.show(parsed.data)
  return presentation.isOk?.(parsed.data) === false ? 1 : 0
}

/** Prints a problem: sentence and hint for people, `{"error", "problem"}` for programs. */
export function fail(session: Session, problem: Problem, exitCode: ExitCode = 1): ExitCode {
  const { code, message, hint } = problem
  if (session.isJson) {
    printJson(session, { error: message, problem: { code, ...(hint === undefined ? {} : { hint }) } })
    return exitCode
  }
  const { messages, terminal, ownName } = session
  const { red, bold, dim } = terminal.errPalette
  const sentence = messages.problems[code]
  const label = `${messages.problem.error}: `
  const lines = sentence === undefined ? [message] : [sentence, message]
  const [first = '', ...more] = lines.map((line) => escapeText(nameCommands(line, ownName)))
  terminal.err(`${red(label)}${bold(first)}\n`)
  for (const line of more) terminal.err(`  ${dim(line)}\n`)
  if (hint !== undefined) terminal.err(`${messages.problem.hint}: ${escapeText(nameCommands(hint, ownName))}\n`)
  return exitCode
}

/** Prints a usage problem; the exit code is 2. */
export function failUsage(session: Session, message: string, hint?: string): ExitCode {
  return fail(session, { code: 'usage.invalid', status: 400, message, ...(hint === undefined ? {} : { hint }) }, 2)
}

/** Prints one of our own sentences for people on `out`, with commands as they can be typed here. */
export function say(session: Session, text: string): void {
  session.terminal.out(`${nameCommands(text, session.ownName)}\n`)
}

/** The same on `err`: for what is no data. */
export function note(session: Session, text: string): void {
  session.terminal.err(`${nameCommands(text, session.ownName)}\n`)
}

/** Prints a value as JSON that a terminal can show safely. */
export function printJson(session: Session, value: unknown): void {
  session.terminal.out(`${escapeJson(value, 2)}\n`)
}
