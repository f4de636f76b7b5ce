import { closeSync, existsSync, lstatSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The form of a projection: its tables, and a number that changes whenever they, or what is written in them, do. */
export interface ProjectionForm {
  /** From 1. */
  readonly version: number
  /** Statements that make the tables in an empty database. */
  readonly tables: string
}

/**
 * Thrown when a projection's file cannot be used, and may not be deleted: another process has it (`in-use`), or there is
 * a link, a folder or a file with a second name in its place (`not-a-file`).
 */
export class ProjectionRefusal extends Error {
  readonly kind: 'in-use' | 'not-a-file'

  constructor(kind: ProjectionRefusal['kind']) {
    super(kind === 'in-use' ? 'another process uses the file' : 'something else is in the place of the file')
    this.kind = kind
  }
}

/**
 * Opens a database whose content can be made anew from other files, for one process alone. It is not flushed to the disk:
 * a file that a power cut damaged, one of another version and one that is no database are deleted, and an empty one takes
 * the place.
 *
 * @param path - Below a folder that nobody else can write to.
 */
export function openProjection(path: string, form: ProjectionForm): DatabaseSync {
  checkFiles(path)
  return openUsable(path, form) ?? createAnew(path, form)
}

/** Deletes a projection, which must be closed, and opens an empty one in its place. */
export function remakeProjection(path: string, form: ProjectionForm): DatabaseSync {
  checkFiles(path)
  return createAnew(path, form)
}

/** Tells whether an error means that the database's file is not what was written to it. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** Runs `work` as one transaction: all of it or nothing. */
export function transact(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    // SQLite ends the transaction by itself after some failures.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function openUsable(path: string, form: ProjectionForm): DatabaseSync | undefined {
  if (!existsSync(path)) return undefined
  // What is left of the log tells of an end without notice, and perhaps of a power cut.
  const wasCut = existsSync(`${path}-wal`)
  const database = unlessDamaged(() => open(path))
  if (database === undefined) return undefined
  if (unlessDamaged(() => isUsable(database, { form, wasCut }))) return database
  database.close()
  return undefined
}

function isUsable(
  database: DatabaseSync,
  { form, wasCut }: { readonly form: ProjectionForm; readonly wasCut: boolean },
): boolean {
  if (versionOf(database) !== form.version || schemaOf(database) !== schemaOfForm(form)) return false
  return !wasCut || isWhole(database)
}

function unlessDamaged<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

function createAnew(path: string, form: ProjectionForm): DatabaseSync {
  for (const file of filesOf(path)) rmSync(file, { force: true })
  closeSync(openSync(path, 'wx', 0o600))
  const database = open(path)
  transact(database, () => {
    database.exec(form.tables)
    database.exec(`PRAGMA user_version = ${form.version}`)
  })
  return database
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA trusted_schema = OFF;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      PRAGMA temp_store = MEMORY;
      BEGIN EXCLUSIVE; COMMIT;
    `)
    return database
  } catch (error) {
    database.close()
    throw codeOf(error) === SQLITE_BUSY ? new ProjectionRefusal('in-use') : error
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}

/** Every table and index of a database as text: one with others than ours is not ours. */
function schemaOf(database: DatabaseSync): string {
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()
  return rows.map((row) => [row['type'], row['name'], row['sql']].map(String).join(' ')).join('\n')
}

function schemaOfForm(form: ProjectionForm): string {
  const database = new DatabaseSync(':memory:')
  try {
    database.exec(form.tables)
    return schemaOf(database)
  } finally {
    database.close()
  }
}

function isWhole(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok'
}

/** Through a link, what we delete or write would be somebody else's. */
function checkFiles(path: string): void {
  if (!filesOf(path).every(isOwnFileOrNone)) throw new ProjectionRefusal('not-a-file')
}

/** The database's file and those that SQLite makes beside it. */
function filesOf(path: string): readonly string[] {
  return [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]
}

function isOwnFileOrNone(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats === undefined || (stats.isFile() && stats.nlink === 1)
}

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
