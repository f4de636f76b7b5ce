import { createHmac, hkdfSync } from 'node:crypto'

/** Signs grants and nothing else; made from the installation's secret by `deriveGrantKey`. */
export interface GrantKey {
  /** Says which key signed a record: 16 lower-case hex digits, computed from the key itself. */
  readonly keyId: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** Names what the key is for, so that no other use of the same secret makes a signature that counts here. */
const keyPurpose = 'rumi/grant-key/1'

/**
 * The key for grants that belongs to a secret (HKDF-SHA256, RFC 5869). To rotate, sign with the key of the new secret
 * and hand the old key to the checks until every record is signed anew.
 *
 * @param masterSecret - At least 32 unpredictable bytes; throws a `RangeError` for fewer.
 */
export function deriveGrantKey(masterSecret: Uint8Array): GrantKey {
  if (masterSecret.length < 32) throw new RangeError('a secret for grants has at least 32 bytes')
  const secret = Buffer.from(hkdfSync('sha256', masterSecret, new Uint8Array(), keyPurpose, 32))
  const keyId = createHmac('sha256', secret).update('rumi/grant-key-id/1').digest('hex').slice(0, 16)
  return { keyId, secret }
}
