import { z } from 'zod'
import {
  err,
  isoInstant,
  ok,
  type Clock,
  type Collection,
  type Diagnostic,
  type Outcome,
  type Problem,
} from '@rumi/kernel/base'
import type { StateReader, StateStore, StateWriter } from '@rumi/kernel/state'
import type { DataFolder } from '@rumi/skills/base'
import type { PlannedFile } from '@rumi/skills/governance'
import {
  buildState,
  commitIdOf,
  decideAutoCommit,
  diffStates,
  folderObjectDomain,
  hashFiles,
  planRestore,
  readState,
  stateCommitSchema,
  summarizeState,
  type AutoCommitSettings,
  type AutoCommitTrigger,
  type FileHashes,
  type PendingChange,
  type StateChange,
  type StateCommit,
  type StateFile,
  type StateSummary,
} from '@rumi/skills/state-commit'
import { clearPending, readPending } from './pending-changes.ts'

/** By number, written with leading zeros so that ids stand in order. */
const commitCollection: Collection<StateCommit> = { name: 'kairos.commit', schema: stateCommitSchema }
const headSchema = z.strictObject({ number: z.int().min(1) }).readonly()
const headCollection: Collection<z.infer<typeof headSchema>> = { name: 'kairos.commit-head', schema: headSchema }
const headId = 'head'
const fileBytes = 64 * 1024 * 1024

/** The files as they are now. */
export interface TakenState {
  readonly root: string
  readonly files: readonly StateFile[]
  readonly objects: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
}

/** What differs between the files now and the last commit. */
export interface StateStatus {
  readonly root: string
  readonly files: number
  readonly last: StateCommit | null
  readonly changes: readonly StateChange[]
  readonly summary: StateSummary
  readonly pending: readonly PendingChange[]
  readonly diagnostics: readonly Diagnostic[]
}

interface Ports {
  readonly state: StateStore
  readonly folder: DataFolder
  readonly cache: FileHashes
  readonly clock: Clock
  readonly readSettings: () => AutoCommitSettings
}

/** States of all files, by content: each can be read again byte for byte, and none is ever overwritten. */
export class StateCommits {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** What a commit would be about. */
  status(): Outcome<StateStatus> {
    const last = this.#last()
    if (!last.ok) return last
    const taken = this.#take()
    const changes = this.#diff(last.value?.root ?? null, taken)
    if (!changes.ok) return changes
    const pending = this.#ports.state.read(readPending)
    const summary = summarizeState(changes.value, pending)
    const { root, files, diagnostics } = taken
    return ok({ root, files: files.length, last: last.value, changes: changes.value, summary, pending, diagnostics })
  }

  /**
   * Puts the state on record with all its bytes. Problems: `state.unchanged` 409, `state.incomplete` 422 (a file could
   * not be read: what is left out cannot be restored), `state.damaged` 500.
   */
  async commit(wish: {
    readonly reason: string
    readonly by: string
    readonly force: boolean
    readonly trigger: AutoCommitTrigger | null
  }): Promise<Outcome<StateCommit>> {
    const reason = wish.reason.trim()
    if (reason === '') return err(reasonNeeded)
    const read = new Map<string, Uint8Array>()
    const taken = this.#take((hash, bytes) => read.set(hash, bytes))
    const broken = taken.diagnostics.find(({ severity }) => severity === 'error')
    if (broken) return err(incomplete(broken))
    return this.#ports.state.write((writer): Outcome<StateCommit> => {
      const last = lastIn(writer)
      if (!last.ok) return last
      if (last.value?.root === taken.root && !wish.force) return err(unchanged(last.value))
      const changes = this.#diff(last.value?.root ?? null, taken)
      if (!changes.ok) return changes
      const lost = this.#keepContents(writer, changes.value, read)
      if (lost) return err(lost)
      keepFolders(writer, taken, taken.root)
      const number = (last.value?.number ?? 0) + 1
      const commit: StateCommit = {
        commit_id: commitIdOf(number, taken.root),
        ...{ number, root: taken.root, previous: last.value?.commit_id ?? null },
        ...{ committed_at: isoInstant(this.#ports.clock.now()), by: wish.by, reason, trigger: wish.trigger },
        summary: summarizeState(changes.value, readPending(writer)),
        changes: changes.value.length,
      }
      record(writer, commit, last.value)
      return ok(commit)
    })
  }

