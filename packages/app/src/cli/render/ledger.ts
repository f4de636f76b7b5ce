import { z } from 'zod'
import type { LedgerReportView } from '../views.ts'
import { escapeLine } from './escape.ts'
import type { Style } from './packs.ts'

/** The verdict on a ledger, with everything that is wrong. */
export function renderReport(report: LedgerReportView, { messages, terminal }: Style): string {
  const { palette } = terminal
  const words = messages.ledger
  const verdict = report.ok ? palette.green(words.valid(report.size)) : palette.red(words.invalid(report.size))
  const root = report.root === undefined ? '' : `${palette.dim(words.root(escapeLine(report.root)))}\n`
  return `${verdict}\n${root}${report.problems.map((problem) => `  ${escapeLine(describeProblem(problem))}\n`).join('')}`
}

const problemSchema = z.object({ kind: z.string(), message: z.string() })

function describeProblem(problem: unknown): string {
  const parsed = problemSchema.safeParse(problem)
  return parsed.success ? `${parsed.data.kind}: ${parsed.data.message}` : JSON.stringify(problem)
}
