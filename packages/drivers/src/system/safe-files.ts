import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** What `writeFileAtomically` puts behind a name while the file is not complete; such a file may be deleted. */
export const temporaryFilePattern = /\.tmp-[0-9a-f]{16}$/

/**
 * Replaces a file so that a reader, and a machine that loses power, sees the old content or the new and nothing
 * between; returns once the new one is durable. A link at `path` is replaced, never followed.
 *
 * Throws what the file system throws, and then leaves no temporary file. After a failed flush the disk cannot be
 * trusted to hold what it took, so nothing here tries twice.
 *
 * @param mode - Permission bits of the new file; default 0600.
 */
export function writeFileAtomically(path: string, data: Uint8Array | string, mode = 0o600): void {
  const temporary = `${path}.tmp-${randomBytes(8).toString('hex')}`
  // `wx`: nobody who guesses the name can make us write through a link or into a file of theirs.
  const descriptor = openSync(temporary, 'wx', 0o600)
  try {
    try {
      writeAll(descriptor, typeof data === 'string' ? Buffer.from(data) : data)
      if (mode !== 0o600) fchmodSync(descriptor, mode)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/** Writes every byte; one call of the system may take only a part of them. */
export function writeAll(descriptor: number, data: Uint8Array): void {
  let written = 0
  while (written < data.length) written += writeSync(descriptor, data, written, data.length - written)
}

/** Makes names created, renamed or deleted in a directory durable. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
