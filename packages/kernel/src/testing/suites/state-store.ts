import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { packIdSchema, runIdSchema, treeHashSchema, flowIdSchema } from '../../base/index.ts'
import type { PackRecord } from '../../pack/index.ts'
import { promiseContents } from './state-contents.ts'
import type { RunRecord, StateStore, StateWriter, StepRecord } from '../../state/index.ts'

/** A store to try, empty, and how to put it away. */
export interface OpenedStore {
  readonly store: StateStore
  readonly close: () => void | Promise<void>
}

const packId = packIdSchema.parse('demo_pack')
const treeHash = treeHashSchema.parse(`sha256:${'ab'.repeat(32)}`)

/** A record as a first scan makes it. */
export const pendingPack: PackRecord = {
  packId,
  status: 'pending',
  scannedHash: treeHash,
  fingerprint: 'f',
  history: [{ action: 'scan', treeHash, at: 1 }],
}

/** A run's record; `number` makes its id. */
export function testRun(number: number, status: RunRecord['status'] = 'running'): RunRecord {
  return {
    runId: runIdSchema.parse(`run_${number.toString(16).padStart(24, '0')}`),
    flowId: flowIdSchema.parse('hello'),
    file: 'user_data/shared/flows/hello.flow.yaml',
    status,
    startedAt: '2025-01-01T00:00:00.000Z',
    caller: 'operator/http',
    inputs: { text: 'ß\u2028"' },
  }
}

/** A step's record. */
export function testStep(seq: number, status: StepRecord['status'] = 'running'): StepRecord {
  return {
    seq,
    stepId: `step_${seq}`,
    path: '',
    type: 'set',
    phase: 'main',
    status,
    startedAt: '2025-01-01T00:00:00.000Z',
  }
}

/** What every `StateStore` promises. */
export function describeStateStore(name: string, open: () => OpenedStore | Promise<OpenedStore>): void {
  describe(`${name} as a state store`, () => {
    const opened: OpenedStore[] = []
    const openStore = async (): Promise<StateStore> => {
      const one = await open()
      opened.push(one)
      return one.store
    }
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close()
    })
    promiseTransactions(openStore)
    promiseSerialWrites(openStore)
    promiseRecords(openStore)
    promiseReading(openStore)
    promiseDocuments(openStore)
    promiseStores(openStore)
    promiseStoreLaws(openStore)
    promiseContents(openStore)
  })
}

function promiseTransactions(openStore: () => Promise<StateStore>): void {
  it('begins empty', async () => {
    const store = await openStore()
    const seen = store.read((state) => [
      state.packs.list(),
      state.runs.list(10),
      state.runs.listOpen(),
      state.ledger.size(),
    ])
    expect(seen).toEqual([[], [], [], 0])
  })

  it('keeps a change and its ledger entry together', async () => {
    const store = await openStore()
    const value = await store.write((state) => {
      state.putPack(pendingPack)
      state.append({ kind: 'pack.scan', actor: 'operator', subject: packId, data: { tree_hash: treeHash } })
      return 'done'
    })
    expect(value).toBe('done')
    expect(store.read((state) => state.packs.find(packId))).toEqual(pendingPack)
    expect(store.read((state) => state.ledger.entries(0, 10))).toMatchObject([
      { seq: 0, kind: 'pack.scan', subject: packId, data: { tree_hash: treeHash } },
    ])
  })

  it('changes nothing when a write throws, and gives the caller what was thrown', async () => {
    const store = await openStore()
    await store.write((state) => state.putPack(pendingPack))
    const thrown = new Error('no')
    const failing = store.write((state) => {
      state.removePack(packId)
      state.putRun(testRun(1))
      state.putStep(testRun(1).runId, testStep(0))
      state.append({ kind: 'pack.remove', actor: 'operator', subject: packId, data: {} })
      throw thrown
    })
    await expect(failing).rejects.toBe(thrown)
    const seen = store.read((state) => [
      state.packs.list(),
      state.runs.list(9),
      state.runs.steps(testRun(1).runId),
      state.ledger.size(),
    ])
    expect(seen).toEqual([[pendingPack], [], [], 0])
  })
}

