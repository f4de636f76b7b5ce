import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '@rumi/kernel/base'
import { parseSecretRecord, secretNameSchema, type SecretName, type SecretRecord } from '@rumi/kernel/secret'
import { syncDirectory, temporaryFilePattern, writeAll, writeFileAtomically } from '../system/index.ts'

/** What is kept under a name; `unreadable`: something is there, and it must never be taken for "no secret yet". */
export type SecretReading = SecretRecord | 'unreadable' | undefined

/** The folder `user_data/secrets`: one file for each secret, and the journal. */
export interface SecretFolder {
  /** Names that have a file, whatever is in it; sorted. */
  listNames(): readonly SecretName[]
  read(name: SecretName): SecretReading
  /** Replaces the file of a secret; durable when it returns. Throws what the file system throws. */
  write(name: SecretName, record: SecretRecord): void
  /** Adds a line to `journal.jsonl`; durable when it returns. */
  appendJournal(line: string): void
}

/** Largest file that is read at all: above it, `parseSecretRecord` refuses everything. */
const MAX_FILE_BYTES = 2 * 1024 * 1024

/**
 * Opens the folder, which only its owner may enter (`prepareHome` holds that), and removes what a crash left half
 * written: only sealed bytes are ever in such a file.
 */
export function openSecretFolder(path: string): SecretFolder {
  for (const name of readdirSync(path)) if (temporaryFilePattern.test(name)) rmSync(join(path, name))
  const fileOf = (name: SecretName): string => join(path, `${name}.json`)
  return {
    listNames: () => readdirSync(path).flatMap(findName).toSorted(),
    read: (name) => {
      const bytes = readPlainFile(fileOf(name))
      if (bytes === undefined || bytes === 'unreadable') return bytes
      const record = parseSecretRecord(bytes)
      return record.ok ? record.value : 'unreadable'
    },
    write: (name, record) => writeFileAtomically(fileOf(name), canonicalJson(record)),
    appendJournal: (line) => appendLine(path, line),
  }
}

function findName(fileName: string): readonly SecretName[] {
  const name = secretNameSchema.safeParse(fileName.endsWith('.json') ? fileName.slice(0, -'.json'.length) : '')
  return name.success ? [name.data] : []
}

/** A link, a pipe, a second name of another file, or a file that is too large is unreadable, and is not followed. */
function readPlainFile(path: string): Buffer | 'unreadable' | undefined {
  const descriptor = openPlain(path)
  if (typeof descriptor !== 'number') return descriptor
  try {
    const facts = fstatSync(descriptor)
    return isPlain(facts) && facts.size <= MAX_FILE_BYTES ? readUpTo(descriptor, facts.size) : 'unreadable'
  } finally {
    closeSync(descriptor)
  }
}

function openPlain(path: string): number | 'unreadable' | undefined {
  try {
    // O_NONBLOCK: a pipe in the place of a file must not stop us.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // Not there is one thing; a link (ELOOP), or a file that we may not read, is another.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : 'unreadable'
  }
}

function isPlain(facts: Stats): boolean {
  return facts.isFile() && facts.nlink === 1
}

function readUpTo(descriptor: number, size: number): Buffer {
  const content = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const count = readSync(descriptor, content, length, size - length, null)
    if (count === 0) break
    length += count
  }
  return content.subarray(0, length)
}

/** The journal is for people; what counts is the ledger. A line that a crash cut off is ended first. */
function appendLine(folder: string, line: string): void {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const descriptor = openSync(
    join(folder, 'journal.jsonl'),
    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
    0o600,
  )
  try {
    const facts = fstatSync(descriptor)
    if (!isPlain(facts)) throw new Error('the journal of the secrets is no plain file')
    const last = Buffer.alloc(1)
    const isTorn = facts.size > 0 && readSync(descriptor, last, 0, 1, facts.size - 1) === 1 && last[0] !== 0x0a
    writeAll(descriptor, Buffer.from(isTorn ? `\n${line}` : line))
    fsyncSync(descriptor)
    if (facts.size === 0) syncDirectory(folder)
  } finally {
    closeSync(descriptor)
  }
}
