import type { Collection, PackId, RunId } from '../base/index.ts'
import type { LedgerEntry, NewLedgerEntry } from '../ledger/index.ts'
import type { PackRecord } from '../pack/index.ts'
import type { Blobs } from './blobs.ts'
import type { Documents } from './documents.ts'
import type { RunRecord, StepRecord } from './run-record.ts'
import type { StoreEntries } from './store-entries.ts'

/** What is kept about packs. An unreadable record throws: unreadable security state is no state. */
export interface PackRecords {
  find(packId: PackId): PackRecord | undefined
  list(): readonly PackRecord[]
}

/** What is kept about runs. */
export interface RunRecords {
  find(runId: RunId): RunRecord | undefined
  /** Newest first, at most `limit`. */
  list(limit: number): readonly RunRecord[]
  /** Runs that have not ended. */
  listOpen(): readonly RunRecord[]
  /** In order of begin. */
  steps(runId: RunId): readonly StepRecord[]
}

/** The ledger's readable side. */
export interface LedgerRecords {
  /** Entries written so far. */
  size(): number
  /** Entries from `from` (0-based) on, oldest first, at most `limit`. */
  entries(from: number, limit: number): readonly LedgerEntry[]
  /** Entries of these kinds, newest first, at most `limit`; all before the entry `before` when it is given. */
  latest(kinds: readonly string[], page: { readonly limit: number; readonly before?: number }): readonly LedgerEntry[]
  /** All entries that remember an epoch or a version: their kinds begin with `grant.` or `secret.`. Oldest first. */
  listFloors(): readonly LedgerEntry[]
}

/** Everything durable, to read. What is read inside a write is what that write sees. */
export interface StateReader {
  readonly packs: PackRecords
  readonly runs: RunRecords
  readonly ledger: LedgerRecords
  readonly documents: Documents
  readonly stores: StoreEntries
  readonly blobs: Blobs
}

/** Everything durable, to change. All changes of one write become durable together, or not at all. */
export interface StateWriter extends StateReader {
  putPack(record: PackRecord): void
  removePack(packId: PackId): void
  putRun(record: RunRecord): void
  putStep(runId: RunId, record: StepRecord): void
  putDocument<Value>(collection: Collection<Value>, id: string, record: Value): void
  removeDocument(collection: Collection<unknown>, id: string): void
  /** @param text - A JSON text. */
  putStoreEntry(storeId: string, key: string, text: string): void
  /** Tells whether there was one. */
  removeStoreEntry(storeId: string, key: string): boolean
  /** Removes all that a store holds. */
  clearStore(storeId: string): void
  /** Keeps bytes and gives their name: SHA-256 in 64 lower-case hex digits. */
  putBlob(bytes: Uint8Array): string
  /** Adds a leaf to the ledger; its number and time are given here. */
  append(entry: NewLedgerEntry): void
}

/** The one place of durable state. Writes are serial; each sees all before it. */
export interface StateStore {
  read<T>(reading: (state: StateReader) => T): T
  /**
   * Runs `writing` in a transaction. Resolves once the result is on disk; rejects, with nothing changed, when `writing`
   * throws. Several writes may share one disk flush; none sees another's half.
   */
  write<T>(writing: (state: StateWriter) => T): Promise<T>
}
