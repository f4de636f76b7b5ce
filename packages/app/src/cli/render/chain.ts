import type { ChainHistoryView, ChainReportView, ChainStatusView } from '../kairos-views.ts'
import { escapeJson, escapeLine } from './escape.ts'
import { formatInstant, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { fitWidth, renderTable } from './table.ts'

/** Columns of what was recorded: whole skills are among it. `--json` has all of it. */
const SHOWN_COLUMNS = 100

/** How long the record is, what came last, and what was taken over. */
export function renderChainStatus(
  { length, latest, imported }: ChainStatusView,
  { messages, terminal }: Style,
): string {
  const { fields, chain } = messages.kairos
  const last = latest && chain.latest(escapeLine(latest.type), escapeLine(formatInstant(latest.at)), latest.index)
  return renderFields(
    [
      [fields.entries, String(length)],
      [fields.latest, last ?? undefined],
      [fields.imported, imported === null ? undefined : chain.blocks(imported.length, escapeLine(imported.head))],
    ],
    terminal.palette,
  )
}

/** The verdict on the record, with everything that is wrong. */
export function renderChainReport(report: ChainReportView, { messages, terminal }: Style): string {
  const { green, red, dim } = terminal.palette
  const words = messages.kairos.chain
  const { imported, root, faults } = report
  const good = [words.valid(report.entries), ...(imported === null ? [] : [words.validImported(imported.length)])]
  const verdict = report.ok ? good.map(green) : [red(words.invalid(faults.length))]
  const lines = faults.map(({ origin, index, message }) => {
    const where = escapeLine(words.fault(origin, index === null ? '' : String(index)).trimEnd())
    return `  ${where}: ${escapeLine(message)}`
  })
  const shownRoot = root === null ? [] : [dim(messages.ledger.root(escapeLine(root)))]
  return [...verdict, ...shownRoot, ...lines].map((line) => `${line}\n`).join('')
}

/** What happened, newest first; blocks of an older chain have the letter of their origin before the number. */
export function renderChainHistory(entries: ChainHistoryView['entries'], { messages, terminal }: Style): string {
  const { table, kairos } = messages
  return renderTable({
    head: [
      kairos.table.number,
      kairos.table.when,
      kairos.table.kind,
      kairos.table.subject,
      kairos.table.by,
      table.detail,
    ],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: entries.map(({ type, origin, index, at, by, subject, data }) => [
      origin === 'ledger' ? String(index) : `${escapeLine(origin)} ${index}`,
      escapeLine(formatInstant(at)),
      { text: escapeLine(type), style: terminal.palette.bold },
      escapeLine(subject ?? ''),
      escapeLine(by ?? ''),
      fitWidth(escapeJson(data, 0), SHOWN_COLUMNS),
    ]),
  })
}
