import type { AuditLineView } from '../views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** Lines of the audit log, newest first, a line each. */
export function renderAudit(lines: readonly AuditLineView[], { messages, terminal }: Style): string {
  const { table, audit } = messages
  const { palette } = terminal
  const colors: Readonly<Record<string, (text: string) => string>> = {
    info: palette.dim,
    warning: palette.yellow,
    error: palette.red,
    critical: palette.red,
  }
  return renderTable({
    head: [audit.time, audit.category, audit.action, table.result, table.pack, table.flow, table.detail],
    headStyle: palette.dim,
    width: terminal.width,
    rows: lines.map((line) => [
      escapeLine(formatInstant(line.ts)),
      escapeLine(line.category),
      { text: escapeLine(line.action), style: palette.bold },
      {
        text: escapeLine(line.success && line.severity === 'info' ? 'ok' : line.severity),
        style: colors[line.severity] ?? palette.dim,
      },
      escapeLine(line.owner_pack ?? ''),
      escapeLine(line.flow_id ?? ''),
      escapeLine(describe(line)),
    ]),
  })
}

/** Why it did not go well, or else what it was about. */
function describe({
  rejection_reason: reason,
  error,
  error_type: type,
  details,
  step_id: step,
}: AuditLineView): string {
  const why = [type, reason ?? error].filter((part) => part !== undefined).join(': ')
  if (why !== '') return step === undefined ? why : `${step}: ${why}`
  return step ?? details.subject ?? ''
}
