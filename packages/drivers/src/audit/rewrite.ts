import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { syncDirectory } from '../system/index.ts'
import { appendEntries, listFiles } from './lines.ts'
import { markLost } from './mark.ts'
import { CHUNK, type AuditSource } from './position.ts'

/** How far a rewriting is: entries written, of entries there are. */
export type AuditProgress = (done: number, all: number) => void

/** What was written anew. */
export interface Rewritten {
  readonly entries: number
  readonly files: number
}

/** What a rewriting works with. */
export interface Rewriting {
  readonly folder: string
  readonly source: AuditSource
  readonly onProgress: AuditProgress
  /** Asked between chunks: true gives up, and the files stay as they are. */
  readonly isStopped: () => boolean
}

/**
 * Writes all files anew from the ledger, beside the ones that are there, and then puts each in place of its forerunner:
 * a reader sees the old file or the new one and never half of one. Files without an entry go. Undefined: it was stopped.
 * A process that dies in between leaves a mark, and the next one begins again.
 */
export async function rewriteFiles({
  folder,
  source,
  onProgress,
  isStopped,
}: Rewriting): Promise<Rewritten | undefined> {
  const beside = besideOf(folder)
  clearBeside(folder)
  mkdirSync(beside, { mode: 0o700 })
  try {
    let done = 0
    const writeNext = (): void => {
      const entries = source.entries(done, CHUNK)
      if (entries.length === 0) throw new Error('the ledger has fewer entries than it says')
      appendEntries(beside, entries)
      done += entries.length
      onProgress(done, source.size())
    }
    while (done < source.size()) {
      if (isStopped()) return undefined
      writeNext()
      await setImmediate()
    }
    for (const file of listFiles(beside)) await flushFile(join(beside, file))
    // From here on in one go, so that the ledger does not grow behind our back.
    while (done < source.size()) writeNext()
    return { entries: done, files: swap(folder) }
  } finally {
    clearBeside(folder)
  }
}

/** Removes what a rewriting that was killed left. */
export function clearBeside(folder: string): void {
  rmSync(besideOf(folder), { recursive: true, force: true })
}

function besideOf(folder: string): string {
  return join(folder, '.rebuild')
}

function swap(folder: string): number {
  const beside = besideOf(folder)
  const files = new Set(listFiles(beside))
  markLost(folder)
  for (const file of files) renameSync(join(beside, file), join(folder, file))
  for (const file of listFiles(folder)) if (!files.has(file)) rmSync(join(folder, file))
  syncDirectory(folder)
  return files.size
}

async function flushFile(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
