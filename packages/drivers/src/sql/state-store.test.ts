import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { appendFileSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import {
  createExportVerifier,
  createLedgerSigner,
  formatExport,
  generateLedgerKey,
  verifyCheckpoint,
} from '@rumi/kernel/ledger'
import { createFixedClock, describeStateStore, pendingPack, testRun, testStep } from '@rumi/kernel/testing'
import { DatabaseRefusal } from './database.ts'
import { migrations } from './migrations.ts'
import { SqlStateStore, StorageError } from './state-store.ts'

const signer = createLedgerSigner('rumi-test', createPrivateKey(generateLedgerKey().privateKeyPem))

let folder = ''
let path = ''
const stores: SqlStateStore[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-sql-'))
  path = join(folder, 'rumi.db')
})
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(onBroken: () => void = () => undefined): SqlStateStore {
  const store = new SqlStateStore({ path, clock: createFixedClock(), signer, onBroken })
  stores.push(store)
  return store
}

/** Verifies the ledger as somebody would who has the export and the public key and nothing else. */
async function verify(store: SqlStateStore): Promise<ReturnType<ReturnType<typeof createExportVerifier>['finish']>> {
  const checkpoint = await store.signHead()
  const size = store.ledger.size()
  const { readNode } = store.ledger
  const verifier = createExportVerifier(signer)
  const entries = store.ledger.entries(0, size)
  for (const line of formatExport({ origin: signer.name, size, entries, readNode, checkpoint })) verifier.line(line)
  return verifier.finish()
}

const note = (
  subject: string,
): { readonly kind: string; readonly actor: string; readonly subject: string; readonly data: {} } => ({
  kind: 'test.note',
  actor: 'operator',
  subject,
  data: {},
})
const refusalOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'opened'
  } catch (error) {
    return error instanceof DatabaseRefusal ? error.kind : String(error)
  }
}

describeStateStore('SQLite', () => {
  const store = open()
  return { store, close: () => store.close() }
})

describe('a database', () => {
  it('keeps everything over a restart', async () => {
    const first = open()
    await first.write((state) => {
      state.putPack(pendingPack)
      state.putRun(testRun(1))
      state.putStep(testRun(1).runId, testStep(0))
      state.append(note('x'))
    })
    const root = (await verify(first)).root
    first.close()
    const second = open()
    expect(
      second.read((state) => [
        state.packs.list(),
        state.runs.listOpen(),
        state.runs.steps(testRun(1).runId),
        state.ledger.entries(0, 9).map(({ subject }) => subject),
      ]),
    ).toEqual([[pendingPack], [testRun(1)], [testStep(0)], ['x']])
    expect(await verify(second)).toMatchObject({ ok: true, size: 1, root })
  })

  it('tells listeners of new entries once they are durable, and of nothing else', async () => {
    const store = open()
    const heard: unknown[] = []
    store.onCommit(() => heard.push(store.ledger.size()))
    await Promise.all([
      store.write((state) => state.append(note('a'))),
      store
        .write(() => {
          throw new Error('undone')
        })
        .catch(() => undefined),
      store.write((state) => state.append(note('b'))),
    ])
    await store.write((state) => state.putPack(pendingPack))
    await store
      .write((state) => {
        state.append(note('c'))
        throw new Error('undone')
      })
      .catch(() => undefined)
    await store.write((state) => state.append(note('d')))
    expect(heard).toEqual([2, 3])
  })

  it('is readable by its owner only, with the files beside it', async () => {
    const store = open()
    await store.write((state) => state.append(note('x')))
    const modes = readdirSync(folder).map((name) => [name, lstatSync(join(folder, name)).mode & 0o777])
    expect(modes).toEqual([
      ['rumi.db', 0o600],
      ['rumi.db-wal', 0o600],
    ])
  })

  it('belongs to one process', async () => {
    const first = open()
    const script = `
      import { openDatabase } from ${JSON.stringify(new URL('database.ts', import.meta.url).href)}
      try { openDatabase(process.argv[1]); console.log('opened') } catch (error) { console.log(error.kind) }`
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', script, path]
    const second = (): string => spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim()
    expect(second()).toBe('in-use')
    expect(refusalOf(() => open())).toBe('in-use')
    // Neither attempt has taken the lock away from its owner.
    await first.write((state) => state.append(note('still mine')))
    expect(second()).toBe('in-use')
    first.close()
    expect(second()).toBe('opened')
  })

  it('OPS-07: of a newer version is refused and left as it is', () => {
    open().close()
    const other = new DatabaseSync(path)
    other.exec(`PRAGMA user_version = ${migrations.length + 1}`)
    other.close()
    expect(refusalOf(() => open())).toBe('newer')
    const after = new DatabaseSync(path)
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length + 1 })
    after.close()
  })

  it('that is no database is refused as damaged', () => {
    writeFileSync(path, 'this is not a database, whatever its name says'.repeat(100))
    expect(refusalOf(() => open())).toBe('damaged')
  })

  it('whose schema is destroyed is refused as damaged', () => {
    open().close()
    const bytes = Buffer.alloc(4096, 0xff)
    const other = new DatabaseSync(path)
    other.exec('PRAGMA journal_mode = DELETE')
    other.close()
    spawnSync('dd', [`of=${path}`, 'bs=1', 'seek=100', 'conv=notrunc'], { input: bytes.subarray(0, 3996) })
    expect(refusalOf(() => open())).toBe('damaged')
  })

  it('survives rubbish behind its last write, as a machine that loses power leaves it', async () => {
    const first = open()
    await first.write((state) => state.append(note('kept')))
    const copy = join(folder, 'copy.db')
    spawnSync('cp', [path, copy])
    spawnSync('cp', [`${path}-wal`, `${copy}-wal`])
    appendFileSync(`${copy}-wal`, Buffer.alloc(5000, 0x5a))
    const second = new SqlStateStore({ path: copy, clock: createFixedClock(), signer, onBroken: () => undefined })
    stores.push(second)
    expect(second.ledger.entries(0, 9)).toMatchObject([{ subject: 'kept' }])
    expect(await verify(second)).toMatchObject({ ok: true })
  })

  it.each([
    ['no JSON', '{"packId":'],
    ['a record of another shape', '{"packId":"demo_pack","status":"approved"}'],
    ['a status nobody knows', JSON.stringify({ ...pendingPack, status: 'trusted' })],
    ['a word too many', JSON.stringify({ ...pendingPack, admin: true })],
  ])('with a decision about a pack that is %s throws: it is not a pack that nobody decided about', (_, record) => {
    open().close()
    const other = new DatabaseSync(path)
    other.prepare('INSERT INTO pack (pack_id, record) VALUES (?, ?)').run('demo_pack', record)
    other.close()
    const store = open()
    expect(() => store.read((state) => state.packs.find(packIdSchema.parse('demo_pack')))).toThrow()
    expect(() => store.read((state) => state.packs.list())).toThrow()
  })
})

