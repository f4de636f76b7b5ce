import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { isKeyName, type VerifierKey } from './verifier-key.ts'

/** Signs a ledger's checkpoints; whoever holds it decides what the ledger says. */
export interface LedgerSigner extends VerifierKey {
  /** The Ed25519 signature, 64 bytes. (RFC 8032) */
  sign(message: Uint8Array): Uint8Array
}

/**
 * A signer around a private key that the caller loaded. Throws a `TypeError` for a key that is not a private Ed25519
 * key and for a name that `isKeyName` refuses.
 *
 * @param name - Names the ledger and its key, for instance `example.com/ledger`.
 */
export function createLedgerSigner(name: string, privateKey: KeyObject): LedgerSigner {
  if (!isKeyName(name)) throw new TypeError('a key name has no white space and no plus')
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError('a ledger is signed with a private Ed25519 key')
  }
  // The last 32 bytes of the DER form are the key itself. (RFC 8410 §4)
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { name, publicKey, sign: (message) => sign(null, message, privateKey) }
}

/** A fresh Ed25519 key in PKCS #8 PEM. The text is the secret: store it where only the ledger's owner reads. */
export function generateLedgerKey(): { readonly privateKeyPem: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() }
}
