import { z } from 'zod'
import { err, ok, treeHashSchema, type Collection, type Instant, type Result } from '../base/index.ts'
import { permissionIdSchema } from '../grant/index.ts'
import { findCandidateKey } from './candidate-key.ts'

/** How long a rejected candidate is not offered again: one hour. (operations §Capability Handler) */
const rejectionCooldownMs = 3_600_000

/** The rejection that blocks. */
const maxRejections = 3

const maxReasonLength = 1_000
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/)
const instantSchema = z.int().min(0).max(8_640_000_000_000_000)

const offerShape = {
  /** `formatCandidateKey`; it contains the digest of the entrypoint's file. */
  candidateKey: z.string().min(1).max(512),
  /** Digest of the `handler.json` that the operator is shown. */
  manifestSha256: digestSchema,
  /** Digest of everything in the handler's folder: what would run, files that the entrypoint imports included. */
  contentHash: treeHashSchema,
  /** What that `handler.json` claims. */
  permissionId: permissionIdSchema,
  entrypoint: z.string().max(512),
}

const candidateShape = {
  offer: z.strictObject(offerShape).readonly(),
  /** Rejections so far; an unblock does not forget them. */
  rejectCount: z.int().nonnegative(),
  updatedAt: instantSchema,
}

/** Reads a candidate that was kept; what does not fit is an unreadable security state, never `pending`. */
export const candidateRecordSchema = z.discriminatedUnion('status', [
  z.strictObject({ ...candidateShape, status: z.literal('pending') }),
  z.strictObject({ ...candidateShape, status: z.literal('installed') }),
  z.strictObject({ ...candidateShape, status: z.literal('rejected'), cooldownUntil: instantSchema }),
  z.strictObject({ ...candidateShape, status: z.literal('blocked'), reason: z.string().max(maxReasonLength) }),
  z.strictObject({ ...candidateShape, status: z.literal('failed'), lastError: z.string().max(maxReasonLength) }),
])

/**
 * A handler that a pack offers. `pending`: waits for an operator. `installed`: approved, trusted and copied; a call still
 * needs a grant. `rejected`: offered again once the cooldown is over. `blocked`: never offered again until it is
 * unblocked. `failed`: approved, but copying failed; may be approved again.
 */
export type CandidateRecord = Readonly<z.infer<typeof candidateRecordSchema>>

/** Handlers that packs offer, by `formatCandidateKey`. */
export const candidateCollection: Collection<CandidateRecord> = {
  name: 'capability_candidate',
  schema: candidateRecordSchema,
}

/** What a pack offers: the code by its digest, and what is claimed about it. */
export type CandidateOffer = CandidateRecord['offer']

/** What a scan found in a pack. */
export interface CandidateScan {
  /** The record kept under the same key. */
  readonly record: CandidateRecord | undefined
  readonly offer: CandidateOffer
  readonly at: Instant
}

/** Why a scan left a candidate as it was. */
export type ScanSkip = 'blocked' | 'cooldown' | 'installed' | 'pending' | 'failed'

/** What a scan does to a candidate. */
export type CandidateScanResult =
  | { readonly kind: 'created'; readonly record: CandidateRecord }
  /** `record` differs from the one kept only when `handler.json` changed while nobody had decided. */
  | { readonly kind: 'skipped'; readonly reason: ScanSkip; readonly record: CandidateRecord }

/**
 * Offers a candidate to the operator. A changed entrypoint has another key and is a candidate of its own, so that no
 * decision about other bytes carries over.
 */
export function decideCandidateScan({ record, offer, at }: CandidateScan): CandidateScanResult {
  const pending = { offer, updatedAt: at, status: 'pending' } as const
  if (record === undefined) return { kind: 'created', record: { ...pending, rejectCount: 0 } }
  if (record.status === 'rejected') {
    if (!(at >= record.cooldownUntil)) return { kind: 'skipped', reason: 'cooldown', record }
    return { kind: 'created', record: { ...pending, rejectCount: record.rejectCount } }
  }
  const isOpen = record.status === 'pending' || record.status === 'failed'
  if (isOpen && !isSameContent(record.offer, offer)) {
    // The operator is shown what is there now, and approval compares with it.
    return { kind: 'skipped', reason: record.status, record: { ...record, offer, updatedAt: at } }
  }
  return { kind: 'skipped', reason: record.status, record }
}

/** A decision was asked of a candidate that is not waiting for one; `status` is what it is. */
export type NotWaitingRefusal =
  | { readonly kind: 'unknown-candidate' }
  | { readonly kind: 'not-waiting'; readonly status: CandidateRecord['status'] }

