import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendBlocks } from '@rumi/skills/chain'
import { writeChainDatabase } from './chain-database-write.ts'
import { readChainDatabase } from './chain-database.ts'

const blocks = appendBlocks(
  [],
  Array.from({ length: 12 }, (_, index) => ({
    timestamp: `2026-02-25T09:00:${String(index).padStart(2, '0')}.000001Z`,
    data: index === 11 ? [] : [`{"note":"観察 ${index}"}`],
  })),
)

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-chain-test-'))
  path = join(folder, 'kairos.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Changes a database of the blocks as SQL says. */
function makeChanged(sql: string): void {
  writeChainDatabase(path, blocks)
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

/** What lies in the folder, byte for byte, with the times. */
const lookAround = () =>
  readdirSync(folder).map((name) => {
    const { ino, mtimeNs, ctimeNs } = statSync(join(folder, name), { bigint: true })
    return [name, readFileSync(join(folder, name), 'hex'), ino, mtimeNs, ctimeNs]
  })

describe('reading the database of an older system', () => {
  it('gives the blocks', () => {
    expect(writeChainDatabase(path, blocks)).toEqual({ ok: true, value: undefined })
    expect(readChainDatabase(path)).toEqual({ state: 'readable', blocks })
  })

  it('gives what is only in the log of an open one, and changes nothing there', () => {
    writeChainDatabase(path, blocks.slice(0, 5))
    const writer = new DatabaseSync(path)
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0')
    const insert = writer.prepare(
      'INSERT INTO blocks (block_index, timestamp, data, previous_hash, merkle_root, hash) VALUES (?, ?, ?, ?, ?, ?)',
    )
    for (const { index, timestamp, data, previous_hash, merkle_root, hash } of blocks.slice(5)) {
      insert.run(index, timestamp, JSON.stringify(data), previous_hash, merkle_root, hash)
    }
    const before = lookAround()
    expect(before.map(([name]) => name)).toEqual(['kairos.db', 'kairos.db-shm', 'kairos.db-wal'])
    expect(readChainDatabase(path)).toEqual({ state: 'readable', blocks })
    expect(lookAround()).toEqual(before)
    writer.close()
  })

  it('does not show the half of a transaction that a crash left in the file', () => {
    writeChainDatabase(path, blocks)
    const writer = new DatabaseSync(path)
    // Too small a cache to hold the change: SQLite writes to the file before the commit.
    writer.exec('PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE blocks SET data = hex(zeroblob(9000))')
    const crashed = join(folder, 'crashed.db')
    copyFileSync(path, crashed)
    copyFileSync(`${path}-journal`, `${crashed}-journal`)
    writer.exec('ROLLBACK')
    writer.close()
    expect(readFileSync(crashed)).not.toEqual(readFileSync(path))
    expect(readChainDatabase(crashed)).toMatchObject({ state: 'unreadable', faults: [{ code: 'chain.unopenable' }] })
  })

  it('leaves no copy behind', () => {
    const rubbish = join(folder, 'rubbish.db')
    writeFileSync(rubbish, 'rubbish')
    writeChainDatabase(path, blocks)
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = join(folder, 'copies')
    mkdirSync(process.env['TMPDIR'])
    try {
      expect([readChainDatabase(path).state, readChainDatabase(rubbish).state]).toEqual(['readable', 'unreadable'])
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
    expect(readdirSync(join(folder, 'copies'))).toEqual([])
  })

  it('finds it absent only when there is nothing of that name', () => {
    expect(readChainDatabase(path)).toEqual({ state: 'absent' })
    symlinkSync(join(folder, 'nothing'), path)
    expect(readChainDatabase(path).state).toBe('unreadable')
  })

  it.each<[string, string, string]>([
    ['no row', 'DELETE FROM blocks', 'empty'],
    ['a changed text', 'UPDATE blocks SET data = \'["x"]\' WHERE block_index = 11', 'corrupt'],
    ['a changed hash', "UPDATE blocks SET hash = '' WHERE block_index = 11", 'corrupt'],
    ['a gap', 'DELETE FROM blocks WHERE block_index = 5', 'corrupt'],
    ['data that is no JSON', 'UPDATE blocks SET data = \'["x"\' WHERE block_index = 3', 'corrupt'],
    ['data that is no text', "UPDATE blocks SET data = x'5b5d' WHERE block_index = 3", 'corrupt'],
    ['data with a list inside', "UPDATE blocks SET data = '[[]]' WHERE block_index = 3", 'corrupt'],
    ['a number that is a text', "UPDATE blocks SET block_index = 'eleven' WHERE block_index = 11", 'corrupt'],
    [
      'a number beyond every chain',
      'UPDATE blocks SET block_index = 9223372036854775807 WHERE block_index = 11',
      'corrupt',
    ],
    ['no table', 'DROP TABLE blocks', 'unreadable'],
    ['a view', 'ALTER TABLE blocks RENAME TO b; CREATE VIEW blocks AS SELECT * FROM b', 'unreadable'],
    ['a virtual table', 'DROP TABLE blocks; CREATE VIRTUAL TABLE blocks USING fts5(block_index)', 'unreadable'],
    ['a missing column', 'DROP INDEX idx_blocks_hash; ALTER TABLE blocks DROP COLUMN hash', 'unreadable'],
    [
      'a computed column',
      "DROP INDEX idx_blocks_hash; ALTER TABLE blocks DROP COLUMN hash; ALTER TABLE blocks ADD COLUMN hash AS ('x')",
      'unreadable',
    ],
  ])('says what is there and changes nothing: %s', (_name, sql, state) => {
    makeChanged(sql)
    const before = lookAround()
    expect(readChainDatabase(path).state).toBe(state)
    expect(lookAround()).toEqual(before)
  })

  it('reads rows in order of their numbers, whatever the order in the table', () => {
    makeChanged('UPDATE blocks SET id = 1000 - block_index')
    expect(readChainDatabase(path)).toEqual({ state: 'readable', blocks })
  })

  it.each<[string, () => void, string]>([
    ['zero bytes', () => writeFileSync(path, ''), 'unreadable'],
    ['rubbish', () => writeFileSync(path, 'x'.repeat(8192)), 'unreadable'],
    ['half of a database', () => truncateToHalf(), 'unreadable'],
    ['pages overwritten', () => overwritePages(), 'unreadable'],
    ['a folder', () => mkdirSync(path), 'unreadable'],
    ['a log that is a folder', () => (writeChainDatabase(path, blocks), mkdirSync(`${path}-wal`)), 'unreadable'],
  ])('is not readable: %s', (_name, make, state) => {
    make()
    expect(readChainDatabase(path).state).toBe(state)
  })

  function truncateToHalf(): void {
    writeChainDatabase(path, blocks)
    writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size / 2))
  }

  function overwritePages(): void {
    writeChainDatabase(path, blocks)
    writeFileSync(path, readFileSync(path).fill(0xee, 4096))
  }
})

describe('writing a database', () => {
  it('leaves one private file with the tables of the older system', () => {
    writeChainDatabase(path, blocks)
    expect(readdirSync(folder)).toEqual(['kairos.db'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const database = new DatabaseSync(path, { readOnly: true })
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    expect(tables.map((row) => row['name'])).toEqual(['action_logs', 'blocks', 'knowledge_meta', 'sqlite_sequence'])
    expect(database.prepare('SELECT data FROM blocks WHERE block_index = 1').get()).toEqual({
      data: JSON.stringify(blocks[1]!.data),
    })
    database.close()
  })

  it.each(['', '-wal', '-shm', '-journal'])('refuses a place where something is left: kairos.db%s', (suffix) => {
    writeFileSync(`${path}${suffix}`, 'mine')
    expect(writeChainDatabase(path, blocks)).toEqual({ ok: false, error: { kind: 'exists' } })
    expect(readdirSync(folder)).toEqual([`kairos.db${suffix}`])
    expect(readFileSync(`${path}${suffix}`, 'utf8')).toBe('mine')
  })

  it('refuses a relative path and what is no chain', () => {
    const place = relative(process.cwd(), path)
    expect(writeChainDatabase(place, blocks)).toEqual({ ok: false, error: { kind: 'relative-path' } })
    expect(writeChainDatabase(path, blocks.slice(1))).toMatchObject({ ok: false, error: { kind: 'not-a-chain' } })
    expect(existsSync(path)).toBe(false)
  })
})
