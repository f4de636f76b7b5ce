import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sha256Hex } from '@rumi/kernel/base'
import type { Blobs } from '@rumi/kernel/state'

/** Bytes by their digest. A row is written once and never changed. */
export class BlobTable implements Blobs {
  readonly #exists: StatementSync
  readonly #select: StatementSync
  readonly #insert: StatementSync

  constructor(database: DatabaseSync) {
    this.#exists = database.prepare('SELECT 1 FROM blob WHERE hash = ?')
    this.#select = database.prepare('SELECT bytes FROM blob WHERE hash = ?')
    this.#insert = database.prepare('INSERT INTO blob (hash, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING')
  }

  has(hash: string): boolean {
    return this.#exists.get(hash) !== undefined
  }

  find(hash: string): Uint8Array | 'unreadable' | undefined {
    const row = this.#select.get(hash)
    if (row === undefined) return undefined
    const { bytes } = row
    // Whoever changed the file changed what somebody agreed to: other bytes are no bytes.
    return bytes instanceof Uint8Array && sha256Hex(bytes) === hash ? bytes : 'unreadable'
  }

  put(bytes: Uint8Array): string {
    const hash = sha256Hex(bytes)
    this.#insert.run(hash, bytes)
    return hash
  }
}
