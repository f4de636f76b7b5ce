import {
  err,
  ok,
  type Clock,
  type Diagnostic,
  type Outcome,
  type PackId,
  type Problem,
  type Result,
  type TreeHash,
} from '@rumi/kernel/base'
import {
  decideApprove,
  decideReject,
  decideRemove,
  decideRun,
  decideScan,
  diffTrees,
  findSubdir,
  isReservedPackId,
  packState,
  parseManifest,
  type FolderReading,
  type FoundPack,
  type PackFolder,
  type PackRecord,
  type RunDecision,
  type TreeStore,
} from '@rumi/kernel/pack'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { PackRecords, StateStore, StateWriter } from '@rumi/kernel/state'
import { approvalProblem, unknown, unreadable } from './pack-problems.ts'
import type {
  ApprovalCandidate,
  ApprovalCheck,
  DecisionEffect,
  PackApproval,
  PackReview,
  PackView,
  RunnableTree,
} from './pack-view.ts'

/** Decides about a pack from its record: the next record, and what goes on the ledger with it. */
type PackDecision = (
  record: PackRecord | undefined,
  packs: PackRecords,
) => Outcome<{
  readonly record: PackRecord
  readonly entry:
    | { readonly kind: string; readonly actor: string; readonly data: Readonly<Record<string, string>> }
    | undefined
  /** Further changes of the same transaction. */
  readonly effect?: (state: StateWriter) => void
}>

/** What the library works with. */
export interface PackLibraryPorts {
  readonly folder: PackFolder
  readonly trees: TreeStore
  readonly state: StateStore
  readonly sandbox: SandboxDriver
  readonly clock: Clock
}

/** The packs of a home: finds them, keeps decisions about them, and says which bytes may run. */
export class PackLibrary {
  readonly #ports: PackLibraryPorts
  readonly #runnable = new Map<TreeHash, Promise<Result<RunnableTree, string>>>()
  readonly #listeners: (() => void)[] = []
  readonly #approvalChecks: ApprovalCheck[] = []
  readonly #effects: DecisionEffect[] = []
  #found = new Map<PackId, FoundPack>()
  #records = new Map<PackId, PackRecord>()
  #diagnostics: readonly Diagnostic[] = []

  constructor(ports: PackLibraryPorts) {
    this.#ports = ports
    this.#records = new Map(ports.state.read((state) => state.packs.list()).map((record) => [record.packId, record]))
    this.discover()
  }

  /** Called whenever what may run has changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Asked before every approval, also of content that was approved before. */
  addApprovalCheck(check: ApprovalCheck): void {
    this.#approvalChecks.push(check)
  }

  /** Why an approval of content would be refused now; decides nothing. */
  findObstacles(candidate: ApprovalCandidate): readonly Problem[] {
    return this.#approvalChecks.flatMap((check) => check(candidate, this.records) ?? [])
  }

  /** Changes that belong to the same transaction as an approval or a removal. */
  addEffect(effect: DecisionEffect): void {
    this.#effects.push(effect)
  }

  /** Looks at the folders again, without deciding anything. */
  discover(): void {
    const discovery = this.#ports.folder.discover()
    this.#found = new Map(discovery.packs.map((pack) => [pack.packId, pack]))
    this.#diagnostics = discovery.diagnostics
  }

