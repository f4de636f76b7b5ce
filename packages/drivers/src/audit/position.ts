import { setImmediate } from 'node:timers/promises'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import { listFiles, placeEntry, readTail, type Tail } from './lines.ts'

/** Where the lines come from. */
export interface AuditSource {
  /** Entries there are. */
  size(): number
  /** Entries from `from` on, oldest first, at most `limit`. */
  entries(from: number, limit: number): readonly LedgerEntry[]
}

/** Entries that are worked on before others get their turn. */
export const CHUNK = 100

/**
 * Finds the first entry that is not in the files. `foreign`: the files are not those of this ledger (a backup was put
 * back, somebody wrote into them) and must be written anew.
 *
 * Entries are looked at from the newest back, and only the ends of their files are read: a log of many years costs no
 * more than one of a day.
 */
export async function findPosition(folder: string, source: AuditSource): Promise<number | 'foreign'> {
  const files = new Set(listFiles(folder))
  if (files.size === 0) return 0
  const tails = new Map<string, Tail | undefined>()
  for (let end = source.size(); end > 0; end -= CHUNK) {
    const from = Math.max(0, end - CHUNK)
    for (const entry of source.entries(from, end - from).toReversed()) {
      const { file, text } = placeEntry(entry)
      if (!files.has(file)) continue
      if (!tails.has(file)) tails.set(file, readTail(folder, file))
      const tail = tails.get(file)
      if (tail === undefined) continue
      if (tail.text === text) return entry.seq + 1
      // What stands at the end of the file is this entry or one behind it, and the ledger tells it differently.
      if (tail.seq === undefined || tail.seq >= entry.seq) return 'foreign'
    }
    await setImmediate()
  }
  return 'foreign'
}
