import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FileHashes } from '@rumi/skills/state-commit'
import { openProjection, transact, type ProjectionForm } from './projection-database.ts'

const form: ProjectionForm = {
  version: 1,
  tables: 'CREATE TABLE hashes (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;',
}

/** Twice what a state may hold; past it are only files that are gone. */
const maxPaths = 400_000

/** Hashes that are kept in a file. */
export interface OpenFileHashes extends FileHashes {
  /** Writes what was put since the last time. Without it, only later readings take longer. */
  flush(): void
  /** Flushes and gives the file back. */
  close(): void
}

/**
 * The hashes of files that were read before, in a database of their own that can be deleted at any time. All of them are
 * in memory while it is open: some 200 bytes each.
 *
 * Throws `ProjectionRefusal`.
 */
export function openFileHashes(path: string): OpenFileHashes {
  const database = openProjection(path, form)
  return new SqliteFileHashes(database)
}

class SqliteFileHashes implements OpenFileHashes {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #known = new Map<string, { readonly stamp: string; readonly hash: string }>()
  readonly #unwritten = new Set<string>()

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insert = database.prepare('INSERT OR REPLACE INTO hashes (path, stamp, hash) VALUES (?, ?, ?)')
    for (const row of database.prepare('SELECT path, stamp, hash FROM hashes').iterate()) {
      this.#known.set(String(row['path']), { stamp: String(row['stamp']), hash: String(row['hash']) })
    }
  }

  find(path: string, stamp: string): string | undefined {
    const known = this.#known.get(path)
    return known?.stamp === stamp ? known.hash : undefined
  }

  put(path: string, stamp: string, hash: string): void {
    if (this.#known.size >= maxPaths) this.#forgetAll()
    this.#known.set(path, { stamp, hash })
    this.#unwritten.add(path)
  }

  flush(): void {
    if (this.#unwritten.size === 0) return
    transact(this.#database, () => {
      for (const path of this.#unwritten) {
        const known = this.#known.get(path)
        if (known) this.#insert.run(path, known.stamp, known.hash)
      }
    })
    this.#unwritten.clear()
  }

  close(): void {
    this.flush()
    this.#database.close()
  }

  #forgetAll(): void {
    this.#known.clear()
    this.#unwritten.clear()
    this.#database.exec('DELETE FROM hashes')
  }
}
