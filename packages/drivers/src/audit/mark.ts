import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A file that is there while lines may not have reached the disk. Lines are not flushed one by one: after a power cut one
 * file may have lost what came before a line that another one kept, so then all are written anew from the ledger. After
 * a mere kill everything that was written is there.
 */
export function readMark(folder: string, bootId: string): 'flushed' | 'written' | 'lost' {
  try {
    return readFileSync(join(folder, NAME), 'utf8') === bootId ? 'written' : 'lost'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'flushed'
    throw error
  }
}

/** Notes that lines are written from now on that only this run of the machine remembers. */
export function setMark(folder: string, bootId: string): void {
  writeFileSync(join(folder, NAME), bootId, { mode: 0o600 })
}

/** Notes that the files cannot be relied on until they have been written anew. */
export function markLost(folder: string): void {
  setMark(folder, '')
}

/** Notes that everything is on the disk. */
export function clearMark(folder: string): void {
  rmSync(join(folder, NAME), { force: true })
}

/** Names this run of the machine: another one begins when it starts again. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

const NAME = '.unflushed'
