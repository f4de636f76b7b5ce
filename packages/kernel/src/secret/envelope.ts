import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { err, ok, type Result } from '../base/index.ts'
import type { SecretName } from './secret-name.ts'
import { maxSecretBytes, SecretText } from './secret-text.ts'

/** Seals secrets and does nothing else; made from the installation's secret by `deriveSealingKey`. */
export interface SealingKey {
  /** Says which key sealed: 16 lower-case hex digits, computed from the key itself. */
  readonly keyId: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/**
 * The sealing key that belongs to a secret (HKDF-SHA256, RFC 5869). To rotate, seal with the key of the new secret and
 * hand the old key to `openSecret` until every secret is sealed anew.
 *
 * @param masterSecret - At least 32 unpredictable bytes; throws a `RangeError` for fewer.
 */
export function deriveSealingKey(masterSecret: Uint8Array): SealingKey {
  if (masterSecret.length < 32) throw new RangeError('a secret for sealing has at least 32 bytes')
  const secret = Buffer.from(hkdfSync('sha256', masterSecret, new Uint8Array(), 'rumi/secret-key/1', 32))
  const keyId = createHmac('sha256', secret).update('rumi/secret-key-id/1').digest('hex').slice(0, 16)
  return { keyId, secret }
}

/** Bytes of a nonce. Never the same twice under one key: 96 random bits each are safe for 2³² secrets. */
export const nonceBytes = 12

const tagBytes = 16
const envelopePrefix = 'rumi-secret/1'

/** What belongs together inside an envelope: moved to another name or an older version it does not open. */
export interface SecretPlace {
  readonly name: SecretName
  /** Grows with every change of the secret; from 1. */
  readonly version: number
}

/** Everything that sealing takes. */
export interface Sealing extends SecretPlace {
  readonly text: SecretText
  readonly key: SealingKey
  /** `nonceBytes` unpredictable bytes, made for this call. */
  readonly nonce: Uint8Array
}

/**
 * Seals a secret: AES-256-GCM with a tag of 16 bytes (NIST SP 800-38D). The text is
 * `rumi-secret/1.<key id>.<nonce>.<ciphertext and tag>`, bytes in base64url without padding. Authenticated with it are
 * `rumi-secret/1\n` and the fields key id, name and version (decimal), each as its length in four bytes, big-endian, and
 * its bytes. Vectors are in `vectors/secret.json`.
 */
export function sealSecret({ name, version, text, key, nonce }: Sealing): string {
  if (nonce.length !== nonceBytes) throw new RangeError(`a nonce has ${nonceBytes} bytes`)
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associatedData({ name, version }, key.keyId))
  const sealed = Buffer.concat([cipher.update(text.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()])
  return [envelopePrefix, key.keyId, Buffer.from(nonce).toString('base64url'), sealed.toString('base64url')].join('.')
}

/** What was sealed, and with which keys it may open. */
export interface Opening extends SecretPlace {
  readonly sealed: string
  /** The current key and those rotated out. */
  readonly keys: readonly SealingKey[]
}

/**
 * Why an envelope did not open. `malformed`: not the one way to write one. `unknown-key`: sealed with none of the keys.
 * `not-authentic`: changed, or sealed for another name or version, or with another key under the same id.
 */
export interface OpeningRefusal {
  readonly kind: 'malformed' | 'unknown-key' | 'not-authentic'
}

/** Opens what `sealSecret` wrote for this name and version. */
export function openSecret({ name, version, sealed, keys }: Opening): Result<SecretText, OpeningRefusal> {
  const envelope = findEnvelope(sealed)
  if (envelope === undefined) return err({ kind: 'malformed' })
  const { keyId, nonce, ciphertext, tag } = envelope
  const key = keys.find((candidate) => candidate.keyId === keyId)
  if (key === undefined) return err({ kind: 'unknown-key' })
  const decipher = createDecipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associatedData({ name, version }, keyId))
  decipher.setAuthTag(tag)
  try {
    const bytes = Buffer.concat([decipher.update(ciphertext), decipher.final()])
    // A byte order mark is part of the secret.
    return ok(new SecretText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)))
  } catch {
    return err({ kind: 'not-authentic' }) // the tag does not fit; or it does, over bytes that no text has
  }
}

interface Envelope {
  readonly keyId: string
  readonly nonce: Buffer
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

/** Longest envelope: prefix, id and nonce, and four characters for three bytes. */
const maxEnvelopeLength = 64 + Math.ceil(((maxSecretBytes + tagBytes) * 4) / 3)

function findEnvelope(text: string): Envelope | undefined {
  if (text.length > maxEnvelopeLength) return undefined
  const [prefix, keyId, nonceText, sealedText, ...rest] = text.split('.')
  if (prefix !== envelopePrefix || rest.length > 0 || keyId === undefined || !/^[0-9a-f]{16}$/.test(keyId))
    return undefined
  const nonce = findBytes(nonceText)
  const sealed = findBytes(sealedText)
  if (nonce?.length !== nonceBytes || sealed === undefined || sealed.length < tagBytes) return undefined
  return { keyId, nonce, ciphertext: sealed.subarray(0, -tagBytes), tag: sealed.subarray(-tagBytes) }
}

/** Bytes of a base64url text, `undefined` unless it is the one way to write them: a second spelling could hide a change. */
function findBytes(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function associatedData({ name, version }: SecretPlace, keyId: string): Buffer {
  const fields = [keyId, name, String(version)].flatMap((text) => {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat([Buffer.from(`${envelopePrefix}\n`), ...fields])
}