describe('the ledger in a database', () => {
  it('has the size and the root that its entries have, whatever writes failed in between', async () => {
    const writes = fc.array(
      fc.record({ entries: fc.integer({ min: 0, max: 5 }), throws: fc.boolean(), waits: fc.boolean() }),
      {
        maxLength: 25,
      },
    )
    await fc.assert(
      fc.asyncProperty(writes, async (plan) => {
        const store = open()
        const before = store.ledger.size()
        const results: Promise<unknown>[] = []
        for (const [index, { entries, throws, waits }] of plan.entries()) {
          const writing = store.write((state) => {
            for (let count = 0; count < entries; count += 1) state.append(note(`${index}.${count}`))
            if (throws) throw new Error('refused')
          })
          results.push(writing.catch(() => 'refused'))
          if (waits) await writing.catch(() => undefined)
        }
        await Promise.all(results)
        const expected = plan.reduce((sum, { entries, throws }) => sum + (throws ? 0 : entries), before)
        expect(await verify(store)).toMatchObject({ ok: true, size: expected, problems: [] })
        store.close()
      }),
      { numRuns: 25, seed: 7 },
    )
  })

  it('finds an entry that somebody changed in the file', async () => {
    const first = open()
    await first.write((state) => {
      for (const subject of ['a', 'b', 'c']) state.append(note(subject))
    })
    first.close()
    const other = new DatabaseSync(path)
    other.exec(`UPDATE ledger_entry SET entry = replace(entry, '"b"', '"x"') WHERE seq = 1`)
    other.close()
    expect(await verify(open())).toMatchObject({ ok: false, firstBad: { seq: 1, reason: 'changed' } })
  })

  it('is signed by itself from time to time, and once more at the end', async () => {
    const store = open()
    for (let index = 0; index < 3; index += 1) {
      await store.write((state) => {
        for (let count = 0; count < 100; count += 1) state.append(note(`${count}`))
      })
    }
    await store.write((state) => state.append(note('last')))
    store.close()
    const other = new DatabaseSync(path)
    const notes = other.prepare('SELECT size, note FROM ledger_checkpoint ORDER BY size').all()
    other.close()
    expect(notes.map(({ size }) => size)).toEqual([300, 301])
    expect(notes.map((row) => verifyCheckpoint(String(row['note']), signer).ok)).toEqual([true, true])
  })

  it('AUD-10: numbers entries by place, whatever the clock says', async () => {
    const clock = createFixedClock()
    const store = new SqlStateStore({ path, clock, signer, onBroken: () => undefined })
    stores.push(store)
    for (const year of [2025, 2024, 2035]) {
      clock.setWall(Date.UTC(year, 0, 1))
      await store.write((state) => state.append(note(`${year}`)))
    }
    expect(store.ledger.entries(0, 9).map(({ seq, at, subject }) => [seq, at.slice(0, 4), subject])).toEqual([
      [0, '2025', '2025'],
      [1, '2024', '2024'],
      [2, '2035', '2035'],
    ])
  })
})

describe('a store that is closed', () => {
  it('has written what was asked for before, and refuses what comes after', async () => {
    const store = open()
    const before = store.write((state) => state.append(note('before')))
    store.close()
    await before
    await expect(store.write((state) => state.append(note('after')))).rejects.toMatchObject({ kind: 'closed' })
    await expect(store.signHead()).rejects.toBeInstanceOf(StorageError)
    store.close()
    expect(open().ledger.entries(0, 9)).toMatchObject([{ subject: 'before' }])
  })
})
