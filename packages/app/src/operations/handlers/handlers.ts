import { z } from 'zod'
import { isoInstant, ok, treeHashSchema, type Outcome } from '@rumi/kernel/base'
import { findCandidateKey, type CandidateRecord } from '@rumi/kernel/capability'
import { actorOf, define } from '../define.ts'
import type { CandidateView } from '../../handlers/index.ts'
import { diagnosticSchema } from '../packs/view.ts'
import type { Services } from '../services.ts'

const statusSchema = z.enum(['pending', 'installed', 'rejected', 'blocked', 'failed', 'unreadable'])

const candidateSchema = z.object({
  /** `pack:slug:handler_id:sha256`; in a path its colons are written `%3A`. */
  candidate_key: z.string(),
  status: statusSchema,
  pack_id: z.string().optional(),
  slug: z.string().optional(),
  handler_id: z.string().optional(),
  permission_id: z.string().optional(),
  entrypoint: z.string().optional(),
  /** Of the entrypoint's file. */
  sha256: z.string().optional(),
  /** Of everything in the handler's folder: exactly this runs. */
  content_hash: z.string().optional(),
  /** What its author says about it; absent: nothing, or its files are not kept any more. */
  description: z.string().optional(),
  risk: z.string().optional(),
  /** Of the handler's folder, as they would run; only where one candidate is asked for. */
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })).optional(),
  /** Whose grants the handler's own calls need. */
  principal_id: z.string().optional(),
  reject_count: z.number().optional(),
  cooldown_until: z.string().optional(),
  reason: z.string().optional(),
  updated_at: z.string().optional(),
})

type Candidate = z.input<typeof candidateSchema>

function present(handlers: Services['handlers'], { key, record }: CandidateView): Candidate {
  const named = findCandidateKey(key)
  const parts = named
    ? {
        pack_id: named.packId,
        slug: named.slug,
        handler_id: named.handlerId,
        sha256: named.sha256,
        principal_id: `${named.packId}__${named.slug}`,
      }
    : {}
  if (record === 'unreadable') return { candidate_key: key, status: 'unreadable', ...parts }
  return {
    candidate_key: key,
    status: record.status,
    ...parts,
    permission_id: record.offer.permissionId,
    entrypoint: record.offer.entrypoint,
    content_hash: record.offer.contentHash,
    ...describeClaims(handlers, record),
    reject_count: record.rejectCount,
    ...(record.status === 'rejected' ? { cooldown_until: isoInstant(record.cooldownUntil) } : {}),
    ...(record.status === 'blocked' ? { reason: record.reason } : {}),
    ...(record.status === 'failed' ? { reason: record.lastError } : {}),
    updated_at: isoInstant(record.updatedAt),
  }
}

/** Read from the very content that was hashed: what the pack's folder says now may be something else. */
function describeClaims(
  handlers: Services['handlers'],
  { offer }: CandidateRecord,
): Pick<Candidate, 'description' | 'risk'> {
  const { description = '', risk = '' } = handlers.findClaims(offer.contentHash) ?? {}
  return { ...(description === '' ? {} : { description }), ...(risk === '' ? {} : { risk }) }
}

function describeFiles(handlers: Services['handlers'], { record }: CandidateView): Pick<Candidate, 'files'> {
  const files = record === 'unreadable' ? undefined : handlers.findFiles(record.offer.contentHash)
  return files === undefined ? {} : { files: [...files] }
}

function presentOutcome(
  handlers: Services['handlers'],
  key: string,
  decided: Outcome<CandidateRecord>,
): Outcome<Candidate> {
  return decided.ok ? ok(present(handlers, { key, record: decided.value })) : decided
}

const keySchema = z.string().min(1).max(600)

/** Looks for handlers in the folders of packs. */
export const scanCandidates = define({
  name: 'capability.scan',
  summary: 'Looks for capability handlers in the folders of packs; approves nothing.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/candidates/scan' },
  input: z.strictObject({}),
  output: z.object({
    scanned_count: z.number(),
    pending_created: z.number(),
    skipped_blocked: z.number(),
    skipped_cooldown: z.number(),
    skipped_installed: z.number(),
    skipped_pending: z.number(),
    skipped_failed: z.number(),
    errors: z.array(diagnosticSchema),
  }),
  run: async ({ handlers }, _input, context) => {
    const { scanned, created, skipped, diagnostics } = await handlers.scan(actorOf(context))
    return ok({
      scanned_count: scanned,
      pending_created: created,
      skipped_blocked: skipped.blocked,
      skipped_cooldown: skipped.cooldown,
      skipped_installed: skipped.installed,
      skipped_pending: skipped.pending,
      skipped_failed: skipped.failed,
      errors: [...diagnostics],
    })
  },
})

