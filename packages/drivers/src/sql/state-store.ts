import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Collection, PackId, RunId } from '@rumi/kernel/base'
import type { LedgerSigner, NewLedgerEntry } from '@rumi/kernel/ledger'
import type { PackRecord } from '@rumi/kernel/pack'
import type {
  Blobs,
  Documents,
  LedgerRecords,
  PackRecords,
  RunRecord,
  RunRecords,
  StateReader,
  StateStore,
  StateWriter,
  StepRecord,
  StoreEntries,
} from '@rumi/kernel/state'
import { codeOf, openDatabase } from './database.ts'
import { BlobTable } from './blob-table.ts'
import { DocumentTable } from './document-table.ts'
import { LedgerTable } from './ledger-table.ts'
import { PackTable } from './pack-table.ts'
import { RunTable } from './run-table.ts'
import { StoreEntryTable } from './store-entry-table.ts'

/** Thrown by a write that could not be made durable. Nothing of it remains. */
export class StorageError extends Error {
  /** `full`: try again when there is room. `broken`: the disk failed; every later write fails too, until a restart. */
  readonly kind: 'full' | 'broken' | 'closed'

  constructor(kind: 'full' | 'broken' | 'closed') {
    super(
      kind === 'full'
        ? 'the disk is full'
        : kind === 'broken'
          ? 'the disk failed; restart after mending it'
          : 'the store is closed',
    )
    this.kind = kind
  }
}

interface Job {
  readonly work: (state: StateWriter) => void
  /** Called once the work is durable. */
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

const SQLITE_FULL = 13
const SQLITE_IOERR = 10
const CHECKPOINT_EVERY = 256

/**
 * Durable state in SQLite. Writes that are asked for in the same turn of the event loop share one transaction and one
 * disk flush, each in a savepoint of its own.
 */
export class SqlStateStore implements StateStore {
  readonly ledger: LedgerTable
  readonly #database: DatabaseSync
  readonly #writer: StateWriter
  readonly #onBroken: () => void
  readonly #listeners: (() => void)[] = []
  #queue: Job[] = []
  #scheduled = false
  #state: 'open' | 'broken' | 'closed' = 'open'
  #nextCheckpoint: number

