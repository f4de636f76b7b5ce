import { z } from 'zod'
import {
  canonicalJson,
  err,
  isoInstant,
  ok,
  parseStrictJson,
  type Instant,
  type JsonObject,
  type Result,
} from '../base/index.ts'
import { sealSecret, type SealingKey } from './envelope.ts'
import { secretNameSchema, type SecretName } from './secret-name.ts'
import type { SecretText } from './secret-text.ts'

const momentSchema = z.iso.datetime()

const recordShape = {
  key: secretNameSchema,
  /** Grows with every change, deletion included. */
  version: z.int().positive(),
  created_at: momentSchema,
  updated_at: momentSchema,
}

const storedSecretSchema = z.strictObject({ ...recordShape, value: z.string().min(1), deleted_at: z.null() }).readonly()

/** What a deleted secret leaves: that there was one, until when, and the version that outlives it. */
const tombstoneSchema = z.strictObject({ ...recordShape, value: z.literal(''), deleted_at: momentSchema }).readonly()

/** Reads one secret's file, `user_data/secrets/<KEY>.json`; `value` is what `sealSecret` wrote. */
const secretRecordSchema = z.union([storedSecretSchema, tombstoneSchema])

/** A secret at rest. */
export type StoredSecret = z.infer<typeof storedSecretSchema>
/** What stands in the file of a deleted secret. */
export type SecretTombstone = z.infer<typeof tombstoneSchema>
/** What the file of a secret holds. Nothing in it gives the secret away but its length. */
export type SecretRecord = StoredSecret | SecretTombstone

/** Bounds of one file: the largest envelope fits. */
const recordLimits = { maxBytes: 2 * 1024 * 1024, maxDepth: 2 }

/** Reads a file's bytes. What does not fit is unreadable; it is never taken for "no secret yet". */
export function parseSecretRecord(bytes: Uint8Array): Result<SecretRecord, { readonly kind: 'unreadable' }> {
  const json = parseStrictJson(bytes, recordLimits)
  const record = secretRecordSchema.safeParse(json.ok ? json.value : undefined)
  return record.success ? ok(record.data) : err({ kind: 'unreadable' })
}

/** What setting a secret takes. */
export interface SecretChange {
  readonly previous: SecretRecord | undefined
  /** The newest version of this name that the ledger knows; above it, an older file put back is recognized. */
  readonly versionFloor: number | undefined
  readonly name: SecretName
  readonly text: SecretText
  readonly key: SealingKey
  /** See `Sealing.nonce`. */
  readonly nonce: Uint8Array
  readonly at: Instant
}

/** Sets a secret. `created` is true when there was none, or only a deleted one. */
export function setSecret(change: SecretChange): { readonly record: StoredSecret; readonly created: boolean } {
  const { previous, name, at } = change
  const version = nextVersion(previous, change.versionFloor)
  const now = isoInstant(at)
  const created = previous === undefined || previous.deleted_at !== null
  const value = sealSecret({ name, version, text: change.text, key: change.key, nonce: change.nonce })
  const createdAt = created ? now : previous.created_at
  return { record: { key: name, value, version, created_at: createdAt, updated_at: now, deleted_at: null }, created }
}

/** What deleting a secret takes. */
export type SecretDeletion = Pick<SecretChange, 'previous' | 'versionFloor' | 'at'>

/** Deletes a secret: a tombstone takes its place. Refused when there is none to delete. */
export function deleteSecret({
  previous,
  versionFloor,
  at,
}: SecretDeletion): Result<SecretTombstone, { readonly kind: 'unknown-secret' }> {
  if (previous === undefined || previous.deleted_at !== null) return err({ kind: 'unknown-secret' })
  const { key, created_at: createdAt } = previous
  const now = isoInstant(at)
  const version = nextVersion(previous, versionFloor)
  return ok({ key, value: '', version, created_at: createdAt, updated_at: now, deleted_at: now })
}

function nextVersion(previous: SecretRecord | undefined, floor: number | undefined): number {
  return Math.max(previous?.version ?? 0, floor ?? 0) + 1
}

/** A secret as a list shows it: never its value, sealed or not. (operations §Secrets) */
export function describeSecret(record: SecretRecord): JsonObject {
  const { key, created_at: createdAt, updated_at: updatedAt, deleted_at: deletedAt } = record
  const shown = {
    key,
    exists: deletedAt === null,
    deleted: deletedAt !== null,
    created_at: createdAt,
    updated_at: updatedAt,
  }
  return deletedAt === null ? shown : { ...shown, deleted_at: deletedAt }
}

/** One change as `user_data/secrets/journal.jsonl` tells it; there is no place in it for a value. */
export interface SecretJournalEntry {
  readonly action: 'set' | 'deleted'
  readonly name: SecretName
  /** Who asked for it. */
  readonly actor: string
  readonly at: Instant
  readonly reason?: string
}

/** The entry's line, with its line feed. @example {"action":"set","actor":"operator","key":"A","ts":"1970-01-01T00:00:00.000Z"} */
export function formatJournalLine({ action, name, actor, at, reason }: SecretJournalEntry): string {
  const line = { ts: isoInstant(at), action, key: name, actor: actor.toWellFormed() }
  return `${canonicalJson(reason === undefined ? line : { ...line, reason: reason.toWellFormed() })}\n`
}