/** Lists candidates. */
export const listCandidates = define({
  name: 'capability.requests',
  summary: 'Lists the capability handlers that packs offer, and what was decided about them.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/capability/requests' },
  input: z.strictObject({
    status: z.enum([...statusSchema.options, 'all']).default('all'),
    /** Only this one, and its files as well. */
    candidate_key: keySchema.optional(),
  }),
  output: z.object({ items: z.array(candidateSchema), count: z.number(), status_filter: z.string() }),
  run: async ({ handlers }, input) => {
    const { candidate_key: wanted } = input
    const items = handlers
      .list()
      .filter(({ key }) => wanted === undefined || key === wanted)
      .map((one) => ({ ...present(handlers, one), ...(wanted === undefined ? {} : describeFiles(handlers, one)) }))
      .filter(({ status }) => input.status === 'all' || status === input.status)
    return ok({ items, count: items.length, status_filter: input.status })
  },
})

/** Installs a handler. */
export const approveCandidate = define({
  name: 'capability.approve',
  summary: 'Trusts and installs a capability handler, exactly as its files are now; a call needs a grant as well.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/requests/{candidate_key}/approve' },
  input: z.strictObject({
    candidate_key: keySchema,
    notes: z.string().max(1000).optional(),
    /** What was reviewed: anything else is refused. */
    content_hash: treeHashSchema.optional(),
  }),
  output: candidateSchema,
  run: async ({ handlers }, { candidate_key: key, notes: note, content_hash: contentHash }, context) =>
    presentOutcome(handlers, key, await handlers.approve(key, { note, contentHash }, actorOf(context))),
})

/** Rejects a handler. */
export const rejectCandidate = define({
  name: 'capability.reject',
  summary: 'Rejects a capability handler: for an hour, and for good at the third time.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/requests/{candidate_key}/reject' },
  input: z.strictObject({ candidate_key: keySchema, reason: z.string().max(1000).default('User rejected') }),
  output: candidateSchema,
  run: async ({ handlers }, input, context) =>
    presentOutcome(
      handlers,
      input.candidate_key,
      await handlers.reject(input.candidate_key, input.reason, actorOf(context)),
    ),
})

/** Lists what is blocked. */
export const listBlocked = define({
  name: 'capability.blocked',
  summary: 'Lists capability handlers that were rejected three times.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/capability/blocked' },
  input: z.strictObject({}),
  output: z.object({ blocked: z.record(z.string(), candidateSchema), count: z.number() }),
  run: async ({ handlers }) => {
    const blocked = handlers
      .list()
      .map((one) => present(handlers, one))
      .filter(({ status }) => status === 'blocked')
    return ok({ blocked: Object.fromEntries(blocked.map((one) => [one.candidate_key, one])), count: blocked.length })
  },
})

/** Lifts a block. */
export const unblockCandidate = define({
  name: 'capability.unblock',
  summary: 'Lifts the block of a capability handler; it can be offered again in an hour.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/blocked/{candidate_key}/unblock' },
  input: z.strictObject({ candidate_key: keySchema, reason: z.string().max(1000).default('') }),
  output: candidateSchema,
  run: async ({ handlers }, input, context) =>
    presentOutcome(
      handlers,
      input.candidate_key,
      await handlers.unblock(input.candidate_key, input.reason, actorOf(context)),
    ),
})

/** Uninstalls a handler. */
export const removeHandler = define({
  name: 'capability.remove',
  summary: 'Takes a capability handler and the trust in it away, and ends what runs of it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'DELETE', path: '/api/capability/requests/{candidate_key}' },
  input: z.strictObject({ candidate_key: keySchema }),
  output: z.object({ candidate_key: z.string(), removed: z.literal(true) }),
  run: async ({ handlers }, input, context) => {
    const removed = await handlers.remove(input.candidate_key, actorOf(context))
    return removed.ok ? ok({ candidate_key: removed.value.key, removed: true as const }) : removed
  },
})
