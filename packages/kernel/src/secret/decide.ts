import type { SecretRecord, StoredSecret } from './record.ts'
import { secretNameSchema } from './secret-name.ts'

/** A pack's wish to read a secret, after its grant for `secrets.get` was found. */
export interface SecretQuestion {
  /** As the pack wrote it. */
  readonly name: unknown
  /** `allowed_keys` of the grant. Empty allows nothing, and `*` is only a name that no secret has. */
  readonly allowedKeys: ReadonlySet<string>
  /** What is kept under that name. It is looked up also for a name that is not allowed, so that both take as long. */
  readonly record: SecretRecord | 'unreadable' | undefined
  /** The newest version of this name that the ledger knows. */
  readonly versionFloor: number | undefined
}

/**
 * Why a pack does not get a secret. `malformed-name`: no secret can be called so. `not-granted`: the grant does not name
 * it. `absent`, `deleted`: there is none. `unreadable`: its file is damaged. `name-mismatch`: the file of another secret
 * was put there. `stale`: an older file was put back, or the ledger never saw this one.
 */
export type SecretDenialReason =
  | 'malformed-name'
  | 'not-granted'
  | 'absent'
  | 'deleted'
  | 'unreadable'
  | 'name-mismatch'
  | 'stale'

/** Whether a pack gets a secret. The reason is for the ledger; the pack reads one text for all. (CAP-05) */
export type SecretDecision =
  | { readonly allowed: true; readonly record: StoredSecret }
  | { readonly allowed: false; readonly reason: SecretDenialReason }

/** Decides whether a pack may read a secret. (pack-development §Secrets) */
export function decideSecretRead({ name, allowedKeys, record, versionFloor }: SecretQuestion): SecretDecision {
  const parsed = secretNameSchema.safeParse(name)
  if (!parsed.success) return deny('malformed-name')
  // First of all: whoever is not allowed must not make the rest differ.
  if (!allowedKeys.has(parsed.data)) return deny('not-granted')
  if (record === undefined) return deny('absent')
  if (record === 'unreadable') return deny('unreadable')
  if (record.key !== parsed.data) return deny('name-mismatch')
  if (versionFloor === undefined || !(record.version >= versionFloor)) return deny('stale')
  return record.deleted_at === null ? { allowed: true, record } : deny('deleted')
}

function deny(reason: SecretDenialReason): SecretDecision {
  return { allowed: false, reason }
}
