import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson, packIdSchema, type Collection, type Instant, type PackId } from '../base/index.ts'
import { grantConfigSchema, type GrantConfig } from './config.ts'
import type { GrantKey } from './key.ts'
import { permissionIdSchema, type PermissionId } from './permission-id.ts'

/** What an operator granted: who may do what, how far, how long and how often. */
export interface GrantStatement {
  readonly principalId: PackId
  readonly permissionId: PermissionId
  readonly config: GrantConfig
  /**
   * Grows with every change of this grant, revocations and spent uses included. The ledger remembers the newest, so
   * that an older row put back is recognized. From 1.
   */
  readonly epoch: number
  readonly grantedAt: Instant
  /** The grant counts before this moment and no longer at it. Absent: until it is revoked. */
  readonly expiresAt?: Instant | undefined
  /** Calls that are left, also those of descendants. Absent: any number. */
  readonly usesLeft?: number | undefined
}

/** A grant as it is kept. Whoever can write the store but not sign cannot grant. */
export interface GrantRecord extends GrantStatement {
  /** `GrantKey.keyId` of the key that signed. */
  readonly keyId: string
  /** HMAC-SHA256 of `grantSigningInput`, 64 lower-case hex digits. */
  readonly signature: string
}

/** Up to the last moment a date can show. */
const instantSchema = z.int().min(0).max(8_640_000_000_000_000)

/** Reads a grant that was kept; what does not fit is `unreadable`, never "no restriction". */
export const grantRecordSchema: z.ZodType<GrantRecord> = z.strictObject({
  principalId: packIdSchema,
  permissionId: permissionIdSchema,
  config: grantConfigSchema,
  epoch: z.int().positive(),
  grantedAt: instantSchema,
  expiresAt: instantSchema.optional(),
  usesLeft: z.int().nonnegative().optional(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Grants in force; a revoked one leaves no record. */
export const grantCollection: Collection<GrantRecord> = { name: 'grant', schema: grantRecordSchema }

/** The id under which a pair's grant is kept. Neither part can hold the separator. */
export function formatGrantId(principalId: PackId, permissionId: PermissionId): string {
  return `${principalId}:${permissionId}`
}

/** The first bytes of what a signature covers; they keep it apart from every other use of a key. */
const signingDomain = 'rumi-grant/1\n'

/**
 * The bytes that a signature covers: `rumi-grant/1\n`, then the fields record type (`grant`), key id, principal,
 * permission, epoch, granted, expires, uses and config. Numbers are decimal digits, an absent one is empty; the config
 * is canonical JSON (RFC 8785). Each field is its length as four bytes, big-endian, and its bytes, so that no text can
 * move from one field into the next.
 */
export function grantSigningInput(statement: GrantStatement, keyId: string): Buffer {
  const fields = [
    'grant',
    keyId,
    statement.principalId,
    statement.permissionId,
    String(statement.epoch),
    String(statement.grantedAt),
    String(statement.expiresAt ?? ''),
    String(statement.usesLeft ?? ''),
    canonicalJson(statement.config),
  ]
  // One buffer for all: this is made for every decision.
  const input = Buffer.alloc(fields.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), signingDomain.length))
  let at = input.write(signingDomain, 'latin1')
  for (const text of fields) {
    const length = input.write(text, at + 4)
    input.writeUInt32BE(length, at)
    at += 4 + length
  }
  return input
}

/** Puts a key's name and signature on a statement; those of an earlier key are replaced. */
export function signGrant(statement: GrantStatement, key: GrantKey): GrantRecord {
  return { ...statement, keyId: key.keyId, signature: sign(statement, key).toString('hex') }
}

/** What a signature is worth. `unknown-key`: none of the keys made it. `invalid`: it belongs to other content. */
export type SignatureCheck = 'valid' | 'unknown-key' | 'invalid'

/**
 * Checks who made a record. A record that names an unknown key is not tried with the others: its author chose the name.
 *
 * @param keys - The current key and those rotated out that may still have signed records.
 */
export function checkSignature(record: GrantRecord, keys: readonly GrantKey[]): SignatureCheck {
  const key = keys.find(({ keyId }) => keyId === record.keyId)
  if (key === undefined) return 'unknown-key'
  const claimed = Buffer.from(record.signature, 'hex')
  const expected = sign(record, key)
  // The time of a byte-wise comparison would tell a forger how many bytes are right.
  return claimed.length === expected.length && timingSafeEqual(claimed, expected) ? 'valid' : 'invalid'
}

function sign(statement: GrantStatement, key: GrantKey): Buffer {
  return createHmac('sha256', key.secret).update(grantSigningInput(statement, key.keyId)).digest()
}

/**
 * Tells whether two records are one grant at two moments: only uses were spent in between, or keys rotated. A grant that
 * was taken back and made again, or changed in any way, is another one.
 */
export function isSameGrant(one: GrantRecord, other: GrantRecord): boolean {
  return describeGrant(one) === describeGrant(other)
}

function describeGrant({ principalId, permissionId, config, grantedAt, expiresAt, usesLeft }: GrantRecord): string {
  const isCounted = usesLeft !== undefined
  return canonicalJson([principalId, permissionId, config, grantedAt, expiresAt ?? null, isCounted])
}
