import { err, ok, type Instant, type PackId, type Result, type TreeHash } from '../base/index.ts'
import { isReservedPackId } from './pack-id.ts'
import type { FolderReading } from './ports.ts'
import { appendHistory, maxReasonLength, type PackRecord } from './record.ts'

/** Why a scan left no trace: the name is kept for the system, or the folder could not be read in one piece. */
export type ScanRefusal = { readonly kind: 'reserved-id' } | { readonly kind: 'unreadable' }

/** What a scan found. */
export interface Scan {
  readonly packId: PackId
  readonly record: PackRecord | undefined
  /** What `TreeStore.put` read; `undefined` when it refused the folder. */
  readonly current: FolderReading | undefined
  readonly at: Instant
}

/**
 * Records what a folder holds. A scan never approves and never unblocks; content that was approved and is found
 * again, untouched or restored, is approved still.
 */
export function decideScan({ packId, record, current, at }: Scan): Result<PackRecord, ScanRefusal> {
  if (isReservedPackId(packId)) return err({ kind: 'reserved-id' })
  if (current === undefined) return err({ kind: 'unreadable' })
  const { treeHash, fingerprint } = current
  const scan = { action: 'scan', treeHash, at } as const
  if (record === undefined) {
    return ok({ packId, status: 'pending', scannedHash: treeHash, fingerprint, history: [scan] })
  }
  // A scan that finds nothing new must not push decisions out of the history.
  if (record.scannedHash === treeHash) return ok({ ...record, fingerprint })
  return ok({ ...record, scannedHash: treeHash, fingerprint, history: appendHistory(record.history, scan) })
}

/**
 * Why an approval was refused. `unknown-pack`: never scanned, or a name that is kept for the system. `unreadable`: the
 * folder is gone or holds something that is refused. `hash-mismatch`: the folder is not what was scanned, or not what
 * the operator named (APR-07); `current` is what it is.
 */
export type ApprovalRefusal =
  | { readonly kind: 'unknown-pack' }
  | { readonly kind: 'unreadable' }
  | {
      readonly kind: 'hash-mismatch'
      readonly current: TreeHash
      readonly scanned: TreeHash
      readonly named?: TreeHash
    }

/** An operator's wish to approve. */
export interface Approval {
  readonly record: PackRecord | undefined
  /** The folder, read again for this approval. */
  readonly current: FolderReading | undefined
  /** The hash the operator reviewed. Without it the last scan stands for what was reviewed. */
  readonly namedHash?: TreeHash | undefined
  readonly at: Instant
}

/**
 * Approves the bytes that were reviewed, from any status, also `blocked`; refused when the folder holds other bytes by
 * now, so that nobody can swap them between the review and the approval.
 */
export function decideApprove({ record, current, namedHash, at }: Approval): Result<PackRecord, ApprovalRefusal> {
  if (record === undefined || isReservedPackId(record.packId)) return err({ kind: 'unknown-pack' })
  if (current === undefined) return err({ kind: 'unreadable' })
  const { treeHash, fingerprint } = current
  const named = namedHash === undefined ? {} : { named: namedHash }
  if (record.scannedHash !== treeHash || (namedHash ?? treeHash) !== treeHash) {
    return err({ kind: 'hash-mismatch', current: treeHash, scanned: record.scannedHash, ...named })
  }
  return ok({
    packId: record.packId,
    status: 'approved',
    scannedHash: treeHash,
    fingerprint,
    approvedHash: treeHash,
    approvedAt: at,
    history: appendHistory(record.history, { action: 'approve', treeHash, at }),
  })
}

/** Why a rejection or a removal was refused: nothing is recorded under that name. */
export type UnknownPackRefusal = { readonly kind: 'unknown-pack' }

/** An operator's wish to reject. */
export interface Rejection {
  readonly record: PackRecord | undefined
  /** For people; cut at `maxReasonLength`. */
  readonly reason: string
  readonly at: Instant
}

/** Blocks a pack at once and forgets what was approved. Later scans keep the block; an approval lifts it. */
export function decideReject({ record, reason, at }: Rejection): Result<PackRecord, UnknownPackRefusal> {
  if (record === undefined) return err({ kind: 'unknown-pack' })
  const { packId, scannedHash, fingerprint } = record
  return ok({
    packId,
    status: 'blocked',
    scannedHash,
    fingerprint,
    reason: reason.slice(0, maxReasonLength),
    history: appendHistory(record.history, { action: 'reject', treeHash: scannedHash, at }),
  })
}

/** What forgetting a pack sets free. */
export interface Removal {
  readonly packId: PackId
  /** Trees no longer needed for this pack; another pack may need one (`listKeptTrees`). */
  readonly released: readonly TreeHash[]
}

/**
 * Forgets everything decided about a pack, in any status; its folder stays, and is `installed` again. Whoever removes
 * ends its workers first.
 */
export function decideRemove(record: PackRecord | undefined): Result<Removal, UnknownPackRefusal> {
  if (record === undefined) return err({ kind: 'unknown-pack' })
  const hashes = record.status === 'approved' ? [record.approvedHash, record.scannedHash] : [record.scannedHash]
  return ok({ packId: record.packId, released: [...new Set(hashes)] })
}
