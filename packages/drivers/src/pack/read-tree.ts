import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { err, type Diagnostic, type Result } from '@rumi/kernel/base'
import {
  checkPath,
  checkTree,
  maxTreeDiagnostics,
  treeDiagnostic,
  treeLimits,
  type FileTree,
  type TreeEntry,
} from '@rumi/kernel/pack'
import {
  attempt,
  changedWhileRead,
  isUnchanged,
  listBeneath,
  lookBeneath,
  openDirectory,
  openDirectoryBeneath,
  openFileBeneath,
  type EntryProblem,
  type OpenFile,
} from './open-beneath.ts'

/** A folder to read, and what diagnostics call it. */
export interface TreeSource {
  /** Absolute; everything before the last segment is trusted. */
  readonly directory: string
  /** Relative to the home. @example 'ecosystem/weather_pack' */
  readonly location: string
}

/** Receives what is read, in the order it is read: a directory before what is in it. What it throws ends the reading. */
export interface TreeVisitor {
  directory(path: string): void
  file(path: string): FileVisitor
}

/** Receives one file: the very bytes that are hashed. */
export interface FileVisitor {
  /** `chunk` is reused after the call. */
  write(chunk: Uint8Array): void
  /** Called once, also when the file was refused half-way. */
  close(): void
}

/** How a folder is read. */
export interface TreeReading {
  readonly visitor?: TreeVisitor
  readonly signal?: AbortSignal | undefined
}

/** State of one reading. */
interface Walk extends TreeReading {
  readonly location: string
  readonly entries: TreeEntry[]
  readonly problems: Diagnostic[]
  readonly buffer: Buffer
  /** Entries looked at, also refused ones. */
  seen: number
  totalBytes: number
  /** Work since others had a turn, in bytes. */
  busyBytes: number
  /** A limit was passed: nothing more is read. */
  stopped: boolean
}

const chunkBytes = 256 * 1024
const turnBytes = 4 * 1024 * 1024
/** What opening and closing one entry weighs against reading bytes. */
const entryWeight = 16 * 1024

/**
 * Reads everything in a folder, once, through descriptors that no rename can redirect. Refused with every problem
 * found, each with its path: links, hard links, devices, pipes, sockets, names and sizes a tree may not have
 * (`checkTree`), and whatever changed while it was read. Reads in short turns, so that others are served meanwhile.
 *
 * Codes: `tree.` with `symlink`, `hard_link`, `special_file`, `changed`, `unreadable`, and those of `checkTree`.
 */
export async function readTree(
  source: TreeSource,
  reading: TreeReading = {},
): Promise<Result<FileTree, readonly Diagnostic[]>> {
  const walk: Walk = {
    ...reading,
    location: source.location,
    entries: [],
    problems: [],
    buffer: Buffer.allocUnsafe(chunkBytes),
    seen: 0,
    totalBytes: 0,
    busyBytes: 0,
    stopped: false,
  }
  reading.signal?.throwIfAborted()
  const root = openDirectory(source.directory)
  if (!root.ok) report(walk, '', root.error)
  else await readDirectory(walk, root.value, '')
  const checked = checkTree(walk.entries)
  if (walk.problems.length === 0 && checked.ok) return checked
  const located = checked.ok ? [] : checked.error.map((problem) => locate(walk, problem))
  return err([...walk.problems, ...located].slice(0, maxTreeDiagnostics))
}

/** Reads an open directory and closes it. */
async function readDirectory(walk: Walk, descriptor: number, path: string): Promise<void> {
  try {
    const before = attempt(() => fstatSync(descriptor, { bigint: true }))
    if (!before.ok) return report(walk, path, before.error)
    const names = listBeneath(descriptor, treeLimits.maxEntries)
    if (!names.ok) return report(walk, path, names.error)
    for (const name of names.value) {
      if (walk.stopped) return
      await readEntry(walk, descriptor, { name, parent: path })
    }
    const after = attempt(() => fstatSync(descriptor, { bigint: true }))
    if (!after.ok || !isUnchanged(before.value, after.value)) report(walk, path, changedWhileRead)
  } finally {
    closeSync(descriptor)
  }
}

