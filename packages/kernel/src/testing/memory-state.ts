import { readKept, sha256Hex, type Clock, type PackId, type RunId } from '../base/index.ts'
import { sealEntry, type LedgerEntry } from '../ledger/index.ts'
import type { PackRecord } from '../pack/index.ts'
import type { RunRecord, StateReader, StateStore, StateWriter, StepRecord } from '../state/index.ts'

interface Tables {
  readonly packs: ReadonlyMap<PackId, PackRecord>
  readonly runs: ReadonlyMap<RunId, RunRecord>
  readonly steps: ReadonlyMap<RunId, ReadonlyMap<number, StepRecord>>
  readonly entries: readonly LedgerEntry[]
  /** JSON texts by collection and id. */
  readonly documents: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** JSON texts by store and key. */
  readonly stores: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/** State in memory, with what tests want to see and to break. */
export interface MemoryState extends StateStore {
  /** All of the ledger. */
  readonly entries: readonly LedgerEntry[]
  /** Called when a write is about to become durable, with what it will be; a throw is a disk that failed. */
  beforeCommit: (after: StateReader) => void | Promise<void>
}

/** Keeps the promises of `StateStore` but durability: writes are serial, and all of one happens or nothing. */
export function createMemoryState(clock: Clock): MemoryState {
  let tables: Tables = {
    packs: new Map(),
    runs: new Map(),
    steps: new Map(),
    entries: [],
    documents: new Map(),
    stores: new Map(),
    blobs: new Map(),
  }
  let last: Promise<unknown> = Promise.resolve()
  const store: MemoryState = {
    beforeCommit: () => undefined,
    get entries() {
      return tables.entries
    },
    read: (reading) => reading(openReader(() => tables)),
    write: (writing) => {
      const done = last.then(async () => {
        const draft = openWriter(tables, clock)
        const value = writing(draft.writer)
        await store.beforeCommit(draft.writer)
        tables = draft.tables()
        return value
      })
      last = done.catch(() => undefined)
      return done
    },
  }
  return store
}

/**
 * The same state, which tells of each write late, as one does that flushes several together: writes that were asked for
 * after it have happened by then.
 */
export function tellLate(state: MemoryState): MemoryState {
  return {
    get beforeCommit() {
      return state.beforeCommit
    },
    set beforeCommit(hook) {
      state.beforeCommit = hook
    },
    get entries() {
      return state.entries
    },
    read: (reading) => state.read(reading),
    write: async (writing) => {
      const value = await state.write(writing)
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      return value
    },
  }
}

function openReader(tables: () => Tables): StateReader {
  return {
    packs: {
      find: (packId) => tables().packs.get(packId),
      list: () => [...tables().packs.values()].toSorted((a, b) => (a.packId < b.packId ? -1 : 1)),
    },
    runs: {
      find: (runId) => tables().runs.get(runId),
      list: (limit) => newestFirst(tables()).slice(0, limit),
      listOpen: () =>
        newestFirst(tables())
          .filter(({ status }) => status === 'running')
          .toReversed(),
      steps: (runId) => [...(tables().steps.get(runId)?.values() ?? [])].toSorted((a, b) => a.seq - b.seq),
    },
    ledger: {
      size: () => tables().entries.length,
      entries: (from, limit) => tables().entries.slice(from, from + limit),
      latest: (kinds, { limit, before = Infinity }) =>
        tables()
          .entries.filter(({ kind, seq }) => kinds.includes(kind) && seq < before)
          .toReversed()
          .slice(0, limit),
      listFloors: () => tables().entries.filter(({ kind }) => /^(?:grant|secret)\./.test(kind)),
    },
    documents: {
      find: (collection, id) => {
        const text = tables().documents.get(collection.name)?.get(id)
        return text === undefined ? undefined : readKept(collection, text)
      },
      list: (collection) =>
        [...(tables().documents.get(collection.name) ?? [])]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([id, text]) => ({ id, record: readKept(collection, text) })),
    },
    stores: openStoreEntries(tables),
    blobs: { has: (hash) => tables().blobs.has(hash), find: (hash) => tables().blobs.get(hash) },
  }
}

function openStoreEntries(tables: () => Tables): StateReader['stores'] {
  const entriesOf = (storeId: string): ReadonlyMap<string, string> => tables().stores.get(storeId) ?? new Map()
  return {
    find: (storeId, key) => entriesOf(storeId).get(key),
    size: (storeId, key) => {
      const text = entriesOf(storeId).get(key)
      return text === undefined ? undefined : Buffer.byteLength(text)
    },
    listKeys: ({ storeId, prefix, after, limit }) =>
      [...entriesOf(storeId).keys()]
        .filter((key) => key.startsWith(prefix) && key > after)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .slice(0, limit),
    usage: (storeId) => {
      const entries = [...entriesOf(storeId)]
      return {
        keys: entries.length,
        bytes: entries.reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0),
      }
    },
  }
}

function newestFirst({ runs }: Tables): readonly RunRecord[] {
  return [...runs.values()].toSorted((a, b) => (a.runId < b.runId ? 1 : -1))
}

function openWriter(before: Tables, clock: Clock): { readonly writer: StateWriter; readonly tables: () => Tables } {
  const packs = new Map(before.packs)
  const runs = new Map(before.runs)
  const steps = new Map(before.steps)
  const entries = [...before.entries]
  const documents = new Map([...before.documents].map(([name, kept]) => [name, new Map(kept)]))
  const stores = new Map([...before.stores].map(([storeId, kept]) => [storeId, new Map(kept)]))
  const blobs = new Map(before.blobs)
  const tables = { packs, runs, steps, entries, documents, stores, blobs }
  // What is kept is a copy, as on a disk: a caller that changes its record later changes nothing here.
  const writer: StateWriter = {
    ...openReader(() => tables),
    putPack: (record) => packs.set(record.packId, structuredClone(record)),
    removePack: (packId) => packs.delete(packId),
    putRun: (record) => runs.set(record.runId, structuredClone(record)),
    putStep: (runId, record) => {
      steps.set(runId, new Map(steps.get(runId)).set(record.seq, structuredClone(record)))
    },
    putDocument: (collection, id, record) =>
      documents.set(collection.name, new Map(documents.get(collection.name)).set(id, JSON.stringify(record))),
    removeDocument: (collection, id) => documents.get(collection.name)?.delete(id),
    putStoreEntry: (storeId, key, text) => stores.set(storeId, new Map(stores.get(storeId)).set(key, text)),
    removeStoreEntry: (storeId, key) => stores.get(storeId)?.delete(key) ?? false,
    clearStore: (storeId) => stores.delete(storeId),
    putBlob: (bytes) => {
      const hash = sha256Hex(bytes)
      blobs.set(hash, Uint8Array.from(bytes))
      return hash
    },
    append: (entry) => entries.push(sealEntry({ entry, seq: entries.length, at: clock.now() })),
  }
  return { writer, tables: () => tables }
}
