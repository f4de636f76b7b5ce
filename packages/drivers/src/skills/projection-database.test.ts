import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openProjection, ProjectionRefusal, remakeProjection, transact } from './projection-database.ts'

const form = { version: 3, tables: 'CREATE TABLE things (name TEXT PRIMARY KEY) STRICT;' }
let home = ''
let path = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-projection-'))
  path = join(home, 'index.db')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const things = (database: DatabaseSync): unknown =>
  database
    .prepare('SELECT name FROM things')
    .all()
    .map((row) => row['name'])
const fill = (): void => {
  const database = openProjection(path, form)
  database.exec("INSERT INTO things VALUES ('kept')")
  database.close()
}
const openedAgain = (): unknown => {
  const database = openProjection(path, form)
  const found = things(database)
  database.close()
  return found
}

it('keeps what was put, for its user alone', () => {
  fill()
  expect([openedAgain(), (lstatSync(path).mode & 0o777).toString(8)]).toEqual([['kept'], '600'])
})

it.each<[string, () => void]>([
  ['no database', () => writeFileSync(path, 'something else'.repeat(1000))],
  ['empty', () => writeFileSync(path, '')],
  ['cut short', () => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
  ['overwritten in the middle', () => writeFileSync(path, readFileSync(path).fill(0xff, 100, 4096))],
  ['of a newer version', () => execute('PRAGMA user_version = 4')],
  ['of an older version', () => execute('PRAGMA user_version = 2')],
  ['of other tables', () => execute('ALTER TABLE things ADD COLUMN other TEXT')],
  ['with a trigger that is not ours', () => execute('CREATE TRIGGER t AFTER INSERT ON things BEGIN SELECT 1; END')],
])('is made anew when its file is %s', (_, spoil) => {
  fill()
  spoil()
  expect([openedAgain(), openedAgain()]).toEqual([[], []])
})

it('looks whether every page is whole after an end without notice', () => {
  const database = openProjection(path, form)
  const insert = database.prepare('INSERT INTO things VALUES (?)')
  for (let count = 0; count < 2000; count += 1) insert.run(`thing ${count} ${'x'.repeat(50)}`)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const bytes = readFileSync(path)
  database.close()
  // A page of the table that a power cut left half written, and the log that an end without notice leaves.
  writeFileSync(path, bytes.fill(0xee, 4096 * 10, 4096 * 11))
  writeFileSync(`${path}-wal`, '')
  expect(openedAgain()).toEqual([])
})

it.each(['index.db', 'index.db-wal', 'index.db-shm', 'index.db-journal'])(
  'neither follows nor deletes a link at %s',
  (name) => {
    const target = join(home, 'precious')
    writeFileSync(target, 'precious')
    symlinkSync(target, join(home, name))
    for (const open of [openProjection, remakeProjection])
      expect(() => open(path, form)).toThrow(new ProjectionRefusal('not-a-file'))
    expect([readFileSync(target, 'utf8'), lstatSync(join(home, name)).isSymbolicLink()]).toEqual(['precious', true])
  },
)

it('leaves folders, dangling links and files with a second name alone', () => {
  symlinkSync(join(home, 'nowhere'), path)
  expect(() => openProjection(path, form)).toThrow(ProjectionRefusal)
  expect(existsSync(join(home, 'nowhere'))).toBe(false)
  rmSync(path)
  mkdirSync(path)
  expect(() => openProjection(path, form)).toThrow(ProjectionRefusal)
  rmSync(path, { recursive: true })
  writeFileSync(join(home, 'precious'), 'precious')
  linkSync(join(home, 'precious'), path)
  expect(() => openProjection(path, form)).toThrow(ProjectionRefusal)
  expect(readFileSync(path, 'utf8')).toBe('precious')
})

it('belongs to whoever opened it first', () => {
  const database = openProjection(path, form)
  database.exec("INSERT INTO things VALUES ('kept')")
  expect(() => openProjection(path, form)).toThrow(new ProjectionRefusal('in-use'))
  expect(things(database)).toEqual(['kept'])
  database.close()
})

it('does all of a transaction or nothing', () => {
  const database = openProjection(path, form)
  const work = (): void => {
    database.exec("INSERT INTO things VALUES ('a')")
    throw new Error('half-way')
  }
  expect(() => transact(database, work)).toThrow('half-way')
  transact(database, () => database.exec("INSERT INTO things VALUES ('b')"))
  expect(things(database)).toEqual(['b'])
  database.close()
})

function execute(statement: string): void {
  const database = new DatabaseSync(path)
  database.exec(statement)
  database.close()
}