  /** Commits when what happened calls for it. Undefined: nothing was due, or nothing had changed. */
  async commitIfDue(): Promise<StateCommit | undefined> {
    const settings = this.#ports.readSettings()
    const decision = decideAutoCommit(this.#ports.state.read(readPending), settings)
    if (!decision.due) return undefined
    const { reason, trigger } = decision
    const force = !settings.skip_if_no_changes
    const committed = await this.commit({ reason, trigger, force, by: 'system' })
    if (committed.ok) return committed.value
    // Due and without a change: nothing waits any more.
    if (committed.error.code === 'state.unchanged') await this.#ports.state.write(clearPending)
    return undefined
  }

  /** Commits, newest first. */
  history(limit: number): Outcome<readonly StateCommit[]> {
    return this.#ports.state.read((reader) => {
      const last = lastIn(reader)
      if (!last.ok) return last
      const commits: StateCommit[] = []
      for (let number = last.value?.number ?? 0; number > 0 && commits.length < limit; number -= 1) {
        const commit = reader.documents.find(commitCollection, idOf(number))
        if (commit === undefined || commit === 'unreadable') return err(damaged(`commit ${number}`))
        commits.push(commit)
      }
      return ok(commits)
    })
  }

  /** A commit by its id, its number, or the first digits of its state's hash. Problem: `state.unknown` 404. */
  find(name: string): Outcome<StateCommit> {
    const history = this.history(Number.MAX_SAFE_INTEGER)
    if (!history.ok) return history
    const isNumber = /^\d{1,15}$/.test(name)
    const found =
      history.value.find(({ commit_id: id, number }) => id === name || (isNumber && String(number) === name)) ??
      (/^[0-9a-f]{6,64}$/.test(name) ? history.value.find(({ root }) => root.startsWith(name)) : undefined)
    return found ? ok(found) : err(unknownCommit(name))
  }

  /** What differs between two commits, or between one and the files now. */
  diff(before: string, after: string | undefined): Outcome<readonly StateChange[]> {
    const from = this.find(before)
    if (!from.ok) return from
    if (after === undefined) return this.#diff(from.value.root, this.#take())
    const to = this.find(after)
    return to.ok ? judge(diffStates(from.value.root, to.value.root, this.#readObject)) : to
  }

  /**
   * The changes of files that bring a state back, or the selected part of it.
   *
   * @param asInForce - The files as they count: those of L0 by what is in force, whatever the folder holds.
   */
  planRestore(
    name: string,
    selection: readonly string[] | 'all',
    asInForce: (files: readonly StateFile[]) => readonly StateFile[],
  ): Outcome<{ readonly commit: StateCommit; readonly changes: readonly PlannedFile[] }> {
    const found = this.find(name)
    if (!found.ok) return found
    const target = judge(readState(found.value.root, this.#readObject))
    if (!target.ok) return target
    const now = asInForce(this.#take().files)
    const hashes = new Map(now.map(({ path, hash }) => [path, hash]))
    const changes = planRestore(now, target.value, selection).map((step): PlannedFile => {
      const before = hashes.get(step.path) ?? null
      return step.kind === 'remove'
        ? { path: step.path, before, after: null, isExecutable: false }
        : { path: step.path, before, after: step.hash, isExecutable: step.isExecutable }
    })
    return ok({ commit: found.value, changes })
  }

  #take(keep?: (hash: string, bytes: Uint8Array) => void): TakenState {
    const { folder, cache, clock } = this.#ports
    const source = { folder, cache, nowMs: clock.now(), limitBytes: fileBytes, ...(keep === undefined ? {} : { keep }) }
    const { files, diagnostics } = hashFiles(source)
    return { ...buildState(files), files, diagnostics }
  }

  #last(): Outcome<StateCommit | null> {
    return this.#ports.state.read(lastIn)
  }

  #diff(before: string | null, { root, objects }: TakenState): Outcome<readonly StateChange[]> {
    return judge(diffStates(before, root, (hash) => objects.get(hash) ?? this.#readObject(hash)))
  }

  readonly #readObject = (hash: string): string | undefined => {
    const bytes = this.#ports.state.read((reader) => reader.blobs.find(hash))
    if (!(bytes instanceof Uint8Array)) return undefined
    const text = Buffer.from(bytes).toString('utf8')
    return text.startsWith(folderObjectDomain) ? text.slice(folderObjectDomain.length) : undefined
  }

  /** Every byte that is new goes into the same write as the commit that names it. */
  #keepContents(
    writer: StateWriter,
    changes: readonly StateChange[],
    read: ReadonlyMap<string, Uint8Array>,
  ): Problem | undefined {
    for (const change of changes) {
      if (change.kind === 'removed' || writer.blobs.has(change.after.hash)) continue
      const bytes = read.get(change.after.hash) ?? this.#readFile(change.path)
      if (bytes === undefined || writer.putBlob(bytes) !== change.after.hash) return moving(change.path)
    }
    return undefined
  }

  #readFile(path: string): Uint8Array | undefined {
    const found = this.#ports.folder.read(path, fileBytes)
    return found.ok ? found.value : undefined
  }
}

