import { z } from 'zod'
import { canonicalJson } from '../base/index.ts'
import { encodeEntry, type LedgerEntry } from './entry.ts'
import type { ReadNode } from './merkle.ts'

/** Names the file format and its version. */
const EXPORT_FORMAT = 'rumi-ledger/1'

/** Entries that follow one line of leaf hashes; only the last block may have fewer. */
export const EXPORT_BLOCK = 256

/** The first line: what the file claims to hold. Signed is only the last line. */
export const exportHeaderSchema = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  origin: z.string().refine((text) => text.isWellFormed()),
  size: z.int().min(0),
})
export type ExportHeader = Readonly<Omit<z.infer<typeof exportHeaderSchema>, 'format'>>

/**
 * The line before each block: the hashes of its leaves as the ledger holds them. The signed root covers them, so an
 * entry that was changed afterwards is found by its number and not just by a root that differs.
 */
export const exportLeavesSchema = z.strictObject({
  leaves: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .min(1)
    .max(EXPORT_BLOCK),
})

/** The last line: the signed note. */
export const exportTrailerSchema = z.strictObject({ checkpoint: z.string().refine((text) => text.isWellFormed()) })

/** The first line of an export, without the line end. */
export function formatExportHeader({ origin, size }: ExportHeader): string {
  return canonicalJson({ format: EXPORT_FORMAT, origin, size })
}

/** The line before a block of 1 to 256 entries, without the line end. */
export function formatExportLeaves(leaves: readonly Uint8Array[]): string {
  return canonicalJson({ leaves: leaves.map((leaf) => Buffer.from(leaf).toString('hex')) })
}

/** The last line of an export, without the line end. @param note - What `signCheckpoint` returned. */
export function formatExportTrailer(note: string): string {
  return canonicalJson({ checkpoint: note })
}

/**
 * All lines of an export, in order, each without its line end; a file ends every one with U+000A.
 *
 * @param source.size - Number of entries, the size in `checkpoint`.
 * @param source.entries - The entries from 0; ones beyond `size` are not taken. Throws a `RangeError` if fewer come.
 * @param source.readNode - The ledger's own leaf hashes: not computed from the entries, so that an entry altered in
 *   the store does not get a fitting hash.
 * @param source.checkpoint - The signed note for `size`.
 *
 * @public
 */
export function* formatExport(source: {
  readonly origin: string
  readonly size: number
  readonly entries: Iterable<LedgerEntry>
  readonly readNode: ReadNode
  readonly checkpoint: string
}): Generator<string, void> {
  const { origin, size, readNode } = source
  yield formatExportHeader({ origin, size })
  let seq = 0
  if (size > 0) {
    for (const entry of source.entries) {
      if (seq % EXPORT_BLOCK === 0) {
        const count = Math.min(EXPORT_BLOCK, size - seq)
        const first = seq
        yield formatExportLeaves(Array.from({ length: count }, (_, offset) => readNode(0, first + offset)))
      }
      yield encodeEntry(entry)
      seq += 1
      if (seq === size) break
    }
  }
  if (seq < size) throw new RangeError(`the ledger has ${size} entries, but only ${seq} came`)
  yield formatExportTrailer(source.checkpoint)
}
