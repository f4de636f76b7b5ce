import { note } from './answer.ts'
import { renderDiagnostics } from './render/diagnostics.ts'
import { escapeText } from './render/escape.ts'
import type { Session } from './session.ts'
import type { DiagnosticView } from './views.ts'

/** Prints the text of a document or a source on `out`, safe for a terminal; says so when that changed it. */
export function printText(session: Session, text: string): void {
  const shown = escapeText(text)
  session.terminal.out(shown.endsWith('\n') ? shown : `${shown}\n`)
  if (shown !== text) note(session, session.messages.kairos.escaped)
}

/** Prints what is wrong on `err`. */
export function noteDiagnostics(session: Session, diagnostics: readonly DiagnosticView[]): void {
  const { messages, terminal } = session
  terminal.err(renderDiagnostics(diagnostics, { messages, palette: terminal.errPalette }))
}
