import type { Outcome, Result } from '@rumi/kernel/base'
import type { SecretName, SecretRecord, SecretText, StoredSecret } from '@rumi/kernel/secret'

/** A secret that was set and cannot be given out. */
export interface FaultySecret {
  readonly name: SecretName
  /** In a word. @example 'stale' */
  readonly fault: string
  /** The id of the key that it wants, when it wants another one than ours. */
  readonly keyId?: string
}

/** All secrets, without their values. */
export interface SecretListing {
  /** Also deleted ones, and those that can be listed and not be opened. In order of name. */
  readonly records: readonly SecretRecord[]
  readonly faults: readonly FaultySecret[]
  /** Of the key that seals; undefined: it is lost. */
  readonly keyId: string | undefined
  /** A rotation was cut short; the old key still opens what it has not reached. */
  readonly isRotating: boolean
}

/** The secrets of a home. Changes of one secret happen one after the other, each durable before it is answered. */
export interface SecretVault {
  list(): SecretListing
  /** How many secrets were set and cannot be given out. */
  unreadableCount(): number
  /**
   * What is kept under a name now, for `decideSecretRead`; nothing for a name that no secret can have. The file is read
   * each time.
   */
  read(name: string): {
    readonly record: SecretRecord | 'unreadable' | undefined
    readonly versionFloor: number | undefined
  }
  /** Opens a record that `decideSecretRead` let through. */
  open(record: StoredSecret): Result<SecretText, { readonly kind: string }>
  /**
   * Sets a secret. `created`: there was none, or only a deleted one. Problems: `secrets.key_mismatch` 409,
   * `secrets.unrecorded` 503.
   */
  set(name: SecretName, text: SecretText, actor: string): Promise<Outcome<{ readonly created: boolean }>>
  /** Deletes a secret, also one that cannot be read. Problems: `secrets.unknown` 400, `secrets.unrecorded` 503. */
  delete(name: SecretName, actor: string, reason?: string): Promise<Outcome<undefined>>
  /**
   * Seals all secrets anew with a new key and forgets the old one; they can be read and set meanwhile. Problems:
   * `secrets.key_elsewhere` 409, `secrets.unreadable` 409 (nothing was changed, or it can be called again),
   * `secrets.unrecorded` 503.
   */
  rotate(actor: string): Promise<Outcome<{ readonly keyId: string; readonly resealed: number }>>
}
