import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { readKept, type Collection, type Reading } from '@rumi/kernel/base'
import type { Documents, Kept } from '@rumi/kernel/state'

/** Small records of every kind. */
export class DocumentTable implements Documents {
  readonly #select: StatementSync
  readonly #selectAll: StatementSync
  readonly #upsert: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT record FROM document WHERE collection = ? AND id = ?')
    this.#selectAll = database.prepare('SELECT id, record FROM document WHERE collection = ? ORDER BY id')
    this.#upsert = database.prepare(
      'INSERT INTO document (collection, id, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
    )
    this.#delete = database.prepare('DELETE FROM document WHERE collection = ? AND id = ?')
  }

  find<Value>(collection: Collection<Value>, id: string): Reading<Value> {
    const row = this.#select.get(collection.name, id)
    return row === undefined ? undefined : readKept(collection, String(row['record']))
  }

  list<Value>(collection: Collection<Value>): readonly Kept<Value>[] {
    return this.#selectAll
      .all(collection.name)
      .map((row) => ({ id: String(row['id']), record: readKept(collection, String(row['record'])) }))
  }

  put<Value>(collection: Collection<Value>, id: string, record: Value): void {
    this.#upsert.run(collection.name, id, JSON.stringify(record))
  }

  remove(collection: Collection<unknown>, id: string): void {
    this.#delete.run(collection.name, id)
  }
}