async function readEntry(
  walk: Walk,
  directory: number,
  { name, parent }: { readonly name: string | undefined; readonly parent: string },
): Promise<void> {
  walk.seen += 1
  // Counted before it is judged: refused entries must not be free.
  if (walk.seen > treeLimits.maxEntries) {
    return stop(walk, treeDiagnostic('tree.too_many', '', `more than ${treeLimits.maxEntries} files and directories`))
  }
  await takeTurn(walk, entryWeight)
  if (name === undefined) return add(walk, treeDiagnostic('tree.name', parent, 'holds a name that is not UTF-8'))
  const path = parent === '' ? name : `${parent}/${name}`
  const problems = checkPath({ kind: 'directory', path })
  if (problems.length > 0) return problems.forEach((problem) => add(walk, problem))
  const stats = lookBeneath(directory, name)
  if (!stats.ok) return report(walk, path, stats.error)
  if (!stats.value.isDirectory()) return readFile(walk, path, openFileBeneath(directory, name))
  walk.visitor?.directory(path)
  walk.entries.push({ kind: 'directory', path })
  const child = openDirectoryBeneath(directory, name)
  if (!child.ok) return report(walk, path, child.error)
  await readDirectory(walk, child.value, path)
}

/** Reads an open file, hands its bytes on, and closes it. */
async function readFile(walk: Walk, path: string, opened: Result<OpenFile, EntryProblem>): Promise<void> {
  if (!opened.ok) return report(walk, path, opened.error)
  const { descriptor, stats } = opened.value
  const size = Number(stats.size)
  try {
    if (size > treeLimits.maxFileBytes) {
      return add(walk, treeDiagnostic('tree.file_too_large', path, `larger than ${treeLimits.maxFileBytes} bytes`))
    }
    walk.totalBytes += size
    if (walk.totalBytes > treeLimits.maxTotalBytes) {
      return stop(walk, treeDiagnostic('tree.too_large', '', `more than ${treeLimits.maxTotalBytes} bytes in all`))
    }
    const digest = await digestFile(walk, path, descriptor)
    if (!digest.ok) return report(walk, path, digest.error)
    const after = attempt(() => fstatSync(descriptor, { bigint: true }))
    // The size may also differ from what was read when the file grew and shrank again.
    const isWhole = after.ok && isUnchanged(stats, after.value) && digest.value.length === size
    if (!isWhole) return report(walk, path, changedWhileRead)
    walk.entries.push({ kind: 'file', path, size, sha256: digest.value.sha256 })
  } finally {
    closeSync(descriptor)
  }
}

async function digestFile(
  walk: Walk,
  path: string,
  descriptor: number,
): Promise<Result<{ readonly length: number; readonly sha256: string }, EntryProblem>> {
  const hash = createHash('sha256')
  const copy = walk.visitor?.file(path)
  let length = 0
  try {
    for (;;) {
      const count = attempt(() => readSync(descriptor, walk.buffer, 0, chunkBytes, null))
      if (!count.ok) return count
      if (count.value === 0) return { ok: true, value: { length, sha256: hash.digest('hex') } }
      const chunk = walk.buffer.subarray(0, count.value)
      length += chunk.length
      // A file that grows while it is read must not grow beyond what one file may hold.
      if (length > treeLimits.maxFileBytes) return err(changedWhileRead)
      hash.update(chunk)
      copy?.write(chunk)
      await takeTurn(walk, chunk.length)
    }
  } finally {
    copy?.close()
  }
}

/** Lets others run once enough was done in one go, and stops when nobody waits for the result any more. */
async function takeTurn(walk: Walk, weight: number): Promise<void> {
  walk.busyBytes += weight
  if (walk.busyBytes < turnBytes) return
  walk.busyBytes = 0
  await setImmediate()
  walk.signal?.throwIfAborted()
}

function report(walk: Walk, path: string, problem: EntryProblem): void {
  // What was listed a moment ago and is gone now has changed.
  const kind = problem.kind === 'missing' && path !== '' ? 'changed' : problem.kind
  add(walk, treeDiagnostic(`tree.${kind}`, path, problem.message))
}

function stop(walk: Walk, problem: Diagnostic): void {
  walk.stopped = true
  add(walk, problem)
}

function add(walk: Walk, problem: Diagnostic): void {
  walk.problems.push(locate(walk, problem))
  if (walk.problems.length >= maxTreeDiagnostics) walk.stopped = true
}

function locate(walk: Walk, problem: Diagnostic): Diagnostic {
  return { ...problem, file: problem.file === undefined ? walk.location : `${walk.location}/${problem.file}` }
}
