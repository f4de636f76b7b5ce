import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readSync, type BigIntStats } from 'node:fs'
import { err, ok, type Result } from '@rumi/kernel/base'

/**
 * Why something inside a directory was not read. `missing`: there is nothing of that name. `symlink`, `hard_link`,
 * `special_file`: it could lead out of the directory, or block. `changed`: it became something else while we looked.
 * `too_large`, `unreadable`: as they say.
 */
export interface EntryProblem {
  readonly kind: 'missing' | 'symlink' | 'hard_link' | 'special_file' | 'changed' | 'too_large' | 'unreadable'
  readonly message: string
}

/** An open file with what it was when it was opened. The holder closes it. */
export interface OpenFile {
  readonly descriptor: number
  readonly stats: BigIntStats
}

/**
 * Opens a directory by its path. Everything before the last segment is trusted; the last may not be a link.
 */
export function openDirectory(path: string): Result<number, EntryProblem> {
  return attempt(() => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW))
}

/**
 * Opens a child directory of an open directory. The name is looked up in the directory that is open, whatever has
 * been renamed or linked in its place since: a path that is checked and then opened can be swapped in between.
 */
export function openDirectoryBeneath(parent: number, name: string): Result<number, EntryProblem> {
  return openDirectory(pathBeneath(parent, name))
}

/** Opens a plain file with one name in an open directory; links, hard links and devices are refused. */
export function openFileBeneath(parent: number, name: string): Result<OpenFile, EntryProblem> {
  const found = lookBeneath(parent, name)
  if (!found.ok) return found
  const refusal = refuseAnythingButFile(found.value)
  if (refusal) return err(refusal)
  // O_NONBLOCK: a pipe put here since must not stop us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const opened = attempt(() => openSync(pathBeneath(parent, name), flags))
  if (!opened.ok) return opened
  const descriptor = opened.value
  const stats = attempt(() => fstatSync(descriptor, { bigint: true }))
  const problem = stats.ok ? refuseAnythingButFile(stats.value) : stats.error
  if (stats.ok && problem === undefined) return ok({ descriptor, stats: stats.value })
  closeSync(descriptor)
  return err(problem ?? { kind: 'unreadable', message: 'cannot be examined' })
}

/** What a name in an open directory is, links not followed. */
export function lookBeneath(parent: number, name: string): Result<BigIntStats, EntryProblem> {
  return attempt(() => lstatSync(pathBeneath(parent, name), { bigint: true }))
}

/** A whole small file of an open directory, read in one piece: refused when it changes meanwhile. */
export function readFileBeneath(
  parent: number,
  name: string,
  limits: { readonly maxBytes: number },
): Result<Buffer, EntryProblem> {
  const opened = openFileBeneath(parent, name)
  if (!opened.ok) return opened
  const { descriptor, stats } = opened.value
  try {
    if (stats.size > BigInt(limits.maxBytes)) {
      return err({ kind: 'too_large', message: `larger than ${limits.maxBytes} bytes` })
    }
    const content = attempt(() => readUpTo(descriptor, Number(stats.size) + 1))
    if (!content.ok) return content
    const after = attempt(() => fstatSync(descriptor, { bigint: true }))
    if (!after.ok) return after
    const isWhole = BigInt(content.value.length) === stats.size && isUnchanged(stats, after.value)
    return isWhole ? content : err(changedWhileRead)
  } finally {
    closeSync(descriptor)
  }
}

/** Fills a buffer of `size` bytes from a file, or less at its end. */
export function readUpTo(descriptor: number, size: number): Buffer {
  const content = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const count = readSync(descriptor, content, length, size - length, null)
    if (count === 0) break
    length += count
  }
  return content.subarray(0, length)
}

/**
 * Names in an open directory, sorted by their bytes. `undefined` stands for a name that is not UTF-8. At most
 * `limit` + 1 of them are read: one more than allowed is enough to refuse.
 */
export function listBeneath(directory: number, limit: number): Result<readonly (string | undefined)[], EntryProblem> {
  return attempt(() => {
    const raw: string[] = []
    // Latin-1 keeps every byte of a name as one character, so nothing is lost before it is judged.
    const entries = opendirSync(`/proc/self/fd/${directory}`, { encoding: 'latin1', bufferSize: 256 })
    try {
      for (let entry = entries.readSync(); entry && raw.length <= limit; entry = entries.readSync()) {
        raw.push(entry.name)
      }
    } finally {
      entries.closeSync()
    }
    return raw.sort().map(decodeName)
  })
}

/** The problem of anything that did not stay the same while it was read. */
export const changedWhileRead: EntryProblem = { kind: 'changed', message: 'changed while it was read' }

/** Tells whether two looks saw one file with one content: every write moves at least the change time. */
export function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.ino === after.ino &&
    before.dev === after.dev &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  )
}

/** Runs one call of the system and turns its failure into a problem; anything else that is thrown is a bug. */
export function attempt<T>(call: () => T): Result<T, EntryProblem> {
  try {
    return ok(call())
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw error
    return err(describeFailure(code))
  }
}

function describeFailure(code: string): EntryProblem {
  switch (code) {
    case 'ENOENT':
      return { kind: 'missing', message: 'not there' }
    case 'ELOOP':
      return { kind: 'symlink', message: 'a symbolic link' }
    case 'ENOTDIR':
      return { kind: 'special_file', message: 'not a directory, or a link to one' }
    default:
      return { kind: 'unreadable', message: `cannot be read (${code})` }
  }
}

function refuseAnythingButFile(stats: BigIntStats): EntryProblem | undefined {
  if (stats.isSymbolicLink()) return { kind: 'symlink', message: 'a symbolic link' }
  if (!stats.isFile()) return { kind: 'special_file', message: 'neither a file nor a directory' }
  // A second name may be a file of the host's (/etc/shadow), or change under us from outside.
  return stats.nlink === 1n ? undefined : { kind: 'hard_link', message: 'a file with more than one name' }
}

function decodeName(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? text : undefined
}

function pathBeneath(parent: number, name: string): string {
  // The name is one segment; anything else would leave the directory that is open.
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw new TypeError('not one segment')
  return `/proc/self/fd/${parent}/${name}`
}
