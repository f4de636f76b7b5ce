import { escapeLine } from './render/escape.ts'
import type { Session } from './session.ts'

/** Asks somebody at the terminal; anything but a clear yes is a no. */
export async function confirm({ terminal, messages }: Session, question: string): Promise<boolean> {
  const typed = await terminal.ask(`\n${terminal.errPalette.bold(escapeLine(question))} ${messages.packs.choices} `)
  return messages.packs.yes.test(typed.trim())
}
