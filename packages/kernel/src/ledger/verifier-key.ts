import { createPublicKey, verify } from 'node:crypto'
import { err, ok, sha256, type Result } from '../base/index.ts'

/** What somebody needs to check a ledger: its name and its Ed25519 public key. */
export interface VerifierKey {
  /** Names the key and the ledger: see `isKeyName`. */
  readonly name: string
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array
}

/**
 * Why a text is no verifier key: `malformed` is not `name+hash+key`; `unknown-algorithm` is a key that is not Ed25519;
 * `wrong-hash` is a hash that belongs to another name or key, for instance after a slip in copying.
 */
export interface VerifierKeyProblem {
  readonly kind: 'malformed' | 'unknown-algorithm' | 'wrong-hash'
}

/** Ed25519 in the signed-note format. (C2SP signed-note §Signature types) */
const ED25519 = 1

/** The DER form of an Ed25519 public key up to the 32 bytes of the key. (RFC 8410 §4) */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** No white space and no plus (C2SP signed-note §Format), and nothing invisible that would make two names look alike. */
const KEY_NAME = /^[^\s+\p{C}]{1,255}$/u

/** Whether a text can name a key and its ledger. @example isKeyName('example.com/ledger') */
export function isKeyName(text: string): boolean {
  return KEY_NAME.test(text)
}

/** The first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key). (C2SP signed-note §Ed25519 signatures) */
export function keyId({ name, publicKey }: VerifierKey): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey])).subarray(0, 4)
}

/** The one-line form for people to hand on: `name+<key id as 8 hex digits>+base64(0x01 || public key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  const bytes = Buffer.concat([Buffer.of(ED25519), key.publicKey])
  return `${key.name}+${Buffer.from(keyId(key)).toString('hex')}+${bytes.toString('base64')}`
}

/** Reads what `formatVerifierKey` wrote, and no other form of it. */
export function parseVerifierKey(text: string): Result<VerifierKey, VerifierKeyProblem> {
  const [, name = '', hash = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/.exec(text) ?? []
  const bytes = decodeBase64(base64)
  if (!isKeyName(name) || bytes?.length !== 33) return err({ kind: 'malformed' })
  if (bytes[0] !== ED25519) return err({ kind: 'unknown-algorithm' })
  const key = { name, publicKey: bytes.subarray(1) }
  if (Buffer.from(keyId(key)).toString('hex') !== hash) return err({ kind: 'wrong-hash' })
  return ok(key)
}

/** Whether `signature` (64 bytes) is the key's Ed25519 signature of the message. */
export function isSignedBy(key: VerifierKey, message: string, signature: Uint8Array): boolean {
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, key.publicKey]),
    format: 'der',
    type: 'spki',
  })
  return signature.length === 64 && verify(null, Buffer.from(message), publicKey, signature)
}

/** Bytes of a base64 text, or undefined unless it is the one way to write them. (RFC 4648 §4) */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
