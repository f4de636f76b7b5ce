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

/** What it was about, where, and why it did not go well. */
function describe(line: AuditLineView): string {
  const { rejection_reason: reason, error, error_type: type, details, step_id: step } = line
  const why = [type, reason ?? error, details.detail].filter((part) => part !== undefined).join(': ')
  const about = isAboutPlace(line) ? describeSubject(line) : undefined
  const parts = [about, step, why].filter((part) => part !== undefined && part !== '')
  return parts.length === 0 ? (details.subject ?? '') : parts.join(': ')
}

/** Lines that say nothing without their subject: of what runs it is the run, and that has a command of its own. */
function isAboutPlace({ action, details }: AuditLineView): boolean {
  return details.permission_id !== undefined || /^(?:capability|network|request|route)_/.test(action)
}

/** @example 'store.get forecasts', 'GET api.example.com:443' */
function describeSubject({ action, flow_id: flow, details }: AuditLineView): string {
  const { permission_id: permission, method, subject } = details
  const said = new Set([action, flow])
  return [...new Set([permission, method, subject])].filter((part) => part !== undefined && !said.has(part)).join(' ')
}
