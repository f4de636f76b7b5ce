import type { Session } from './session.ts'

/** Says that blocks will run without a sandbox, in a way nobody overlooks. */
export function warnPermissive({ terminal, messages }: Session): void {
  const { red, bold } = terminal.errPalette
  terminal.err(`${red(bold(`${messages.problem.warning}: ${messages.server.permissive}`))}\n`)
}
