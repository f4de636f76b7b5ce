import { z } from 'zod'
import { canonicalJson, isoInstant, type Instant, type JsonObject } from '../base/index.ts'
import { boundEntryData, boundEntryText, fitsEncoded, entryLimits, isEntryData } from './entry-bounds.ts'

/**
 * One leaf of the ledger: what was decided or changed, about whom, at whose request.
 *
 * @example { seq: 7, at: '2026-01-02T03:04:05.678Z', kind: 'pack.approve', actor: 'operator', subject: 'weather', data: {} }
 */
export type LedgerEntry = {
  /** Index of the leaf, from 0. It orders entries; the time does not. */
  readonly seq: number
  /** ISO 8601 with milliseconds, UTC: a label for people. */
  readonly at: string
  /** `noun.verb`, at most 64 characters; what programs switch on. */
  readonly kind: string
  /** Who asked; at most 4096 bytes in JSON. */
  readonly actor: string
  /** What it is about; at most 4096 bytes in JSON. */
  readonly subject: string
  /** Details, bounded by `boundEntryData`. `truncated: true` says that something was cut or left out. */
  readonly data: JsonObject
}

/** What a caller tells the ledger; the ledger itself adds place and time. */
export type NewLedgerEntry = Omit<LedgerEntry, 'seq' | 'at'>

const KIND = /^[a-z]+(\.[a-z-]+)+$/
const KIND_LENGTH = 64

const textSchema = z
  .string()
  .max(entryLimits.textBytes)
  .refine((text) => text.isWellFormed() && fitsEncoded(text, entryLimits.textBytes), 'the text is too long or broken')

/** Reads an entry that was stored or comes from outside. Unknown members are refused: they would be hashed unseen. */
export const ledgerEntrySchema = z.strictObject({
  seq: z.int().min(0),
  at: z.iso.datetime({ precision: 3 }),
  kind: z.string().max(KIND_LENGTH).regex(KIND, 'a kind looks like pack.approve'),
  actor: textSchema,
  subject: textSchema,
  data: z.custom<JsonObject>(isEntryData, 'the data is not a bounded JSON object'),
}) satisfies z.ZodType<LedgerEntry>

/**
 * The entry as the ledger keeps it. Actor, subject and data are bounded here, so that no text of a stranger, whatever
 * its length or characters, prevents the recording. Throws a `TypeError` for a kind or place that no caller may use.
 */
export function sealEntry(sealed: {
  readonly entry: NewLedgerEntry
  /** The size of the tree before the entry. */
  readonly seq: number
  readonly at: Instant
}): LedgerEntry {
  const { entry, seq, at } = sealed
  if (!KIND.test(entry.kind) || entry.kind.length > KIND_LENGTH) throw new TypeError('a kind looks like pack.approve')
  if (!Number.isSafeInteger(seq) || seq < 0) throw new TypeError('a sequence number is a whole number from 0')
  const actor = boundEntryText(entry.actor)
  const subject = boundEntryText(entry.subject)
  const data = boundEntryData(entry.data)
  return {
    seq,
    at: isoInstant(at),
    kind: entry.kind,
    actor: actor.text,
    subject: subject.text,
    data: actor.isCut || subject.isCut ? { ...data, truncated: true } : data,
  }
}

/** The bytes of the leaf, as text: the entry's RFC 8785 form, one line. Its hash is `hashLeaf(encodeEntry(entry))`. */
export function encodeEntry(entry: LedgerEntry): string {
  return canonicalJson(entry)
}
