import { z } from 'zod'
import { packIdSchema, treeHashSchema, type TreeHash } from '../base/index.ts'

/** Decisions a record remembers; the ledger remembers all. */
export const maxPackHistory = 50

/** Longest reason of a rejection, in UTF-16 code units. */
export const maxReasonLength = 1_000

/** Milliseconds since the Unix epoch, as it was kept. */
const instantSchema = z.int().nonnegative()

const historyEntrySchema = z.strictObject({
  action: z.enum(['scan', 'approve', 'reject']),
  treeHash: treeHashSchema,
  at: instantSchema,
})

const recordShape = {
  packId: packIdSchema,
  /** Content of the folder at the last scan. */
  scannedHash: treeHashSchema,
  /** Fingerprint of the folder while it had that content. */
  fingerprint: z.string().min(1).max(256),
  /** Oldest first. */
  history: z.array(historyEntrySchema).max(maxPackHistory).readonly(),
}

/** Reads a `PackRecord` that was kept; whatever does not fit is an unreadable security state, never a fresh start. */
export const packRecordSchema = z.discriminatedUnion('status', [
  z.strictObject({ ...recordShape, status: z.literal('pending') }),
  z.strictObject({
    ...recordShape,
    status: z.literal('approved'),
    /** The only tree that may run. */
    approvedHash: treeHashSchema,
    approvedAt: instantSchema,
  }),
  z.strictObject({ ...recordShape, status: z.literal('blocked'), reason: z.string().max(maxReasonLength) }),
])

/**
 * What was decided about a pack, and about which bytes. The first scan makes it; a pack without a record has never
 * been looked at. "Modified" is no status: it is a difference between the record and the folder (`packState`).
 */
export type PackRecord = Readonly<z.infer<typeof packRecordSchema>>

/** A record of a pack whose content was approved. */
export type ApprovedPackRecord = Extract<PackRecord, { readonly status: 'approved' }>

/** One decision of the past. A scan is one only when it found other content than the scan before. */
export type PackHistoryEntry = Readonly<z.infer<typeof historyEntrySchema>>

/** Adds a decision to a history and forgets the oldest beyond `maxPackHistory`. */
export function appendHistory(
  history: readonly PackHistoryEntry[],
  entry: PackHistoryEntry,
): readonly PackHistoryEntry[] {
  return [...history, entry].slice(-maxPackHistory)
}

/** The trees that records still need: approved ones, and scanned ones that wait for a decision. */
export function listKeptTrees(records: readonly PackRecord[]): ReadonlySet<TreeHash> {
  return new Set(
    records.flatMap((record) =>
      record.status === 'approved' ? [record.approvedHash, record.scannedHash] : [record.scannedHash],
    ),
  )
}
