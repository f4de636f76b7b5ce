import type { DiagnosticView } from '../views.ts'
import type { Messages } from '../../messages/index.ts'
import type { Palette } from '../terminal.ts'
import { escapeLine, escapeText } from './escape.ts'

/** What is wrong, a line each, with the place and what to change. */
export function renderDiagnostics(
  diagnostics: readonly DiagnosticView[],
  { messages, palette }: { readonly messages: Messages; readonly palette: Palette },
): string {
  return diagnostics
    .map(({ severity, message, file, line, column, hint }) => {
      const isError = severity === 'error'
      const label = isError ? palette.red(messages.problem.error) : palette.yellow(messages.problem.warning)
      const place = [file, line, column].filter((part) => part !== undefined).join(':')
      const where = place === '' ? '' : ` ${palette.bold(escapeLine(place))}`
      const advice = hint === undefined ? '' : `  ${messages.problem.hint}: ${escapeText(hint)}\n`
      return `${label}${where}: ${escapeLine(message)}\n${advice}`
    })
    .join('')
}