function promiseSerialWrites(openStore: () => Promise<StateStore>): void {
  it('keeps writes asked for together apart: one that throws takes nothing from the others', async () => {
    const store = await openStore()
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4].map((number) =>
        store.write((state) => {
          state.putRun(testRun(number))
          state.append({ kind: 'run.start', actor: 'operator', subject: `${number}`, data: {} })
          if (number % 2 === 1) throw new Error(`refused ${number}`)
          return state.ledger.size()
        }),
      ),
    )
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused'))).toEqual([
      1,
      'refused',
      2,
      'refused',
      3,
    ])
    const subjects = store.read((state) => state.ledger.entries(0, 9)).map(({ seq, subject }) => [seq, subject])
    expect(subjects).toEqual([
      [0, '0'],
      [1, '2'],
      [2, '4'],
    ])
    expect(store.read((state) => state.runs.list(9)).map(({ runId }) => runId)).toEqual(
      [4, 2, 0].map((number) => testRun(number).runId),
    )
  })

  it('does writes in the order they were asked for; each sees all before it and its own changes', async () => {
    const store = await openStore()
    const order: string[] = []
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        store.write((state) => {
          state.append({ kind: 'test.note', actor: name, subject: name, data: {} })
          order.push(
            state.ledger
              .entries(0, 9)
              .map(({ subject }) => subject)
              .join(''),
          )
        }),
      ),
    )
    expect(order).toEqual(['a', 'ab', 'abc'])
  })

  it('shows a write to nobody before it resolves', async () => {
    const store = await openStore()
    const writing = store.write((state) => state.putPack(pendingPack))
    expect(store.read((state) => state.packs.list())).toEqual([])
    await writing
    expect(store.read((state) => state.packs.list())).toEqual([pendingPack])
  })
}

function promiseRecords(openStore: () => Promise<StateStore>): void {
  it('replaces and forgets decisions about packs', async () => {
    const store = await openStore()
    const blocked: PackRecord = { ...pendingPack, status: 'blocked', reason: 'no' }
    const other: PackRecord = { ...pendingPack, packId: packIdSchema.parse('a_pack') }
    await store.write((state) => {
      state.putPack(pendingPack)
      state.putPack(other)
    })
    await store.write((state) => state.putPack(blocked))
    expect(store.read((state) => state.packs.list())).toEqual([other, blocked])
    await store.write((state) => state.removePack(packId))
    expect(store.read((state) => [state.packs.list(), state.packs.find(packId)])).toEqual([[other], undefined])
  })

  it('lists the newest runs first, and the open ones in order of begin', async () => {
    const store = await openStore()
    await store.write((state) => {
      for (const number of [3, 1, 2]) state.putRun(testRun(number, number === 2 ? 'completed' : 'running'))
    })
    const ids = (runs: readonly RunRecord[]): readonly string[] => runs.map(({ runId }) => runId)
    expect(ids(store.read((state) => state.runs.list(2)))).toEqual([testRun(3).runId, testRun(2).runId])
    expect(ids(store.read((state) => state.runs.listOpen()))).toEqual([testRun(1).runId, testRun(3).runId])
    await store.write((state) => state.putRun(testRun(1, 'failed')))
    expect(ids(store.read((state) => state.runs.listOpen()))).toEqual([testRun(3).runId])
    expect(store.read((state) => state.runs.find(testRun(1).runId))).toEqual(testRun(1, 'failed'))
    expect(store.read((state) => state.runs.find(testRun(9).runId))).toBeUndefined()
  })

  it('keeps the last record of each step, in order of begin', async () => {
    const store = await openStore()
    const { runId } = testRun(1)
    await store.write((state) => {
      state.putStep(runId, testStep(1))
      state.putStep(runId, testStep(0))
      state.putStep(testRun(2).runId, testStep(7))
    })
    const ended: StepRecord = { ...testStep(1, 'completed'), output: { list: [1, null, 'x'] }, durationMs: 1.5 }
    await store.write((state) => state.putStep(runId, ended))
    expect(store.read((state) => state.runs.steps(runId))).toEqual([testStep(0), ended])
  })
}

