import type { CandidateView } from '../gate-views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant } from './fields.ts'
import type { Palette } from '../terminal.ts'
import type { Style } from './packs.ts'
import { renderTable, type CellStyle } from './table.ts'

/** Handlers, a line each; the key stands last and whole, to be copied. */
export function renderCandidates(candidates: readonly CandidateView[], { messages, terminal }: Style): string {
  const { table, gate } = messages
  return renderTable({
    head: [gate.table.handler, table.status, gate.table.permission, table.detail, gate.table.key],
    headStyle: terminal.palette.dim,
    width: undefined,
    rows: candidates.map((candidate) => [
      { text: escapeLine(nameCandidate(candidate)), style: terminal.palette.bold },
      { text: escapeLine(candidate.status), style: colorOf(candidate.status, terminal.palette) },
      escapeLine(candidate.permission_id ?? ''),
      escapeLine(candidate.reason ?? formatInstant(candidate.cooldown_until ?? '')),
      escapeLine(candidate.candidate_key),
    ]),
  })
}

function nameCandidate({ pack_id: packId, slug }: CandidateView): string {
  return packId === undefined || slug === undefined ? '' : `${packId}:${slug}`
}

/** An installed handler works; an installed pack still waits. */
function colorOf(status: string, palette: Palette): CellStyle {
  if (status === 'installed') return palette.green
  if (status === 'pending') return palette.yellow
  return status === 'rejected' ? palette.dim : palette.red
}
