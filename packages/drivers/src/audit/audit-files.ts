import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { err, ok, type Clock, type Diagnostic, type Result } from '@rumi/kernel/base'
import { syncDirectory } from '../system/index.ts'
import { appendEntries, listFiles, prepareFolder } from './lines.ts'
import { clearMark, readMark, setMark } from './mark.ts'
import { CHUNK, findPosition, type AuditSource } from './position.ts'
import { clearBeside, rewriteFiles, type AuditProgress, type Rewritten } from './rewrite.ts'

/** What the audit log works with. */
export interface AuditSettings {
  /** Where the files are; made when it is missing. */
  readonly folder: string
  readonly source: AuditSource
  readonly clock: Clock
  /** Names this run of the machine: `readBootId()`. */
  readonly bootId: string
}

/** Commits of this time share one look at the ledger. */
const PAUSE_MS = 100
/** After a failure. */
const RETRY_MS = 30_000
/** Most entries that are written while the system ends; the rest is for the next start. */
const LAST_ENTRIES = 20_000

/**
 * The audit log `{category}_{YYYY-MM-DD}.jsonl`, as it follows the ledger. (operations §Audit log) The ledger is the
 * truth and these files are a copy in other words: nothing waits for them, and nothing fails when they cannot be written.
 */
export class AuditFiles {
  readonly #settings: AuditSettings
  readonly #written = new Set<string>()
  /** One thing at a time. */
  #work: Promise<unknown> = Promise.resolve()
  #cancelPause: (() => void) | undefined
  /** The first entry that is not in the files; undefined: nobody has looked. */
  #position: number | undefined
  #isMarked = false
  #problem: Diagnostic | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'

  constructor(settings: AuditSettings) {
    this.#settings = settings
  }

  /** Why the files do not follow the ledger at the moment. */
  get problem(): Diagnostic | undefined {
    return this.#problem
  }

  /** Says that there are new entries. Returns at once; they are written a moment later. */
  wake(): void {
    if (this.#cancelPause !== undefined || this.#state !== 'open') return
    this.#cancelPause = this.#settings.clock.after(this.#problem === undefined ? PAUSE_MS : RETRY_MS, () => {
      this.#cancelPause = undefined
      void this.catchUp()
    })
  }

  /** Writes what is on the ledger and not in the files. Never rejects: `problem` says why it could not be done. */
  async catchUp(): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#state === 'open') await this.#follow(Number.POSITIVE_INFINITY)
    })
  }

  /** Writes all files anew. The error is why not; the files are then as they were. */
  async rebuild(onProgress: AuditProgress = () => undefined): Promise<Result<Rewritten, Diagnostic>> {
    return this.#enqueue(async () => {
      if (this.#state !== 'open') return err(stoppedProblem)
      const rewritten = await this.#attempt(async () => {
        prepareFolder(this.#settings.folder)
        return this.#rewrite(onProgress)
      })
      return rewritten === undefined ? err(this.#problem ?? stoppedProblem) : ok(rewritten)
    })
  }

  /** Ends long work, writes what is missing unless it is very much, and leaves the files flushed. Never rejects. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#cancelPause?.()
    await this.#enqueue(async () => {
      this.#state = 'closed'
      await this.#follow(LAST_ENTRIES)
      if (this.#problem === undefined) await this.#attempt(async () => this.#flush())
    })
  }

  async #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done
    return done
  }

  /** What goes wrong with the copy is shown and tried again later; it is nobody else's failure. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await work()
      this.#problem = undefined
      return value
    } catch (error) {
      this.#position = undefined // some of it may have been written
      this.#problem = describeFailure(error)
      this.#cancelPause?.()
      this.#cancelPause = undefined
      this.wake()
      return undefined
    }
  }

  async #follow(limit: number): Promise<void> {
    const { source } = this.#settings
    await this.#attempt(async () => {
      const start = this.#position ?? (await this.#open())
      if (start === 'foreign') {
        if (source.size() <= limit) await this.#rewrite(() => undefined)
        return
      }
      let position = start
      this.#position = start
      while (position < Math.min(source.size(), start + limit) && this.#state !== 'closing') {
        position = this.#append(position)
        await setImmediate()
      }
    })
  }

  async #open(): Promise<number | 'foreign'> {
    const { folder, source, bootId } = this.#settings
    prepareFolder(folder)
    clearBeside(folder)
    const mark = readMark(folder, bootId)
    if (mark === 'lost') return 'foreign'
    if (mark === 'written') this.#remember(listFiles(folder)) // by somebody who was killed
    return findPosition(folder, source)
  }

  #append(from: number): number {
    const { folder, source, bootId } = this.#settings
    const entries = source.entries(from, CHUNK)
    if (entries.length === 0) throw new Error('the ledger has fewer entries than it says')
    if (!this.#isMarked) setMark(folder, bootId)
    this.#isMarked = true
    this.#remember(appendEntries(folder, entries))
    this.#position = from + entries.length
    return this.#position
  }

  /** To be flushed at the end. */
  #remember(files: Iterable<string>): void {
    this.#isMarked = true
    for (const file of files) this.#written.add(file)
  }

  async #rewrite(onProgress: AuditProgress): Promise<Rewritten | undefined> {
    const { folder, source, bootId } = this.#settings
    const rewritten = await rewriteFiles({ folder, source, onProgress, isStopped: () => this.#state === 'closing' })
    if (rewritten === undefined) return undefined
    this.#remember(listFiles(folder))
    setMark(folder, bootId)
    this.#position = rewritten.entries
    return rewritten
  }

  #flush(): void {
    if (!this.#isMarked) return
    const { folder } = this.#settings
    for (const file of this.#written) flushFile(join(folder, file))
    syncDirectory(folder)
    clearMark(folder)
    this.#isMarked = false
  }
}

/** A file that somebody moved away since needs no flushing. */
function flushFile(path: string): void {
  if (!existsSync(path)) return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

const stoppedProblem: Diagnostic = {
  severity: 'warning',
  code: 'audit.stopped',
  message: 'The system ends; the audit log was not written anew.',
  hint: 'Start it again, then: rumi audit rebuild',
}

function describeFailure(error: unknown): Diagnostic {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const common = { severity: 'error', file: 'user_data/audit' } as const
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) {
    return {
      ...common,
      code: 'audit.unreadable',
      message: 'The audit log stopped at an entry of the ledger that cannot be read.',
      hint: 'rumi ledger verify',
    }
  }
  return {
    ...common,
    code: 'audit.unwritable',
    message: `The audit log cannot be written (${code}); it goes on from the ledger once it can.`,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Make room on the disk.'
        : 'Look at the folder user_data/audit: it must be yours and writable.',
  }
}
