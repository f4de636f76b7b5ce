import type { Problem } from '@rumi/kernel/base'
import type { SecretName } from '@rumi/kernel/secret'

/** There is no such secret to delete. */
export function unknownSecret(name: SecretName): Problem {
  return { code: 'secrets.unknown', status: 400, message: `There is no secret "${name}".`, hint: 'rumi secrets list' }
}

/** The key is not kept in the home. */
export const wrongSource: Problem = {
  code: 'secrets.key_elsewhere',
  status: 409,
  message: 'The key of the secrets is not kept in the home, so it is not changed here.',
  hint: 'Delete the secrets, start with the new key, and set them again.',
}

/** Some secrets could not be sealed anew. */
export function describeUnreadable(count: number): Problem {
  return {
    code: 'secrets.unreadable',
    status: 409,
    message: count === 0 ? 'There is no key to seal secrets with.' : `Secrets that cannot be read: ${count}.`,
    hint: 'See which: rumi secrets list. Restore them and their key from a backup, or delete them.',
  }
}

/**
 * The home's secrets were sealed with another key than the one at hand. A new secret beside them would hide that.
 *
 * @param keyId - The key at hand; undefined: none.
 */
export function describeMismatch(keyId: string | undefined, wanted: readonly string[]): Problem {
  const have = keyId === undefined ? 'there is no key' : `the key is ${keyId}`
  const want =
    wanted.length === 0 ? 'This home has had secrets' : `Secrets of this home want the key ${wanted.join(', ')}`
  const repair =
    wanted.length === 0
      ? 'Restore user_data/.secrets_key from a backup, or make a key: (umask 077; openssl rand -hex 32 > user_data/.secrets_key), then restart.'
      : 'Restore that key (user_data/.secrets_key, RUMI_SECRETS_KEY or the keyring) and restart, or delete these secrets.'
  return { code: 'secrets.key_mismatch', status: 409, message: `${want}, but ${have}.`, hint: repair }
}

/** Whether the disk itself failed: after that, nothing it was given can be trusted to be there. (STO-06) */
export function isDiskFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EIO'
}

/** The change is on the disk, and ledger or journal could not be written. Undefined: the error is something else. */
export function unrecorded(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  const isStore = 'kind' in error && (error.kind === 'full' || error.kind === 'broken' || error.kind === 'closed')
  const isFile = 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)
  if (!isStore && !isFile) return undefined
  return {
    code: 'secrets.unrecorded',
    status: 503,
    message:
      'The secret was changed on the disk, but its record could not be written. The next change or start records it.',
    hint: 'Make room on the disk of the home, then try again.',
  }
}