/**
 * Why an approval was refused. `changed-since-scan`: the entrypoint or the `handler.json` on disk is not what was
 * shown; a swap between review and approval ends here. `taken`: the installed candidate `by` has the same folder name or
 * answers the same permission, and would be replaced behind the back of those who rely on it.
 */
export type CandidateApprovalRefusal =
  | NotWaitingRefusal
  | { readonly kind: 'changed-since-scan' }
  | { readonly kind: 'taken'; readonly by: string }

/** An operator's wish to install. */
export interface CandidateApproval {
  readonly record: CandidateRecord | undefined
  /** What the files say that were read and hashed just now. */
  readonly current: CandidateOffer
  /** Candidates that are installed. */
  readonly installed: readonly CandidateOffer[]
  readonly at: Instant
}

/**
 * Approves a candidate that is pending or failed. The caller copies the very bytes that were hashed, or calls
 * `failCandidate`.
 */
export function decideCandidateApprove({
  record,
  current,
  installed,
  at,
}: CandidateApproval): Result<CandidateRecord, CandidateApprovalRefusal> {
  const waiting = requireWaiting(record)
  if (!waiting.ok) return waiting
  const { offer, rejectCount } = waiting.value
  if (offer.candidateKey !== current.candidateKey || !isSameContent(offer, current)) {
    return err({ kind: 'changed-since-scan' })
  }
  const holder = installed.find((other) => isSamePlace(other, offer))
  if (holder !== undefined) return err({ kind: 'taken', by: holder.candidateKey })
  return ok({ offer, rejectCount, updatedAt: at, status: 'installed' })
}

function isSameContent(left: CandidateOffer, right: CandidateOffer): boolean {
  return left.manifestSha256 === right.manifestSha256 && left.contentHash === right.contentHash
}

function isSamePlace(left: CandidateOffer, right: CandidateOffer): boolean {
  if (left.permissionId === right.permissionId) return true
  return findCandidateKey(left.candidateKey)?.slug === findCandidateKey(right.candidateKey)?.slug
}

/** Notes that an approved candidate could not be installed. `lastError` is for people; it is cut at 1 000 characters. */
export function failCandidate(record: CandidateRecord, lastError: string, at: Instant): CandidateRecord {
  const { offer, rejectCount } = record
  return { offer, rejectCount, updatedAt: at, status: 'failed', lastError: lastError.slice(0, maxReasonLength) }
}

/** An operator's wish about a candidate, with the reason for people (cut at 1 000 characters). */
export interface CandidateWish {
  readonly record: CandidateRecord | undefined
  readonly reason: string
  readonly at: Instant
}

/** Rejects a candidate that is pending or failed: for an hour, and for good at the third time. */
export function decideCandidateReject({
  record,
  reason,
  at,
}: CandidateWish): Result<CandidateRecord, NotWaitingRefusal> {
  const waiting = requireWaiting(record)
  if (!waiting.ok) return waiting
  const rejectCount = waiting.value.rejectCount + 1
  const base = { offer: waiting.value.offer, rejectCount, updatedAt: at }
  if (rejectCount >= maxRejections) return ok({ ...base, status: 'blocked', reason: reason.slice(0, maxReasonLength) })
  return ok({ ...base, status: 'rejected', cooldownUntil: at + rejectionCooldownMs })
}

/** Why nothing was unblocked: it is not blocked. */
export type NotBlockedRefusal =
  | { readonly kind: 'unknown-candidate' }
  | { readonly kind: 'not-blocked'; readonly status: CandidateRecord['status'] }

/**
 * Lifts a block. The candidate is `rejected` with a new hour of cooldown and its count stays: one more rejection blocks
 * it again.
 */
export function decideCandidateUnblock(
  record: CandidateRecord | undefined,
  at: Instant,
): Result<CandidateRecord, NotBlockedRefusal> {
  if (record === undefined) return err({ kind: 'unknown-candidate' })
  if (record.status !== 'blocked') return err({ kind: 'not-blocked', status: record.status })
  const { offer, rejectCount } = record
  return ok({ offer, rejectCount, updatedAt: at, status: 'rejected', cooldownUntil: at + rejectionCooldownMs })
}

function requireWaiting(record: CandidateRecord | undefined): Result<CandidateRecord, NotWaitingRefusal> {
  if (record === undefined) return err({ kind: 'unknown-candidate' })
  if (record.status === 'pending' || record.status === 'failed') return ok(record)
  return err({ kind: 'not-waiting', status: record.status })
}