/** Keeps the folders that are new. One that is kept has all that is below it kept: they came in one write. */
function keepFolders(writer: StateWriter, { objects }: Pick<TakenState, 'objects'>, hash: string): void {
  const text = objects.get(hash)
  if (text === undefined || writer.blobs.has(hash)) return
  const { entries } = folderSchema.parse(JSON.parse(text))
  for (const entry of entries) if (entry.kind === 'folder') keepFolders(writer, { objects }, entry.hash)
  writer.putBlob(Buffer.from(folderObjectDomain + text))
}

const folderSchema = z.object({ entries: z.array(z.object({ kind: z.string(), hash: z.string() })) })

function idOf(number: number): string {
  return String(number).padStart(15, '0')
}

function lastIn(reader: StateReader): Outcome<StateCommit | null> {
  const head = reader.documents.find(headCollection, headId)
  if (head === undefined) return ok(null)
  const commit = head === 'unreadable' ? head : reader.documents.find(commitCollection, idOf(head.number))
  return commit === undefined || commit === 'unreadable' ? err(damaged('the last commit')) : ok(commit)
}

function record(writer: StateWriter, commit: StateCommit, last: StateCommit | null): void {
  writer.putDocument(commitCollection, idOf(commit.number), commit)
  writer.putDocument(headCollection, headId, { number: commit.number })
  clearPending(writer)
  const data = {
    commit_type: commit.trigger === null ? 'explicit' : 'auto',
    prev_snapshot_hash: last?.root ?? null,
    next_snapshot_hash: commit.root,
    snapshot_ref: commit.commit_id,
    summary: commit.summary,
    reason: commit.reason,
    trigger: commit.trigger,
  }
  writer.append({ kind: 'kairos.state-commit', actor: commit.by, subject: commit.commit_id, data })
}

function judge<Value>(
  read: { ok: true; value: Value } | { ok: false; error: { kind: string; path: string } },
): Outcome<Value> {
  return read.ok ? ok(read.value) : err(damaged(read.error.path === '' ? 'its topmost folder' : read.error.path))
}

const reasonNeeded: Problem = {
  code: 'state.reason',
  status: 400,
  message: 'Reason is required.',
  hint: 'Say why, in a sentence: it stays on the ledger.',
}

function unchanged({ commit_id: id }: StateCommit): Problem {
  return {
    code: 'state.unchanged',
    status: 409,
    message: `No changes since last commit ${id}. Use force=true to commit anyway.`,
    hint: 'rumi state commit --force --reason …',
  }
}

function incomplete({ file = '', message }: Diagnostic): Problem {
  return {
    code: 'state.incomplete',
    status: 422,
    message: `${file}: ${message}`,
    hint: 'A state is every byte or none: remove the file, or make it readable.',
  }
}

function moving(path: string): Problem {
  return { code: 'state.moving', status: 409, message: `${path} changes while it is read.`, hint: 'Try again.' }
}

function damaged(what: string): Problem {
  return {
    code: 'state.damaged',
    status: 500,
    message: `A committed state cannot be read: ${what}.`,
    hint: 'Restore user_data/rumi.db from a backup.',
  }
}

function unknownCommit(name: string): Problem {
  const message = `There is no state "${name.slice(0, 64)}".`
  return { code: 'state.unknown', status: 404, message, hint: 'rumi state history' }
}
