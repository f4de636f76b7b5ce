import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

/** Why a database could not be opened. */
export class DatabaseRefusal extends Error {
  readonly kind: 'in-use' | 'newer' | 'damaged'

  constructor(kind: 'in-use' | 'newer' | 'damaged', message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * Opens a home's database for one process alone: WAL, `synchronous=FULL` (an acknowledged commit survives a power cut),
 * an exclusive lock that the operating system gives back however we end.
 *
 * Throws `DatabaseRefusal`: `in-use` when another process has it, `newer` when a later version wrote it (OPS-07),
 * `damaged` when it cannot be read.
 */
export function openDatabase(path: string): DatabaseSync {
  createPrivately(path)
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 0 })
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA trusted_schema = OFF;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY;
    `)
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw asRefusal(error)
  }
}

/** It holds what flows were given and what they gave back. SQLite gives its other files the same permissions. */
function createPrivately(path: string): void {
  // Only when there is none: to close a database's file would drop the lock that this process may have on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
}

function migrate(database: DatabaseSync): void {
  database.exec('BEGIN EXCLUSIVE')
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (version > migrations.length) {
    database.exec('ROLLBACK')
    throw new DatabaseRefusal(
      'newer',
      `the home was written by a newer version (schema ${version}, this one knows ${migrations.length})`,
    )
  }
  for (const statements of migrations.slice(version)) database.exec(statements)
  database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
}

function asRefusal(error: unknown): unknown {
  const code = codeOf(error)
  if (code === SQLITE_BUSY) return new DatabaseRefusal('in-use', 'another process is using this home')
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB)
    return new DatabaseRefusal('damaged', 'the database of this home cannot be read')
  return error
}

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** SQLite's primary result code of an error, or undefined for another error. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
