import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { err, type Result } from '@rumi/kernel/base'
import type { ChainBlock } from '@rumi/skills/chain'
import { createFile, refuseToWrite, type ChainWriteRefusal } from './chain-files.ts'
import { findStamp } from './chain-open.ts'

/**
 * Writes a chain as a new SQLite database that the older system opens. Never over one that exists, nor beside what is
 * left of one (`-wal`, `-shm`, `-journal`): SQLite would put that into the new one.
 *
 * Throws what the file system and SQLite throw, and then nothing is at the place.
 *
 * @param path - Absolute; its folder exists.
 */
export function writeChainDatabase(path: string, blocks: readonly ChainBlock[]): Result<undefined, ChainWriteRefusal> {
  const refusal = refuseToWrite(path, blocks)
  if (refusal) return err(refusal)
  if (['-wal', '-shm', '-journal'].some((suffix) => findStamp(`${path}${suffix}`) !== undefined)) {
    return err({ kind: 'exists' })
  }
  return createFile(path, (staged) => fillDatabase(staged, blocks))
}

function fillDatabase(path: string, blocks: readonly ChainBlock[]): void {
  closeSync(openSync(path, 'wx', 0o600))
  const database = new DatabaseSync(path)
  try {
    // Nothing is left beside the file once the transaction is through; the older system chooses its own journal.
    database.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; ${schema} BEGIN`)
    const insert = database.prepare(
      'INSERT INTO blocks (block_index, timestamp, data, previous_hash, merkle_root, hash) VALUES (?, ?, ?, ?, ?, ?)',
    )
    for (const { index, timestamp, data, previous_hash, merkle_root, hash } of blocks) {
      insert.run(index, timestamp, JSON.stringify(data), previous_hash, merkle_root, hash)
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

/** The tables that the older system expects; only the blocks have rows here. */
const schema = `
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, block_index INTEGER NOT NULL UNIQUE, timestamp TEXT NOT NULL,
    data TEXT NOT NULL, previous_hash TEXT NOT NULL, merkle_root TEXT NOT NULL, hash TEXT NOT NULL,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP
  );
  CREATE TABLE action_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, action TEXT NOT NULL, skill_id TEXT, layer TEXT,
    details TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP
  );
  CREATE TABLE knowledge_meta (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL, version TEXT,
    description TEXT, tags TEXT, is_archived INTEGER DEFAULT 0, archived_at TEXT, archived_reason TEXT,
    superseded_by TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT DEFAULT CURRENT_TIMESTAMP
  );
  CREATE INDEX idx_blocks_hash ON blocks (hash);
  CREATE INDEX idx_blocks_block_index ON blocks (block_index);
  CREATE INDEX idx_action_logs_timestamp ON action_logs (timestamp);
  CREATE INDEX idx_action_logs_skill_id ON action_logs (skill_id);
  CREATE INDEX idx_knowledge_meta_is_archived ON knowledge_meta (is_archived);
  CREATE INDEX idx_knowledge_meta_content_hash ON knowledge_meta (content_hash);
`