function promiseReading(openStore: () => Promise<StateStore>): void {
  it('gives the ledger in pages', async () => {
    const store = await openStore()
    await store.write((state) => {
      for (let number = 0; number < 7; number += 1)
        state.append({ kind: 'test.note', actor: 'a', subject: `${number}`, data: {} })
    })
    const page = (from: number, limit: number): readonly number[] =>
      store.read((state) => state.ledger.entries(from, limit)).map(({ seq }) => seq)
    expect([page(0, 3), page(5, 3), page(7, 3)]).toEqual([[0, 1, 2], [5, 6], []])
  })

  it('gives out records that nobody can change behind its back', async () => {
    const store = await openStore()
    const inputs = { list: [1] }
    await store.write((state) => state.putRun({ ...testRun(1), inputs }))
    inputs.list.push(2)
    expect(store.read((state) => state.runs.find(testRun(1).runId))?.inputs).toEqual({ list: [1] })
  })
}

const noteCollection = { name: 'note', schema: z.strictObject({ text: z.string() }) } as const
const strictCollection = { name: 'note', schema: z.strictObject({ text: z.literal('a') }) } as const

function promiseDocuments(openStore: () => Promise<StateStore>): void {
  it('keeps documents by collection and id, and tells nothing from something unreadable', async () => {
    const store = await openStore()
    await store.write((state) => {
      state.putDocument(noteCollection, 'b', { text: 'b' })
      state.putDocument(noteCollection, 'a', { text: 'old' })
      state.putDocument(noteCollection, 'a', { text: 'a' })
      state.putDocument(noteCollection, 'c', { text: 'c' })
      state.removeDocument(noteCollection, 'c')
    })
    const seen = store.read(({ documents }) => [
      documents.list(noteCollection),
      documents.find(noteCollection, 'c'),
      documents.find(strictCollection, 'a'),
      documents.find(strictCollection, 'b'),
      documents.list({ ...noteCollection, name: 'other' }),
    ])
    const kept = [
      { id: 'a', record: { text: 'a' } },
      { id: 'b', record: { text: 'b' } },
    ]
    expect(seen).toEqual([kept, undefined, { text: 'a' }, 'unreadable', []])
  })

  it('undoes documents and stored values with the write that throws', async () => {
    const store = await openStore()
    await store.write((state) => state.putStoreEntry('s', 'k', '1'))
    const failing = store.write((state) => {
      state.putDocument(noteCollection, 'a', { text: 'a' })
      state.putStoreEntry('s', 'k', '2')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(store.read((state) => [state.documents.list(noteCollection), state.stores.find('s', 'k')])).toEqual([
      [],
      '1',
    ])
  })

  it('finds the entries that remember an epoch or a version, and no others', async () => {
    const store = await openStore()
    await store.write((state) => {
      const data = { kind: 'grant.set', note: '"kind":"grant.set"' }
      for (const kind of ['grant.set', 'run.start', 'secret.delete', 'grants.no'])
        state.append({ kind, actor: 'a', subject: kind, data })
    })
    expect(store.read((state) => state.ledger.listFloors()).map(({ kind }) => kind)).toEqual([
      'grant.set',
      'secret.delete',
    ])
  })
}

function promiseStores(openStore: () => Promise<StateStore>): void {
  it('keeps values by store and key, lists keys in pages, and counts what a store takes', async () => {
    const store = await openStore()
    await store.write((state) => {
      for (const key of ['b/2', 'a', 'b/10', 'b', 'c', 'b0']) state.putStoreEntry('s', key, '1')
      state.putStoreEntry('t', 'a', '"ß"')
      state.putStoreEntry('s', 'c', '[1,2]')
    })
    const list = (prefix: string, after = '', limit = 9): readonly string[] =>
      store.read(({ stores }) => stores.listKeys({ storeId: 's', prefix, after, limit }))
    expect([list(''), list('b/'), list('b', 'b/10'), list('', '', 2), list('x')]).toEqual([
      ['a', 'b', 'b/10', 'b/2', 'b0', 'c'],
      ['b/10', 'b/2'],
      ['b/2', 'b0'],
      ['a', 'b'],
      [],
    ])
    const usage = (storeId: string): unknown => store.read(({ stores }) => stores.usage(storeId))
    expect([usage('s'), usage('t'), usage('u')]).toEqual([
      { keys: 6, bytes: 22 },
      { keys: 1, bytes: 5 },
      { keys: 0, bytes: 0 },
    ])
    const removed = await store.write((state) => [state.removeStoreEntry('s', 'c'), state.removeStoreEntry('s', 'c')])
    expect([removed, usage('s')]).toEqual([[true, false], { keys: 5, bytes: 16 }])
    await store.write((state) => state.clearStore('s'))
    expect([list(''), usage('s'), usage('t')]).toEqual([[], { keys: 0, bytes: 0 }, { keys: 1, bytes: 5 }])
  })
}

function promiseStoreLaws(openStore: () => Promise<StateStore>): void {
  it('keeps stored values and counts them as a plain map would, whatever is done in which order', async () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0', '.', '_', '~'), minLength: 1, maxLength: 3 })
    const change = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, text: fc.constantFrom('1', '"ß"', '[1,2,3]') }),
      fc.record({ kind: fc.constant('remove' as const), key }),
      fc.record({ kind: fc.constant('clear' as const) }),
    )
    const page = fc.record({
      prefix: fc.option(key, { nil: '' }),
      after: fc.option(key, { nil: '' }),
      limit: fc.nat(4),
    })
    const store = await openStore()
    await store.write((state) => state.putStoreEntry('t', 'a', '1'))
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 15 }), page, async (changes, wanted) => {
        const plain = new Map<string, string>()
        const storeId = `s${(runs += 1)}`
        await store.write((state) => {
          for (const one of changes) applyChange(state, one, { storeId, plain })
        })
        const keys = [...plain.keys()].toSorted((a, b) => (a < b ? -1 : 1))
        const fitting = keys.filter((name) => name.startsWith(wanted.prefix) && name > wanted.after)
        const bytes = [...plain].reduce((sum, [name, text]) => sum + name.length + Buffer.byteLength(text), 0)
        expect(
          store.read(({ stores }) => [
            stores.listKeys({ storeId, ...wanted }),
            stores.usage(storeId),
            keys.map((name) => stores.find(storeId, name)),
            stores.usage('t'),
          ]),
        ).toEqual([
          fitting.slice(0, wanted.limit),
          { keys: keys.length, bytes },
          keys.map((name) => plain.get(name)),
          { keys: 1, bytes: 2 },
        ])
      }),
      { numRuns: 25 },
    )
  })
}

type StoreChange =
  | { readonly kind: 'put'; readonly key: string; readonly text: string }
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'clear' }

function applyChange(
  state: StateWriter,
  change: StoreChange,
  { storeId, plain }: { readonly storeId: string; readonly plain: Map<string, string> },
): void {
  switch (change.kind) {
    case 'put':
      state.putStoreEntry(storeId, change.key, change.text)
      plain.set(change.key, change.text)
      return
    case 'remove':
      expect(state.removeStoreEntry(storeId, change.key)).toBe(plain.delete(change.key))
      return
    case 'clear':
      state.clearStore(storeId)
      plain.clear()
  }
}
