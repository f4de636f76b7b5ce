import { err, ok, type Instant, type Result } from '../base/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { judgeEntry } from './judge.ts'
import type { AuditCategory } from './line.ts'

/** What a line must be like; what is undefined does not matter. */
export interface AuditFilter {
  readonly category?: AuditCategory | undefined
  /** `owner_pack` of the line. */
  readonly packId?: string | undefined
  readonly flowId?: string | undefined
  /** The whole action. */
  readonly action?: string | undefined
  readonly outcome?: 'success' | 'failure' | undefined
  /** From here on. */
  readonly since?: Instant | undefined
  /** Up to here. */
  readonly until?: Instant | undefined
}

/** Tells whether the line of an entry is one that is looked for. Cheaper than to make the line. */
export function isWanted(entry: LedgerEntry, filter: AuditFilter): boolean {
  const { category, packId, flowId, action, outcome, since, until } = filter
  const at = since === undefined && until === undefined ? 0 : Date.parse(entry.at)
  if (since !== undefined && at < since) return false
  if (until !== undefined && at > until) return false
  const facts = judgeEntry(entry)
  return (
    (category === undefined || facts.category === category) &&
    (packId === undefined || facts.ownerPack === packId) &&
    (flowId === undefined || facts.flowId === flowId) &&
    (action === undefined || facts.action === action) &&
    (outcome === undefined || facts.success === (outcome === 'success'))
  )
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/
const DAY_MS = 86_400_000

/**
 * Reads the bound of a span of time: a date, or ISO 8601 with a time; UTC unless it says otherwise. A date is its first
 * millisecond as `start` and its last one as `end`. The error is a sentence.
 */
export function parseTimeBound(text: string, bound: 'start' | 'end'): Result<Instant, string> {
  const [date, isDate] = DATE.test(text) ? [text, true] : [TIME.exec(text)?.[1], false]
  if (date === undefined || !isDay(date)) return err('is neither a date (2026-01-31) nor a time (2026-01-31T09:30:00Z)')
  if (isDate) return ok(Date.parse(date) + (bound === 'start' ? 0 : DAY_MS - 1))
  const hasZone = TIME.exec(text)?.[2] !== undefined
  return ok(Date.parse(hasZone ? text : `${text}Z`))
}

/** The thirtieth of February is no day, although a calendar that rolls over reads it as one. */
function isDay(date: string): boolean {
  const at = Date.parse(date)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}
