import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { auditFileName, auditFilePattern, encodeAuditLine, maxAuditLineBytes, projectEntry } from '@rumi/kernel/audit'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import { writeAll } from '../system/index.ts'

/** Makes the folder when it is missing; it tells who did what, so nobody else may enter it. */
export function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // A link would let whoever made it choose where our lines go.
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    if ((fstatSync(descriptor).mode & 0o077) !== 0) fchmodSync(descriptor, 0o700)
  } finally {
    closeSync(descriptor)
  }
}

/** Names of the files of the log that are there. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => auditFilePattern.test(name))
}

/** The line of an entry and the file it belongs to. */
export function placeEntry(entry: LedgerEntry): { readonly file: string; readonly text: string } {
  const line = projectEntry(entry)
  return { file: auditFileName(line), text: encodeAuditLine(line) }
}

/**
 * Appends the lines of entries, one entry after the other: wherever this is cut off, the files hold every entry up to
 * one of them and none behind it. Returns the names of the files that were written.
 */
export function appendEntries(folder: string, entries: readonly LedgerEntry[]): ReadonlySet<string> {
  const open = new Map<string, number>()
  try {
    for (const { file, text } of joinNeighbours(entries)) {
      const descriptor = open.get(file) ?? openForAppending(join(folder, file))
      open.set(file, descriptor)
      writeAll(descriptor, Buffer.from(text, 'latin1'))
    }
    return new Set(open.keys())
  } finally {
    for (const descriptor of open.values()) closeSync(descriptor)
  }
}

/** The last whole line of a file. Undefined: there is none. Without a number: it is not one of ours. */
export interface Tail {
  readonly text: string
  readonly seq: number | undefined
}

/** Reads the last whole line; what was cut off behind it does not count. */
export function readTail(folder: string, file: string): Tail | undefined {
  const path = join(folder, file)
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const text = readEnd(descriptor)
    const end = text.lastIndexOf('\n')
    if (end < 0) return undefined
    const line = text.slice(text.lastIndexOf('\n', end - 1) + 1, end)
    return { text: line, seq: readSeq(line) }
  } finally {
    closeSync(descriptor)
  }
}

/** Lines that go to the same file one after the other are one write. */
function* joinNeighbours(entries: readonly LedgerEntry[]): Generator<{ readonly file: string; readonly text: string }> {
  let file = ''
  let text = ''
  for (const entry of entries) {
    const placed = placeEntry(entry)
    if (placed.file !== file && text !== '') {
      yield { file, text }
      text = ''
    }
    file = placed.file
    text += `${placed.text}\n`
  }
  if (text !== '') yield { file, text }
}

function openForAppending(path: string): number {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const descriptor = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  try {
    cutTorn(descriptor)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** Whoever died in the middle of a line left its beginning; its entry is written again. */
function cutTorn(descriptor: number): void {
  const { size } = fstatSync(descriptor)
  const text = readEnd(descriptor)
  if (text !== '' && !text.endsWith('\n')) ftruncateSync(descriptor, size - text.length + text.lastIndexOf('\n') + 1)
}

/** Enough for a whole line with a torn one behind it. */
const END_BYTES = 2 * (maxAuditLineBytes + 1)

function readEnd(descriptor: number): string {
  const { size } = fstatSync(descriptor)
  const buffer = Buffer.alloc(Math.min(size, END_BYTES))
  const count = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
  return buffer.toString('latin1', 0, count)
}

const seqSchema = z.object({ seq: z.int().min(0) })

function readSeq(line: string): number | undefined {
  try {
    return seqSchema.safeParse(JSON.parse(line)).data?.seq
  } catch {
    return undefined // somebody else wrote into the file
  }
}
