import type { JsonObject, JsonValue, PackId } from '../base/index.ts'
import type { HandlerErrorType } from '../capability/index.ts'
import type { GrantConfig, PermissionId } from '../grant/index.ts'
import type { StateReader, StateWriter } from '../state/index.ts'
import type { Caller } from './caller.ts'
import type { Remedy } from './remedy.ts'

/** A call that may go on. */
export interface CapabilityUse {
  readonly caller: Caller
  /** How far the grants of the principal and all its ancestors reach together. */
  readonly config: GrantConfig
  readonly timeoutMs: number
  /**
   * Changes state, with the record of this call in the same transaction; for a change, and before anything is revealed
   * or set going. The grant is asked again inside: one that was taken back meanwhile throws `GrantWithdrawn`.
   */
  commit<Value>(writing: (state: StateWriter) => Value): Promise<Value>
}

/** What a capability gives for a call that may go on. */
export type CapabilityResult =
  | { readonly kind: 'answer'; readonly output: JsonValue }
  | {
      readonly kind: 'refused'
      readonly errorType: HandlerErrorType
      readonly message: string
      readonly details?: JsonObject
      /** What the operator could do about it; recorded like a denial. */
      readonly remedy?: Remedy
    }
  /** Not allowed after all; the block reads the one text of a denial. `reason` is for the ledger. */
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'failed'; readonly errorType: 'handler_error' | 'timeout' }

/** A call whose arguments could be read. */
export interface CapabilityRequest {
  /** What it is about, for the record: a store's id, a flow's. Never a value, never free text of any length. */
  readonly subject: string
  /** The least config that allows it. */
  readonly needs: GrantConfig
  /**
   * Asked after the grant: something else that must hold. Absent, or `undefined` as its answer: it may go on.
   * `granted`: the pack's approval grants this by itself; no grant is needed (its own store).
   */
  readonly admit?: (principalId: PackId, state: StateReader) => Admission | undefined
  /** Never rejects but with `GrantWithdrawn` of its `commit`, or a failure of the disk. */
  readonly perform: (use: CapabilityUse, signal: AbortSignal) => Promise<CapabilityResult>
}

/** What `admit` found. */
export type Admission =
  | { readonly kind: 'granted' }
  | { readonly kind: 'closed'; readonly reason: string; readonly remedy?: Remedy }

/** Something the host does for packs. */
export interface Capability {
  readonly permissionId: PermissionId
  /** Reads the arguments; a text: what is wrong with them, for the block. */
  readonly read: (
    args: JsonObject,
  ) =>
    | { readonly ok: true; readonly value: CapabilityRequest }
    | { readonly ok: false; readonly error: { readonly kind: HandlerErrorType; readonly message: string } }
}

/** Thrown inside `commit` when the grant does not count any more. */
export class GrantWithdrawn extends Error {}
