import { note } from './answer.ts'
import { nameCommands } from './own-name.ts'
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

/** Prints what is wrong on `err`, with commands in hints as they can be typed here. */
export function noteDiagnostics(session: Session, diagnostics: readonly DiagnosticView[]): void {
  const { messages, terminal, ownName } = session
  const named = diagnostics.map((diagnostic) =>
    diagnostic.hint === undefined ? diagnostic : { ...diagnostic, hint: nameCommands(diagnostic.hint, ownName) },
  )
  terminal.err(renderDiagnostics(named, { messages, palette: terminal.errPalette }))
}
