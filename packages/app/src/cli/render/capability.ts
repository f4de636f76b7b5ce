import type { CandidateView } from '../gate-views.ts'
import { escapeLine } from './escape.ts'
import { formatInstant, renderFields } from './fields.ts'
import type { Palette } from '../terminal.ts'
import { renderFiles, type Style } from './packs.ts'
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
      escapeLine(describe(candidate)),
      escapeLine(candidate.candidate_key),
    ]),
  })
}

/** Everything to see before a decision: for what, with which code, and what its author says. */
export function renderCandidate(candidate: CandidateView, { messages, terminal }: Style): string {
  const { palette } = terminal
  const words = messages.gate.capability.fields
  const optional = (text: string | undefined): string | undefined => (text === undefined ? undefined : escapeLine(text))
  const { status, cooldown_until: until, reason } = candidate
  const fields = renderFields(
    [
      [messages.runs.status, colorOf(status, palette)(escapeLine(status))],
      [words.until, until === undefined ? undefined : escapeLine(formatInstant(until))],
      [messages.packs.reason, optional(reason)],
      [words.permission, optional(candidate.permission_id)],
      [words.entrypoint, optional(candidate.entrypoint)],
      [words.risk, optional(candidate.risk)],
      [words.principal, optional(candidate.principal_id)],
      [messages.packs.hash, optional(candidate.content_hash)],
      [words.key, escapeLine(candidate.candidate_key)],
    ],
    palette,
  )
  const said = candidate.description === undefined ? '' : `  ${escapeLine(candidate.description)}`
  const title = `${palette.bold(escapeLine(nameCandidate(candidate)))}${said}\n`
  const files = renderFiles({ files: candidate.files ?? [] }, messages, palette)
  return [title + fields, files].filter((part) => part !== '').join('\n')
}

/** Why it was decided so, or else what its author says. */
function describe({ reason, cooldown_until: until, description, risk }: CandidateView): string {
  if (reason !== undefined) return reason
  if (until !== undefined) return formatInstant(until)
  return [description, risk].flatMap((text) => (text === undefined ? [] : [shorten(text)])).join(' / ')
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Characters of an author's sentence in a table. */
const SHOWN = 60

function nameCandidate({ pack_id: packId, slug }: CandidateView): string {
  return packId === undefined || slug === undefined ? '' : `${packId}:${slug}`
}

/** An installed handler works; an installed pack still waits. */
function colorOf(status: string, palette: Palette): CellStyle {
  if (status === 'installed') return palette.green
  if (status === 'pending') return palette.yellow
  return status === 'rejected' ? palette.dim : palette.red
}
