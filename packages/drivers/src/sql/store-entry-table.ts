import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StoreEntries, StorePage, StoreUsage } from '@rumi/kernel/state'

/** The values that packs keep. What a store takes is counted along, so that no quota needs a walk over its keys. */
export class StoreEntryTable implements StoreEntries {
  readonly #select: StatementSync
  readonly #selectSize: StatementSync
  readonly #selectKeys: StatementSync
  readonly #selectKeysWithPrefix: StatementSync
  readonly #selectUsage: StatementSync
  readonly #upsert: StatementSync
  readonly #delete: StatementSync
  readonly #clear: StatementSync
  readonly #count: StatementSync
  readonly #clearUsage: StatementSync

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT value FROM store_entry WHERE store_id = ? AND key = ?')
    this.#selectSize = database.prepare(
      'SELECT octet_length(value) AS size FROM store_entry WHERE store_id = ? AND key = ?',
    )
    this.#selectKeys = database.prepare(
      'SELECT key FROM store_entry WHERE store_id = ? AND key > ? ORDER BY key LIMIT ?',
    )
    this.#selectKeysWithPrefix = database.prepare(
      'SELECT key FROM store_entry WHERE store_id = ? AND key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
    )
    this.#selectUsage = database.prepare('SELECT keys, bytes FROM store_usage WHERE store_id = ?')
    this.#upsert = database.prepare(
      'INSERT INTO store_entry (store_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    )
    this.#delete = database.prepare('DELETE FROM store_entry WHERE store_id = ? AND key = ?')
    this.#clear = database.prepare('DELETE FROM store_entry WHERE store_id = ?')
    this.#count = database.prepare(
      'INSERT INTO store_usage (store_id, keys, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET keys = keys + excluded.keys, bytes = bytes + excluded.bytes',
    )
    this.#clearUsage = database.prepare('DELETE FROM store_usage WHERE store_id = ?')
  }

  find(storeId: string, key: string): string | undefined {
    const value = this.#select.get(storeId, key)?.['value']
    return typeof value === 'string' ? value : undefined
  }

  size(storeId: string, key: string): number | undefined {
    const size = this.#selectSize.get(storeId, key)?.['size']
    return typeof size === 'number' ? size : undefined
  }

  listKeys({ storeId, prefix, after, limit }: StorePage): readonly string[] {
    const rows =
      prefix === ''
        ? this.#selectKeys.all(storeId, after, limit)
        : this.#selectKeysWithPrefix.all(storeId, after, prefix, endOfPrefix(prefix), limit)
    return rows.map((row) => String(row['key']))
  }

  usage(storeId: string): StoreUsage {
    const row = this.#selectUsage.get(storeId)
    return { keys: Number(row?.['keys'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
  }

  put(storeId: string, key: string, text: string): void {
    const before = this.find(storeId, key)
    this.#upsert.run(storeId, key, text)
    this.#count.run(storeId, before === undefined ? 1 : 0, sizeOf(key, text) - sizeOf(key, before))
  }

  remove(storeId: string, key: string): boolean {
    const before = this.find(storeId, key)
    if (before === undefined) return false
    this.#delete.run(storeId, key)
    this.#count.run(storeId, -1, -sizeOf(key, before))
    return true
  }

  clear(storeId: string): void {
    this.#clear.run(storeId)
    this.#clearUsage.run(storeId)
  }
}

function sizeOf(key: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text)
}

/** The least text after everything that begins with the prefix: keys are ASCII, and so is their order. */
function endOfPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
}
