import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseStrictJson, type JsonValue } from '@rumi/kernel/base'
import { chainLimits, readChainText, readChainValues, type ChainFault, type ChainReading } from '@rumi/skills/chain'
import type { ChainFileReading } from './chain-files.ts'
import { findStamp, readPlainFile, unreadable } from './chain-open.ts'

/**
 * Reads and checks the chain in an older system's SQLite database (table `blocks`).
 *
 * SQLite may write beside a database even to read it, and would finish what a crash left behind; so a private copy of
 * the database and of what belongs to it (`-wal`, `-journal`) is read instead, and the original stays as it is.
 */
export function readChainDatabase(path: string): ChainFileReading {
  const copied = readWithCompanions(path)
  if (copied.kind === 'absent') return { state: 'absent' }
  if (copied.kind === 'unreadable') return unreadableChain(copied.fault)
  // SQLite takes a file without bytes for a database without tables.
  if (copied.files.every(({ bytes }) => bytes.length === 0)) return readChainText(new Uint8Array())
  const folder = mkdtempSync(join(tmpdir(), 'rumi-chain-'))
  try {
    const copy = join(folder, 'chain.db')
    for (const { suffix, bytes } of copied.files) writeFileSync(`${copy}${suffix}`, bytes, { flag: 'wx', mode: 0o600 })
    return readCopy(copy)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Files that hold a part of the database until it is written there. */
const companions = ['-wal', '-journal']

type Copied =
  | { readonly kind: 'copied'; readonly files: readonly { readonly suffix: string; readonly bytes: Uint8Array }[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly fault: ChainFault }

function readWithCompanions(path: string): Copied {
  const files: { suffix: string; bytes: Uint8Array; stamp: string | undefined }[] = []
  for (const suffix of ['', ...companions]) {
    const file = readPlainFile(`${path}${suffix}`, chainLimits.fileBytes)
    if (file.kind === 'unreadable') return file
    if (file.kind === 'absent' && suffix === '') return file
    if (file.kind === 'read') files.push({ suffix, ...file })
  }
  // Together they are one state of the database only if none changed until the last was read.
  const stamps = new Map(files.map(({ suffix, stamp }) => [suffix, stamp]))
  const isStill = ['', ...companions].every((suffix) => findStamp(`${path}${suffix}`) === stamps.get(suffix))
  return isStill ? { kind: 'copied', files } : unreadable('chain.changed', 'changed while it was read')
}

function readCopy(path: string): ChainReading {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    // No function that the file's own schema calls may do more than compute.
    database.exec('PRAGMA trusted_schema = OFF')
    return isPlainTable(database) ? readChainValues(readRows(database)) : unreadableChain(noTable)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') throw error
    return unreadableChain(unreadable('chain.unopenable', 'the database cannot be read').fault)
  } finally {
    database?.close()
  }
}

const columns = ['block_index', 'timestamp', 'data', 'previous_hash', 'merkle_root', 'hash']

const noTable = unreadable('chain.syntax', 'the database has no table of blocks').fault

/** A view, a virtual table or a computed column would run what the file says instead of reading what it holds. */
function isPlainTable(database: DatabaseSync): boolean {
  const table = database.prepare("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'blocks'").get()
  if (table === undefined || Number(table['rootpage']) <= 0) return false
  const stored = database.prepare("SELECT name FROM pragma_table_xinfo('blocks') WHERE hidden = 0").all()
  const names = new Set(stored.map((row) => row['name']))
  return columns.every((name) => names.has(name))
}

/** The rows as a file would have them. Not by an index: one that disagrees with the table could hide blocks. */
function* readRows(database: DatabaseSync): Generator<JsonValue> {
  const rows = database.prepare(`SELECT ${columns.join(', ')} FROM blocks NOT INDEXED ORDER BY block_index`)
  rows.setReadBigInts(true)
  for (const row of rows.iterate()) {
    yield {
      index: asJson(row['block_index']),
      timestamp: asJson(row['timestamp']),
      data: parseData(row['data']),
      previous_hash: asJson(row['previous_hash']),
      merkle_root: asJson(row['merkle_root']),
      hash: asJson(row['hash']),
    }
  }
}

/** What no member of a block may be becomes null, which none may be either. */
function asJson(value: unknown): JsonValue {
  return typeof value === 'bigint' ? Number(value) : typeof value === 'string' ? value : null
}

function parseData(value: unknown): JsonValue {
  if (typeof value !== 'string') return null
  const parsed = parseStrictJson(Buffer.from(value), { maxBytes: chainLimits.blockBytes, maxDepth: 1 })
  return parsed.ok ? parsed.value : null
}

function unreadableChain(fault: ChainFault): ChainReading {
  return { state: 'unreadable', faults: [fault] }
}
