import type { DecisionsView } from '../kairos-views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { fitWidth, renderTable } from './table.ts'

/** Decisions about formalization, a line each: which words, what was decided, and why. */
export function renderDecisions(entries: DecisionsView['entries'], { messages, terminal }: Style): string {
  const { kairos } = messages
  return renderTable({
    head: [
      ...[kairos.table.number, kairos.table.when, kairos.table.skill, kairos.table.decision, kairos.table.category],
      ...[kairos.table.by, kairos.table.words, kairos.table.reason],
    ],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: entries.map(({ seq, at, decision }) => [
      String(seq),
      escapeLine(formatInstant(at)),
      { text: escapeLine(`${decision.skill_id} ${decision.skill_version}`), style: terminal.palette.bold },
      {
        text: escapeLine(decision.result),
        style: decision.result === 'formalized' ? terminal.palette.green : terminal.palette.yellow,
      },
      escapeLine(decision.formalization_category),
      escapeLine(decision.decided_by),
      fitWidth(escapeLine(decision.source_text.replaceAll(/\s+/g, ' ')), SHOWN_COLUMNS),
      escapeLine(decision.rationale),
    ]),
  })
}

const SHOWN_COLUMNS = 48