  constructor(settings: {
    readonly path: string
    readonly clock: Clock
    readonly signer: LedgerSigner
    readonly onBroken: () => void
  }) {
    this.#database = openDatabase(settings.path)
    this.#onBroken = settings.onBroken
    this.ledger = new LedgerTable(this.#database, settings.clock, settings.signer)
    this.#writer = new Writer({
      packs: new PackTable(this.#database),
      runs: new RunTable(this.#database),
      documents: new DocumentTable(this.#database),
      stores: new StoreEntryTable(this.#database),
      blobs: new BlobTable(this.#database),
      ledger: this.ledger,
    })
    this.#nextCheckpoint = this.ledger.size() + CHECKPOINT_EVERY
  }

  /** Called, with nothing awaited in between, once new entries of the ledger are durable. It must return at once. */
  onCommit(listener: () => void): void {
    this.#listeners.push(listener)
  }

  read<T>(reading: (state: StateReader) => T): T {
    return reading(this.#writer)
  }

  write<T>(writing: (state: StateWriter) => T): Promise<T> {
    if (this.#state !== 'open') return Promise.reject(new StorageError(this.#state))
    return new Promise((resolve, reject) => {
      let commit = (): void => undefined
      const work = (state: StateWriter): void => {
        const value = writing(state)
        commit = () => resolve(value)
      }
      this.#queue.push({ work, resolve: () => commit(), reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => this.#flush())
    })
  }

  /** A signed checkpoint of the ledger as it is now. */
  async signHead(): Promise<string> {
    return this.write(() => this.ledger.checkpoint())
  }

  /** Writes what is queued, signs a last checkpoint and gives the lock back, also when the checkpoint fails. */
  close(): void {
    if (this.#state === 'closed') return
    try {
      this.#flush()
      if (this.#state === 'open') this.#transaction(() => this.ledger.checkpoint())
    } catch (error) {
      throw this.#judge(error)
    } finally {
      this.#state = 'closed'
      this.#database.close()
    }
  }

  #flush(): void {
    const jobs = this.#queue
    this.#queue = []
    this.#scheduled = false
    if (jobs.length === 0) return
    if (this.#state !== 'open') {
      for (const job of jobs) job.reject(new StorageError(this.#state))
      return
    }
    const done: Job[] = []
    const sizeBefore = this.ledger.size()
    try {
      this.#transaction(() => {
        for (const job of jobs) this.#attempt(job, done)
        if (this.ledger.size() >= this.#nextCheckpoint) this.ledger.checkpoint()
      })
    } catch (error) {
      const failure = this.#judge(error)
      for (const job of jobs) job.reject(failure)
      return
    }
    if (this.ledger.size() >= this.#nextCheckpoint) this.#nextCheckpoint = this.ledger.size() + CHECKPOINT_EVERY
    for (const job of done) job.resolve()
    if (this.ledger.size() > sizeBefore) for (const listener of this.#listeners) listener()
  }

  /** A job that throws undoes its own changes only. */
  #attempt(job: Job, done: Job[]): void {
    this.#database.exec('SAVEPOINT job')
    try {
      job.work(this.#writer)
      this.#database.exec('RELEASE job')
      done.push(job)
    } catch (error) {
      const code = codeOf(error)
      if (code === SQLITE_FULL || code === SQLITE_IOERR) throw error
      this.#database.exec('ROLLBACK TO job; RELEASE job')
      this.ledger.reload()
      job.reject(error)
    }
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.ledger.reload()
      throw error
    }
  }

  /** After a failed flush the disk may hold anything: acknowledge nothing more. A full disk is only full. (STO-05, STO-06) */
  #judge(error: unknown): unknown {
    const code = codeOf(error)
    if (code === SQLITE_FULL) return new StorageError('full')
    if (code !== SQLITE_IOERR) return error
    this.#state = 'broken'
    this.#onBroken()
    return new StorageError('broken')
  }
}

interface Tables {
  readonly packs: PackTable
  readonly runs: RunTable
  readonly documents: DocumentTable
  readonly stores: StoreEntryTable
  readonly blobs: BlobTable
  readonly ledger: LedgerTable
}

class Writer implements StateWriter {
  readonly packs: PackRecords
  readonly runs: RunRecords
  readonly ledger: LedgerRecords
  readonly documents: Documents
  readonly stores: StoreEntries
  readonly blobs: Blobs
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
    this.packs = tables.packs
    this.runs = tables.runs
    this.ledger = tables.ledger
    this.documents = tables.documents
    this.stores = tables.stores
    this.blobs = tables.blobs
  }

  putPack(record: PackRecord): void {
    this.#tables.packs.put(record)
  }

  removePack(packId: PackId): void {
    this.#tables.packs.remove(packId)
  }

  putRun(record: RunRecord): void {
    this.#tables.runs.put(record)
  }

  putStep(runId: RunId, record: StepRecord): void {
    this.#tables.runs.putStep(runId, record)
  }

  putDocument<Value>(collection: Collection<Value>, id: string, record: Value): void {
    this.#tables.documents.put(collection, id, record)
  }

  removeDocument(collection: Collection<unknown>, id: string): void {
    this.#tables.documents.remove(collection, id)
  }

  putStoreEntry(storeId: string, key: string, text: string): void {
    this.#tables.stores.put(storeId, key, text)
  }

  removeStoreEntry(storeId: string, key: string): boolean {
    return this.#tables.stores.remove(storeId, key)
  }

  clearStore(storeId: string): void {
    this.#tables.stores.clear(storeId)
  }

  putBlob(bytes: Uint8Array): string {
    return this.#tables.blobs.put(bytes)
  }

  append(entry: NewLedgerEntry): void {
    this.#tables.ledger.append(entry)
  }
}
