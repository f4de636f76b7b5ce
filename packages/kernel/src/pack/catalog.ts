import type { TreeHash } from '../base/index.ts'
import { isReservedPackId } from './pack-id.ts'
import type { FoundPack } from './ports.ts'
import type { ApprovedPackRecord, PackRecord } from './record.ts'

/**
 * How a pack stands. `installed`: in its folder, never scanned. `pending`: scanned, waits for approval. `approved`:
 * may run. `running`: approved and a worker is alive. `modified`: was approved, but the folder now differs or is gone.
 * `blocked`: rejected. `error`: cannot be read, or holds something that is refused.
 */
export type PackState = 'installed' | 'pending' | 'approved' | 'running' | 'modified' | 'blocked' | 'error'

/** Everything the state of a pack depends on. */
export interface PackSituation {
  readonly record: PackRecord | undefined
  readonly found: FoundPack | undefined
  /** Whether a worker of the pack is alive. */
  readonly running: boolean
}

/**
 * The state of a pack. A rejection outweighs all; then what cannot be read; only a folder that still is what was
 * approved is `approved` or `running`.
 */
export function packState({ record, found, running }: PackSituation): PackState {
  if (record?.status === 'blocked') return 'blocked'
  if (found === undefined) return record?.status === 'approved' ? 'modified' : 'error'
  if (found.diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return 'error'
  if (record === undefined) return 'installed'
  if (record.status === 'pending') return 'pending'
  if (!isAsApproved(record, found.fingerprint)) return 'modified'
  return running ? 'running' : 'approved'
}

/** Why a pack's code may not run. `unknown_pack`: there is neither a record nor a folder. */
export type RunRefusal = 'not_approved' | 'modified' | 'blocked' | 'unknown_pack'

/** Whether a pack's code may run, and then which tree. */
export type RunDecision =
  | { readonly allowed: true; readonly approvedHash: TreeHash }
  | { readonly allowed: false; readonly reason: RunRefusal }

/** What a run depends on. */
export interface RunSituation {
  readonly record: PackRecord | undefined
  /** The folder's fingerprint now; `undefined`: the folder is gone or cannot be read. */
  readonly currentFingerprint: string | undefined
}

/**
 * Decides whether a pack may run; asked before every run. Only bytes that were approved by their hash run, and only
 * while the folder they came from is untouched. No pack is exempt, whatever its name.
 *
 * A changed fingerprint with unchanged content (a touched file) is `modified` too until the next scan.
 */
export function decideRun({ record, currentFingerprint }: RunSituation): RunDecision {
  if (record === undefined) return refuse(currentFingerprint === undefined ? 'unknown_pack' : 'not_approved')
  if (record.status === 'blocked') return refuse('blocked')
  // A record under a name of the system is forged, or older than the rule: reserved names are checked here as well.
  if (record.status === 'pending' || isReservedPackId(record.packId)) return refuse('not_approved')
  if (!isAsApproved(record, currentFingerprint)) return refuse('modified')
  return { allowed: true, approvedHash: record.approvedHash }
}

function isAsApproved(record: ApprovedPackRecord, fingerprint: string | undefined): boolean {
  return record.scannedHash === record.approvedHash && record.fingerprint === fingerprint
}

function refuse(reason: RunRefusal): RunDecision {
  return { allowed: false, reason }
}
