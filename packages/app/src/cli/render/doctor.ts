import type { DoctorView } from '../views.ts'
import { escapeLine, escapeText } from './escape.ts'
import { renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** What works on this machine. */
export function renderDoctor(report: DoctorView, { messages, terminal }: Style): string {
  const { palette } = terminal
  const words = messages.doctor
  const packs = Object.entries(report.packs).map(([status, count]) => `${status} ${count}`)
  const head = renderFields(
    [
      [words.version, escapeLine(report.version)],
      [words.mode, report.mode === 'strict' ? 'strict' : palette.red(escapeLine(report.mode))],
      [words.sandbox, escapeLine(report.sandbox.driver)],
      [words.audit, describeAudit(report, { messages, terminal })],
      [words.packs, packs.length === 0 ? words.none : escapeLine(packs.join(', '))],
      [words.flows, String(report.flows)],
      [words.problems, String(report.problems)],
    ],
    palette,
  )
  const checks = renderTable({
    head: [messages.table.check, messages.table.result, messages.table.detail],
    headStyle: palette.dim,
    width: terminal.width ?? FILE_WIDTH,
    rows: mergeChecks([...report.sandbox.checks, ...report.checks]).map((check) => [
      escapeLine(check.id),
      check.passed ? { text: words.passed, style: palette.green } : { text: words.failed, style: palette.red },
      escapeLine(check.details.join('; ')),
    ]),
  })
  const hint = report.sandbox.hint === undefined ? '' : `${messages.problem.hint}: ${escapeText(report.sandbox.hint)}\n`
  const verdict = report.ok ? palette.green(words.ok) : palette.red(words.notOk)
  return `${head}\n${checks}\n${verdict}\n${hint}`
}

const FILE_WIDTH = 120

interface MergedCheck {
  readonly id: string
  readonly passed: boolean
  readonly details: readonly string[]
}

/** What failed comes first, a line each; what passed is a line per attack, however many ways of it were tried. */
function mergeChecks(checks: DoctorView['sandbox']['checks']): readonly MergedCheck[] {
  const failed = checks
    .filter((check) => !check.passed)
    .map(({ id, detail }) => ({ id, passed: false, details: [detail] }))
  const passed = Map.groupBy(
    checks.filter((check) => check.passed),
    ({ id }) => id,
  )
  return [
    ...failed,
    ...[...passed].map(([id, same]) => ({ id, passed: true, details: same.map(({ detail }) => detail) })),
  ]
}

function describeAudit({ audit }: DoctorView, { messages, terminal }: Style): string | undefined {
  if (audit === undefined || audit.ok) return audit && messages.doctor.passed
  const hint = audit.hint === undefined ? '' : ` (${audit.hint})`
  return terminal.palette.red(escapeLine(`${audit.message ?? messages.doctor.failed}${hint}`))
}
