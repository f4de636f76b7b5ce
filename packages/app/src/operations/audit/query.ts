import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { err, flowIdSchema, ok, packIdSchema, type Instant, type Outcome } from '@rumi/kernel/base'
import {
  auditCategories,
  auditLineSchema,
  isWanted,
  parseTimeBound,
  projectEntry,
  type AuditFilter,
  type AuditLine,
} from '@rumi/kernel/audit'
import { define } from '../define.ts'
import type { LedgerService } from '../services.ts'
import { wholeNumber } from '../whole-number.ts'

/** Most entries that one question looks at. */
const MAX_LOOKED_AT = 200_000
/** Entries that are looked at before others get their turn. */
const CHUNK = 200

/** Lines of the audit log, newest first. Read from the ledger, so that they are there at once, whatever became of the files. */
export const queryAudit = define({
  name: 'audit.query',
  summary: 'Finds lines of the audit log, newest first.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/audit' },
  input: z.strictObject({
    category: z.enum(auditCategories).optional(),
    pack_id: packIdSchema.optional(),
    flow_id: flowIdSchema.optional(),
    /** A date or ISO 8601; what has no zone is UTC. */
    since: z.string().max(64).optional(),
    /** The same; a date includes its whole day. */
    until: z.string().max(64).optional(),
    outcome: z.enum(['success', 'failure']).optional(),
    action: z.string().min(1).max(256).optional(),
    limit: wholeNumber(1, 1000).default(100),
    /** Only lines before this one: the `next_before_seq` of the answer before. */
    before_seq: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  }),
  output: z.object({
    entries: z.array(auditLineSchema),
    count: z.number(),
    /** There are older entries that were not looked at. */
    truncated: z.boolean(),
    next_before_seq: z.number().optional(),
  }),
  run: async ({ ledger }, input, { signal }) => {
    const { category, pack_id: packId, flow_id: flowId, action, outcome, limit, before_seq: before } = input
    const span = parseSpan(input.since, input.until)
    if (!span.ok) return span
    const filter = { category, packId, flowId, action, outcome, ...span.value }
    const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, ledger.size())
    const { lines, next } = await findLines(ledger, { filter, limit, end }, signal)
    return ok({
      entries: [...lines],
      count: lines.length,
      truncated: next > 0,
      ...(next > 0 ? { next_before_seq: next } : {}),
    })
  },
})

interface Search {
  readonly filter: AuditFilter
  readonly limit: number
  /** The first entry that does not count any more. */
  readonly end: number
}

/**
 * Walks back from the newest entry. Entries are ordered by their number and not by their time, so a time that is too
 * early ends nothing: the clock may have been set. `next` is the oldest entry that was looked at.
 */
async function findLines(
  ledger: LedgerService,
  { filter, limit, end }: Search,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly AuditLine[]; readonly next: number }> {
  const lines: AuditLine[] = []
  const floor = Math.max(0, end - MAX_LOOKED_AT)
  for (let to = end; to > floor && !signal.aborted; to -= CHUNK) {
    const from = Math.max(floor, to - CHUNK)
    for (const entry of ledger.entries(from, to - from).toReversed()) {
      if (isWanted(entry, filter)) lines.push(projectEntry(entry))
      if (lines.length === limit) return { lines, next: entry.seq }
    }
    await setImmediate()
  }
  return { lines, next: floor }
}

/** Problem: `audit.time` 400. */
function parseSpan(
  since: string | undefined,
  until: string | undefined,
): Outcome<{ readonly since: Instant | undefined; readonly until: Instant | undefined }> {
  const start = since === undefined ? undefined : parseTimeBound(since, 'start')
  const end = until === undefined ? undefined : parseTimeBound(until, 'end')
  if (start?.ok === false) return badTime(`"since" ${start.error}`)
  if (end?.ok === false) return badTime(`"until" ${end.error}`)
  if (start && end && start.value > end.value) return badTime('"since" is later than "until"')
  return ok({ since: start?.value, until: end?.value })
}

function badTime(why: string): ReturnType<typeof parseSpan> {
  return err({
    code: 'audit.time',
    status: 400,
    message: `The time cannot be used: ${why}.`,
    hint: 'rumi audit query --since 2026-01-31 --until 2026-01-31T12:00:00+09:00',
  })
}
