import type { Instant, PackId } from '../base/index.ts'
import { fillConfig, type GrantConfig } from './config.ts'
import { intersectConfigs } from './intersect.ts'
import type { GrantKey } from './key.ts'
import { parseLineage } from './lineage.ts'
import type { PermissionId } from './permission-id.ts'
import { checkSignature, type GrantRecord, type SignatureCheck } from './record.ts'

/** What a store holds under a name: nothing, a record, or something that is none. */
export type GrantReading = GrantRecord | 'unreadable' | undefined

/** What a decision about grants is taken from. */
export interface GrantState {
  /** Reads the row kept under this principal and permission. */
  readonly findGrant: (principalId: PackId, permissionId: PermissionId) => GrantReading
  /** The newest epoch that the ledger knows for this pair, also when it is a revocation. `undefined`: none ever. */
  readonly findEpochFloor: (principalId: PackId, permissionId: PermissionId) => number | undefined
  /** Keys whose signatures count. */
  readonly keys: readonly GrantKey[]
  /**
   * Checks a record's signature against these keys, remembering what it found: most of a decision's time goes there.
   * Absent: `checkSignature`.
   */
  readonly verify?: (record: GrantRecord) => SignatureCheck
  readonly nowMs: Instant
}

/** May this principal use this permission now? */
export interface GrantQuestion extends GrantState {
  /** The caller, as the channel names it; never a field of its message. */
  readonly principalId: string
  readonly permissionId: PermissionId
  /** What the permission means where a grant says nothing (`fillConfig`). */
  readonly defaults: GrantConfig
}

/**
 * Why one level of a lineage does not count.
 * `malformed-principal`: the name has no lineage. `no-grant`: nothing is kept. `unreadable`: what is kept is no grant.
 * `principal-mismatch`, `permission-mismatch`: the row belongs elsewhere and was copied. `unknown-key`,
 * `signature-invalid`: nobody who may grant wrote it. `epoch-unknown`: the ledger never saw a grant here.
 * `epoch-stale`: it was replaced, revoked or spent since and was put back. `expired`, `exhausted`: its time or its uses
 * are over.
 */
export type GrantDenialReason =
  | 'malformed-principal'
  | 'no-grant'
  | 'unreadable'
  | 'principal-mismatch'
  | 'permission-mismatch'
  | 'unknown-key'
  | 'signature-invalid'
  | 'epoch-unknown'
  | 'epoch-stale'
  | 'expired'
  | 'exhausted'

/** One level that does not count; for the record, never for the pack, which learns only that it is denied. */
export interface GrantDenial {
  readonly principalId: string
  readonly reason: GrantDenialReason
}

/** Whether a permission may be used, and then how far. */
export type GrantDecision =
  | {
      readonly allowed: true
      /** What all levels admit together. An `allowed_…` that is empty or missing allows nothing. */
      readonly config: GrantConfig
      /** The grants that were needed, the oldest ancestor's first; see `spendUses`. */
      readonly chain: readonly GrantRecord[]
    }
  /** Every level that does not count, the oldest ancestor's first; at least one. */
  | { readonly allowed: false; readonly denials: readonly GrantDenial[] }

/**
 * Decides whether a principal may use a permission. Denied unless the principal and every ancestor hold a grant that
 * counts; the result reaches as far as all of them do, so a child never reaches further than its parent. (roadmap §5.6)
 */
export function decideGrant(question: GrantQuestion): GrantDecision {
  const lineage = parseLineage(question.principalId)
  if (!lineage.ok) {
    return { allowed: false, denials: [{ principalId: question.principalId, reason: 'malformed-principal' }] }
  }
  const chain: GrantRecord[] = []
  const denials: GrantDenial[] = []
  for (const principalId of lineage.value) {
    const level = decideLevel(question, principalId, question.permissionId)
    if (level.counts) chain.push(level.record)
    else denials.push(level.denial)
  }
  if (denials.length > 0) return { allowed: false, denials }
  const config = chain.map((record) => fillConfig(record.config, question.defaults)).reduce(intersectConfigs)
  return { allowed: true, config, chain }
}

/** Whether one level's grant counts. */
export type LevelDecision =
  | { readonly counts: true; readonly record: GrantRecord }
  | { readonly counts: false; readonly denial: GrantDenial }

/** Decides about one level alone, without its ancestors. */
export function decideLevel(state: GrantState, principalId: PackId, permissionId: PermissionId): LevelDecision {
  const record = state.findGrant(principalId, permissionId)
  const deny = (reason: GrantDenialReason): LevelDecision => ({ counts: false, denial: { principalId, reason } })
  if (record === undefined) return deny('no-grant')
  if (record === 'unreadable') return deny('unreadable')
  // A row copied from another pack still carries a good signature; it says whose it is.
  if (record.principalId !== principalId) return deny('principal-mismatch')
  if (record.permissionId !== permissionId) return deny('permission-mismatch')
  const signature = state.verify?.(record) ?? checkSignature(record, state.keys)
  if (signature !== 'valid') return deny(signature === 'invalid' ? 'signature-invalid' : 'unknown-key')
  const floor = state.findEpochFloor(principalId, permissionId)
  if (floor === undefined) return deny('epoch-unknown')
  // A backup of the row from before a revocation is signed as well; only its epoch gives it away.
  if (!(record.epoch >= floor)) return deny('epoch-stale')
  if (record.expiresAt !== undefined && !(state.nowMs < record.expiresAt)) return deny('expired')
  if (record.usesLeft === 0) return deny('exhausted')
  return { counts: true, record }
}
