import type { CandidateView } from '../gate-views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Style } from './packs.ts'
import { statusCell } from './status.ts'
import { renderTable } from './table.ts'

/** Handlers, a line each; the key stands last and whole, to be copied. */
export function renderCandidates(candidates: readonly CandidateView[], { messages, terminal }: Style): string {
  const { table, gate } = messages
  return renderTable({
    head: [gate.table.handler, table.status, gate.table.permission, table.detail, gate.table.key],
    headStyle: terminal.palette.dim,
    width: undefined,
    rows: candidates.map((candidate) => [
      { text: escapeLine(nameCandidate(candidate)), style: terminal.palette.bold },
      statusCell(candidate.status, terminal.palette),
      escapeLine(candidate.permission_id ?? ''),
      escapeLine(candidate.reason ?? formatInstant(candidate.cooldown_until ?? '')),
      escapeLine(candidate.candidate_key),
    ]),
  })
}

function nameCandidate({ pack_id: packId, slug }: CandidateView): string {
  return packId === undefined || slug === undefined ? '' : `${packId}:${slug}`
}
