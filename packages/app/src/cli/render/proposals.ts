import type { ProposalView, ReviewView } from '../kairos-views.ts'
import type { Palette } from '../terminal.ts'
import { escapeLine, escapeText } from './escape.ts'
import { formatInstant, indent, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { wordFor } from './skills.ts'
import { renderTable, type CellStyle } from './table.ts'

/** Proposals, a line each. */
export function renderProposals(proposals: readonly ProposalView[], { messages, terminal }: Style): string {
  const { table, kairos } = messages
  return renderTable({
    head: [
      kairos.table.proposal,
      table.status,
      kairos.table.subject,
      kairos.table.when,
      kairos.table.by,
      kairos.table.reason,
    ],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: proposals.map((proposal) => [
      { text: escapeLine(proposal.proposal_id), style: terminal.palette.bold },
      { text: wordFor(kairos.standings, proposal.status), style: colorOf(proposal.status, terminal.palette) },
      escapeLine(proposal.subject),
      escapeLine(formatInstant(proposal.at)),
      escapeLine(proposal.by),
      escapeLine(proposal.reason),
    ]),
  })
}

/** Everything to see before a decision: what it would change, what was checked, and the hash that an approval names. */
export function renderProposalReview(review: ReviewView, style: Style): string {
  const { proposal } = review
  const { palette } = style.terminal
  const title = `${palette.bold(escapeLine(proposal.proposal_id))}  ${escapeLine(proposal.subject)}\n`
  return [
    title + renderFacts(proposal, style),
    ...renderChanges(review, style),
    renderFiles(review, style),
    renderChecks(review, style),
    `${style.messages.kairos.proposals.hash}\n  ${escapeLine(proposal.hash)}\n`,
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function renderFacts(proposal: ProposalView, { messages, terminal }: Style): string {
  const { fields, moment, standings } = messages.kairos
  const {
    approved_at: approvedAt,
    approved_by: approver,
    rejected_by: rejecter,
    rejection,
    applied_at: applied,
  } = proposal
  return renderFields(
    [
      [fields.status, colorOf(proposal.status, terminal.palette)(wordFor(standings, proposal.status))],
      [fields.reason, escapeLine(proposal.reason)],
      [fields.by, moment(escapeLine(formatInstant(proposal.at)), escapeLine(proposal.by))],
      [fields.expires, escapeLine(formatInstant(proposal.expires_at))],
      [
        fields.approved,
        approvedAt === null ? undefined : moment(escapeLine(formatInstant(approvedAt)), escapeLine(approver ?? '?')),
      ],
      [fields.rejected, rejecter === null ? undefined : escapeLine([rejecter, rejection ?? ''].join('  ').trimEnd())],
      [fields.applied, applied === null ? undefined : escapeLine(formatInstant(applied))],
    ],
    terminal.palette,
  )
}

function renderChanges({ skills, proposal }: ReviewView, { messages, terminal }: Style): readonly string[] {
  const words = messages.kairos.proposals
  if (skills.length === 0) return proposal.files.length > 0 ? [] : [`${words.unseen}\n`]
  const parts = skills.map(({ id, change, text }) => {
    const name = escapeLine(id)
    const heading =
      change === 'added'
        ? words.skillAdded(name)
        : change === 'removed'
          ? words.skillRemoved(name)
          : words.skillChanged(name)
    return `${terminal.palette.bold(heading)}\n${indent(renderDiff(text, terminal.palette), 2)}`
  })
  return [`${words.changes}\n${parts.join('')}`]
}

/** The text of what changes is shown: nobody agrees to a hash alone. */
function renderFiles({ files, proposal }: ReviewView, { messages, terminal }: Style): string {
  const words = messages.kairos.proposals
  const { palette } = terminal
  if (files.length > 0) {
    const parts = files.map(({ path, change, text, executable }) => {
      const heading = `${signs[change]} ${escapeLine(path)}${executable ? ' *' : ''}`
      const body = text === null ? `${words.notShown}\n` : renderDiff(text, palette)
      return `${palette.bold(heading)}\n${indent(body, 2)}`
    })
    return `${words.filesTitle}\n${parts.join('')}`
  }
  const lines = proposal.files.map(({ path, before, after }) => {
    const sign = before === null ? signs.added : after === null ? signs.removed : signs.changed
    return `  ${sign} ${escapeLine(path)}\n`
  })
  return lines.length === 0 ? '' : `${words.filesTitle}\n${lines.join('')}`
}

const signs = { added: '+', removed: '-', changed: '~' } as const

function renderChecks({ checks }: ReviewView, { messages, terminal }: Style): string {
  if (checks.length === 0) return ''
  const { proposals, outcomes, checks: questions } = messages.kairos
  const { palette } = terminal
  const styles: Readonly<Record<string, CellStyle>> = { passed: palette.green, failed: palette.red }
  const rows = renderTable({
    head: [messages.table.check, messages.table.result, messages.table.detail],
    headStyle: palette.dim,
    width: terminal.width,
    rows: checks.map(({ id, outcome, detail }) => [
      escapeLine(id),
      { text: wordFor(outcomes, outcome), style: styles[outcome] ?? palette.yellow },
      (Object.hasOwn(questions, id) ? `${questions[id]}: ` : '') + escapeLine(detail),
    ]),
  })
  const count = (wanted: string): number => checks.filter(({ outcome }) => outcome === wanted).length
  const counted = proposals.checked(count('passed'), count('failed'), count('human'))
  return `${proposals.checks}\n${indent(rows, 2)}  ${counted}\n`
}

/** A difference for people: what was added in green, what is lost in red. It ends in a line end. */
export function renderDiff(text: string, palette: Palette): string {
  return escapeText(text)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const mark = line.trimStart()[0]
      const color = mark === '+' ? palette.green : mark === '-' ? palette.red : undefined
      return `${color === undefined ? line : color(line)}\n`
    })
    .join('')
}

/** Yellow waits for somebody, green may go on or did, red was refused. */
function colorOf(status: string, palette: Palette): CellStyle {
  if (status === 'open') return palette.yellow
  if (status === 'rejected') return palette.red
  return status === 'approved' || status === 'applied' ? palette.green : palette.dim
}
