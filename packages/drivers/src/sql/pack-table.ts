import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PackId } from '@rumi/kernel/base'
import { packRecordSchema, type PackRecord } from '@rumi/kernel/pack'
import type { PackRecords } from '@rumi/kernel/state'

/** Decisions about packs. A record that cannot be read throws: it must not look like a pack nobody decided about. */
export class PackTable implements PackRecords {
  readonly #select: StatementSync
  readonly #selectAll: StatementSync
  readonly #upsert: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT record FROM pack WHERE pack_id = ?')
    this.#selectAll = database.prepare('SELECT record FROM pack ORDER BY pack_id')
    this.#upsert = database.prepare(
      'INSERT INTO pack (pack_id, record) VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
    )
    this.#delete = database.prepare('DELETE FROM pack WHERE pack_id = ?')
  }

  find(packId: PackId): PackRecord | undefined {
    const row = this.#select.get(packId)
    return row === undefined ? undefined : readRecord(row)
  }

  list(): readonly PackRecord[] {
    return this.#selectAll.all().map(readRecord)
  }

  put(record: PackRecord): void {
    this.#upsert.run(record.packId, JSON.stringify(record))
  }

  remove(packId: PackId): void {
    this.#delete.run(packId)
  }
}

function readRecord(row: Record<string, unknown>): PackRecord {
  return packRecordSchema.parse(JSON.parse(String(row['record'])))
}