  /** Directories that are no pack, and why. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics
  }

  get records(): readonly PackRecord[] {
    return [...this.#records.values()]
  }

  list(): readonly PackView[] {
    this.discover()
    const ids = new Set([...this.#found.keys(), ...this.#records.keys()])
    return [...ids].toSorted().map((packId) => this.#view(packId))
  }

  find(packId: PackId): PackView | undefined {
    this.discover()
    return this.#found.has(packId) || this.#records.has(packId) ? this.#view(packId) : undefined
  }

  /** Copies what is on disk into the store and records its hash. Approves nothing. */
  async scan(packId: PackId, actor: string): Promise<Outcome<PackView>> {
    const read = await this.#readFolder(packId)
    if (!read.ok) return this.#refuse(packId, read.error, actor)
    const decided = await this.#decide(packId, actor, (record) => {
      const scanned = decideScan({ packId, record, current: read.value, at: this.#ports.clock.now() })
      if (!scanned.ok) return err(unreadable(packId))
      const isNews = record?.scannedHash !== scanned.value.scannedHash
      const wasApproved = record?.status === 'approved' && record.approvedHash !== read.value.treeHash
      const kind = isNews && wasApproved ? 'pack.modified' : 'pack.scan'
      return ok({
        record: scanned.value,
        entry: isNews ? { kind, actor, data: { tree_hash: read.value.treeHash } } : undefined,
      })
    })
    if (!decided.ok) return decided
    this.#changed()
    return ok(this.#view(packId))
  }

  /** What is on disk now, file by file, and its hash; decides and records nothing. */
  async review(packId: PackId): Promise<Outcome<PackReview>> {
    const read = await this.#readFolder(packId)
    if (!read.ok) return read
    const { treeHash } = read.value
    const tree = this.#ports.trees.readManifest(treeHash)
    if (!tree.ok) return err(unreadable(packId, [tree.error]))
    const view = this.#view(packId)
    const approvedHash = view.record?.status === 'approved' ? view.record.approvedHash : undefined
    const approved = approvedHash === undefined ? undefined : this.#ports.trees.readManifest(approvedHash)
    const changes = approved?.ok === true ? diffTrees(approved.value, tree.value) : undefined
    const files = tree.value.entries.flatMap((entry) => (entry.kind === 'file' ? [entry] : []))
    return ok({ ...view, treeHash, files, changes })
  }

  /**
   * Approves what is on disk, or exactly the hash the operator names. Problems: `pack.unknown` 404, `pack.unreadable`
   * 422, `pack.hash_mismatch` 409, and those of the approval checks.
   */
  async approve(packId: PackId, approval: PackApproval, actor: string): Promise<Outcome<PackView>> {
    const scanned = await this.scan(packId, actor)
    if (!scanned.ok) return scanned
    const read = await this.#readFolder(packId)
    if (!read.ok) return this.#refuse(packId, read.error, actor)
    const { namedHash, notes } = approval
    const candidate = { packId, treeHash: read.value.treeHash }
    const decided = await this.#decide(packId, actor, (record, packs) => {
      const approved = decideApprove({ record, current: read.value, namedHash, at: this.#ports.clock.now() })
      if (!approved.ok) return err(approvalProblem(packId, approved.error.kind))
      const refusal = this.#approvalChecks.flatMap((check) => check(candidate, packs.list()) ?? [])[0]
      if (refusal) return err(refusal)
      return ok({
        record: approved.value,
        entry: {
          kind: 'pack.approve',
          actor,
          data: { tree_hash: read.value.treeHash, ...(notes === undefined ? {} : { notes }) },
        },
        effect: (state) => {
          for (const effect of this.#effects) effect.onApprove?.(state, candidate, actor)
        },
      })
    })
    if (!decided.ok) return decided
    await this.#ports.sandbox.evict(packId) // workers of another tree must not answer any more (IPC-10)
    this.#changed()
    return ok(this.#view(packId))
  }

  /** Blocks a pack and ends what runs of it. Problem: `pack.unknown` 404. */
  async reject(packId: PackId, reason: string, actor: string): Promise<Outcome<PackView>> {
    if (!this.#records.has(packId)) {
      const scanned = await this.scan(packId, actor)
      if (!scanned.ok) return scanned
    }
    const decided = await this.#decide(packId, actor, (record) => {
      const rejected = decideReject({ record, reason, at: this.#ports.clock.now() })
      if (!rejected.ok) return err(unknown(packId))
      return ok({ record: rejected.value, entry: { kind: 'pack.reject', actor, data: { reason } } })
    })
    if (!decided.ok) return decided
    await this.#ports.sandbox.evict(packId)
    this.#changed()
    return ok(this.#view(packId))
  }

  /** Forgets every decision about a pack; its folder stays. Problem: `pack.unknown` 404. */
  async remove(packId: PackId, actor: string): Promise<Outcome<PackId>> {
    const removed = await this.#ports.state.write((state) => {
      const removal = decideRemove(state.packs.find(packId))
      if (!removal.ok) {
        state.append({ kind: 'pack.refuse', actor, subject: packId, data: { reason: 'pack.unknown' } })
        return false
      }
      state.removePack(packId)
      state.append({ kind: 'pack.remove', actor, subject: packId, data: {} })
      return this.#effects.flatMap((effect) => effect.onRemove?.(state, packId, actor) ?? [])
    })
    if (!removed) return err(unknown(packId))
    for (const follow of removed) follow()
    this.#records.delete(packId)
    await this.#ports.sandbox.evict(packId)
    this.#changed()
    return ok(packId)
  }

  /** Decides whether a pack's code may run now. A folder that was only touched is read again and stays approved. */
  async decideRun(packId: PackId): Promise<RunDecision> {
    const decision = this.#decideNow(packId)
    if (decision.allowed || decision.reason !== 'modified') return decision
    this.discover()
    await this.scan(packId, 'system')
    return this.#decideNow(packId)
  }

  /** Tells at once whether a pack may run, by what its folder looks like now; `decideRun` looks closer. */
  isUnchanged(packId: PackId): boolean {
    return this.#decideNow(packId).allowed
  }

  #decideNow(packId: PackId): RunDecision {
    const found = this.#found.get(packId)
    const currentFingerprint = found && this.#ports.folder.fingerprint(found.directory)
    return decideRun({ record: this.#records.get(packId), currentFingerprint })
  }

  /** Tells at once whether exactly this content is approved by what has been decided so far. */
  isApproved(packId: PackId, treeHash: TreeHash): boolean {
    const record = this.#records.get(packId)
    return record?.status === 'approved' && record.approvedHash === treeHash
  }

  /** Reads the folders of packs that look modified again: one that was only touched is approved still. */
  async settleModified(): Promise<void> {
    for (const view of this.list()) if (view.state === 'modified') await this.decideRun(view.packId)
  }

  /** The approved tree, its bytes checked once since the start. The error is a sentence. */
  async openTree(treeHash: TreeHash): Promise<Result<RunnableTree, string>> {
    const known = this.#runnable.get(treeHash) ?? this.#verifyTree(treeHash)
    this.#runnable.set(treeHash, known)
    const tree = await known
    if (!tree.ok) this.#runnable.delete(treeHash)
    return tree
  }

  /** A file of a stored tree. */
  readFile(treeHash: TreeHash, path: string): Buffer | undefined {
    const file = this.#ports.trees.readFile(treeHash, path)
    return file.ok ? file.value : undefined
  }

  /**
   * A file beside the manifest of a stored tree, with its path in the tree; undefined: there is none. Without bytes: it
   * is there, but damaged.
   */
  findFile(
    treeHash: TreeHash,
    name: string,
  ): { readonly path: string; readonly bytes: Buffer | undefined } | undefined {
    const tree = this.#ports.trees.readManifest(treeHash)
    if (!tree.ok) return { path: name, bytes: undefined }
    const subdir = findSubdir(tree.value)
    const path = subdir === undefined || subdir === '' ? name : `${subdir}/${name}`
    const isThere = tree.value.entries.some((entry) => entry.kind === 'file' && entry.path === path)
    return isThere ? { path, bytes: this.readFile(treeHash, path) } : undefined
  }

  /** The files below a pack's `flows/` folders in a stored tree; undefined when the tree is damaged or gone. */
  listFlowFolderFiles(treeHash: TreeHash): readonly string[] | undefined {
    const tree = this.#ports.trees.readManifest(treeHash)
    if (!tree.ok) return undefined
    const subdir = findSubdir(tree.value)
    const inside = subdir === undefined || subdir === '' ? '' : `${subdir}/`
    const folders = [`${inside}flows/`, `${inside}backend/flows/`]
    return tree.value.entries.flatMap((entry) =>
      entry.kind === 'file' && folders.some((folder) => entry.path.startsWith(folder)) ? [entry.path] : [],
    )
  }

  async #verifyTree(treeHash: TreeHash): Promise<Result<RunnableTree, string>> {
    const verified = await this.#ports.trees.verify(treeHash)
    if (!verified.ok) return err(verified.error[0]?.message ?? 'the approved tree cannot be read')
    const files = new Set(verified.value.entries.flatMap((entry) => (entry.kind === 'file' ? [entry.path] : [])))
    const subdir = findSubdir(verified.value)
    if (subdir === undefined) return err('it has no ecosystem.json')
    const bytes = this.readFile(treeHash, subdir === '' ? 'ecosystem.json' : `${subdir}/ecosystem.json`)
    if (!bytes) return err('its ecosystem.json cannot be read')
    const { manifest } = parseManifest(bytes, { directoryName: subdir })
    // How a pack is isolated is part of what was approved: it is read from the approved bytes, not from the folder.
    return ok({
      treeHash,
      treePath: this.#ports.trees.path(treeHash),
      subdir,
      isolation: manifest?.isolation ?? 'fresh',
      files,
    })
  }

  async #readFolder(packId: PackId): Promise<Outcome<FolderReading>> {
    this.discover()
    const found = this.#found.get(packId)
    if (!found || isReservedPackId(packId)) return err(unknown(packId))
    const broken = found.diagnostics.find((diagnostic) => diagnostic.severity === 'error')
    if (broken) return err(unreadable(packId, [broken]))
    const stored = await this.#ports.trees.put(found)
    return stored.ok ? ok(stored.value) : err(unreadable(packId, stored.error))
  }

  /** Puts a refusal on the ledger and gives it back. */
  async #refuse(packId: PackId, problem: Problem, actor: string): Promise<Outcome<never>> {
    await this.#ports.state.write((state) => {
      state.append({ kind: 'pack.refuse', actor, subject: packId, data: { reason: problem.code } })
    })
    return err(problem)
  }

  /** Reads the record, decides, and writes record and ledger entry in one transaction. */
  async #decide(packId: PackId, actor: string, decide: PackDecision): Promise<Outcome<PackRecord>> {
    const decided = await this.#ports.state.write((state) => {
      const outcome = decide(state.packs.find(packId), state.packs)
      if (!outcome.ok) {
        const { code } = outcome.error
        state.append({ kind: 'pack.refuse', actor, subject: packId, data: { reason: code } })
        return outcome
      }
      state.putPack(outcome.value.record)
      if (outcome.value.entry) state.append({ subject: packId, ...outcome.value.entry })
      outcome.value.effect?.(state)
      return outcome
    })
    if (!decided.ok) return decided
    this.#records.set(packId, decided.value.record)
    return ok(decided.value.record)
  }

  #view(packId: PackId): PackView {
    const record = this.#records.get(packId)
    const found = this.#found.get(packId)
    const running = this.#ports.sandbox.activePacks().has(packId)
    return { packId, state: packState({ record, found, running }), record, found, manifest: found?.manifest }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
