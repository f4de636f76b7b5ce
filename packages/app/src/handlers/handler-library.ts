import {
  err,
  ok,
  type Clock,
  type Diagnostic,
  type JsonObject,
  type Outcome,
  type PackId,
  type Problem,
  type TreeHash,
} from '@rumi/kernel/base'
import {
  candidateCollection,
  decideCandidateApprove,
  decideCandidateReject,
  decideCandidateScan,
  decideCandidateUnblock,
  decideTrust,
  failCandidate,
  findCandidateKey,
  findTrustList,
  trustCollection,
  type CandidateRecord,
  type ScanSkip,
} from '@rumi/kernel/capability'
import type { Capability } from '@rumi/kernel/gate'
import type { PermissionId } from '@rumi/kernel/grant'
import type { TreeStore } from '@rumi/kernel/pack'
import type { StateReader, StateStore, StateWriter } from '@rumi/kernel/state'
import type { PackLibrary } from '../library/index.ts'
import { createHandlerCapability, type HandlerRunner } from './handler-capability.ts'
import { findHandlerPrincipal, listHandlerFolders, readHandlerFolder, type FoundHandler } from './handler-folder.ts'
import { findHandlerClaims, findHandlerFiles, type HandlerClaims, type HandlerFile } from './handler-review.ts'
import { refuseNamesakeHandler, refuseNamesakePack } from './namesakes.ts'
import { describeApproval, describeUnknown, describeWaiting } from './problems.ts'

/** What the library works with. */
export interface HandlerLibraryPorts {
  readonly packs: PackLibrary
  readonly trees: TreeStore
  readonly state: StateStore
  readonly clock: Clock
  readonly runner: HandlerRunner
}

/** What a scan did. */
export interface HandlerScan {
  readonly scanned: number
  readonly created: number
  readonly skipped: Readonly<Record<ScanSkip, number>>
  readonly diagnostics: readonly Diagnostic[]
}

/** What comes with an approval. */
export interface HandlerApproval {
  readonly note?: string | undefined
  /** Only if this is what is installed. */
  readonly contentHash?: string | undefined
}

/** A candidate as an operator sees it. */
export interface CandidateView {
  readonly key: string
  readonly record: CandidateRecord | 'unreadable'
}

/**
 * Handlers that packs offer: found by a scan, approved one by one by an operator, and then answering for a permission in
 * a sandbox of their own. Trust is no grant: a call needs both.
 */
export class HandlerLibrary {
  readonly #ports: HandlerLibraryPorts
  #installed: ReadonlyMap<PermissionId, CandidateRecord> = new Map()

  constructor(ports: HandlerLibraryPorts) {
    this.#ports = ports
    this.#readInstalled()
    ports.packs.onChange(() => void this.#stopWithdrawn())
    ports.packs.addApprovalCheck(({ packId }) => {
      const installed = [...this.#installed.values()].map(({ offer }) => offer.candidateKey)
      return refuseNamesakePack(packId, installed)
    })
  }

  /** Trees that installed handlers run from, and those of handlers that wait: an operator is to look at them. */
  get trees(): readonly TreeHash[] {
    const shown = new Set(['installed', 'pending', 'failed'])
    return this.list().flatMap(({ record }) =>
      record !== 'unreadable' && shown.has(record.status) ? [record.offer.contentHash] : [],
    )
  }

  list(): readonly CandidateView[] {
    const kept = this.#ports.state.read((state) => state.documents.list(candidateCollection))
    return kept.map(({ id, record }) => ({ key: id, record }))
  }

  /** What the author says about exactly this content; undefined when it is not kept any more. */
  findClaims(contentHash: TreeHash): HandlerClaims | undefined {
    return findHandlerClaims(this.#ports.trees, contentHash)
  }

  /** The files of exactly this content; undefined when it is not kept any more. */
  findFiles(contentHash: TreeHash): readonly HandlerFile[] | undefined {
    return findHandlerFiles(this.#ports.trees, contentHash)
  }

  /** The handler that answers for a permission; undefined: none is installed. Whether it may run is asked at each call. */
  find(permissionId: PermissionId): Capability | undefined {
    const record = this.#installed.get(permissionId)
    return record && createHandlerCapability(record.offer, this.#ports.runner, () => this.#mayRun(record))
  }

  /** Looks for handlers in every pack's folder. Approves nothing. */
  async scan(actor: string): Promise<HandlerScan> {
    const { packs, state, clock } = this.#ports
    const skipped = { blocked: 0, cooldown: 0, installed: 0, pending: 0, failed: 0 }
    const diagnostics: Diagnostic[] = []
    let scanned = 0
    let created = 0
    for (const { found } of packs.list()) {
      if (!found) continue
      for (const folder of listHandlerFolders(found)) {
        scanned += 1
        const handler = await readHandlerFolder(this.#ports.trees, folder)
        diagnostics.push(...handler.diagnostics)
        const { offer } = handler
        if (!offer) continue
        const result = await state.write((writer) => {
          const kept = writer.documents.find(candidateCollection, offer.candidateKey)
          if (kept === 'unreadable') return undefined
          const decided = decideCandidateScan({ record: kept, offer, at: clock.now() })
          writer.putDocument(candidateCollection, offer.candidateKey, decided.record)
          if (decided.kind === 'created') {
            writer.append({
              kind: 'candidate.scan',
              actor,
              subject: offer.candidateKey,
              data: describe(decided.record),
            })
          }
          return decided
        })
        if (result?.kind === 'created') created += 1
        else if (result) skipped[result.reason] += 1
        else diagnostics.push(unreadable(folder.location))
      }
    }
    return { scanned, created, skipped, diagnostics }
  }

  /**
   * Installs a candidate: its folder is read and hashed again, and exactly those bytes are what will run.
   *
   * @param review - A note for the ledger; and the content that was shown, for a scan meanwhile may have taken other
   *   files for the same key.
   *
   * Problems: `candidate.unknown` 404, `candidate.not_waiting` 409, `candidate.changed` 409, `candidate.taken` 409,
   * `candidate.gone` 409.
   */
  async approve(key: string, review: HandlerApproval, actor: string): Promise<Outcome<CandidateRecord>> {
    const { note, contentHash } = review
    const handler = await this.#readAgain(key)
    const approved = await this.#decide(
      key,
      { actor, kind: 'candidate.approve', data: note === undefined ? {} : { note } },
      (state, record) => {
        if (record && !handler?.offer) {
          const isWaiting = record.status === 'pending' || record.status === 'failed'
          const error = 'its files are gone, or cannot be used'
          if (isWaiting)
            state.putDocument(candidateCollection, key, failCandidate(record, error, this.#ports.clock.now()))
          return err(gone(key))
        }
        const installed = listInstalled(state).map(({ offer }) => offer)
        const current = handler?.offer ?? record?.offer
        if (!current) return err(describeUnknown(key))
        const decided = decideCandidateApprove({ record, current, installed, at: this.#ports.clock.now() })
        if (!decided.ok) return err(describeApproval(key, decided.error, record))
        const namesake = refuseNamesakeHandler(key, this.#ports.packs)
        if (namesake) return err(namesake)
        if (contentHash !== undefined && contentHash !== decided.value.offer.contentHash)
          return err(describeApproval(key, { kind: 'changed-since-scan' }, record))
        const named = findCandidateKey(key)
        if (!named) return err(describeUnknown(key))
        const trust = { handler_id: named.handlerId, sha256: named.sha256, ...(note === undefined ? {} : { note }) }
        state.putDocument(trustCollection, `${trust.handler_id}:${trust.sha256}`, trust)
        return ok(decided.value)
      },
    )
    if (approved.ok) this.#readInstalled()
    return approved
  }

  /** Rejects a candidate: for an hour, and for good at the third time. Problems: as of `approve`. */
  reject(key: string, reason: string, actor: string): Promise<Outcome<CandidateRecord>> {
    return this.#decide(key, { actor, kind: 'candidate.reject', data: { reason } }, (_state, record) => {
      const decided = decideCandidateReject({ record, reason, at: this.#ports.clock.now() })
      return decided.ok ? decided : err(describeWaiting(key, decided.error, record))
    })
  }

  /** Lifts a block. Problems: `candidate.unknown` 404, `candidate.not_blocked` 409. */
  unblock(key: string, reason: string, actor: string): Promise<Outcome<CandidateRecord>> {
    return this.#decide(key, { actor, kind: 'candidate.unblock', data: { reason } }, (_state, record) => {
      const decided = decideCandidateUnblock(record, this.#ports.clock.now())
      if (decided.ok) return decided
      return err(
        decided.error.kind === 'unknown-candidate'
          ? describeUnknown(key)
          : { code: 'candidate.not_blocked', status: 409, message: `It is not blocked but ${decided.error.status}.` },
      )
    })
  }

  /** Takes an installed handler away and forgets its trust; ends what runs of it. Problem: `candidate.unknown` 404. */
  async remove(key: string, actor: string): Promise<Outcome<{ readonly key: string }>> {
    const named = findCandidateKey(key)
    const removed = await this.#ports.state.write((state) => {
      if (state.documents.find(candidateCollection, key) === undefined) return false
      state.removeDocument(candidateCollection, key)
      if (named) state.removeDocument(trustCollection, `${named.handlerId}:${named.sha256}`)
      state.append({ kind: 'candidate.remove', actor, subject: key, data: {} })
      return true
    })
    if (!removed) return err(describeUnknown(key))
    this.#readInstalled()
    if (named) await this.#ports.runner.stop(named)
    return ok({ key })
  }

  /**
   * Takes away all that a pack offers, in the transaction that forgets the pack; what it gives is to be called once that is
   * durable. (OPS-04)
   *
   * @param revoke - Takes back the grants of a handler's own principal in the same transaction.
   */
  removeAllIn(
    state: StateWriter,
    about: { readonly packId: PackId; readonly actor: string },
    revoke: (principalId: PackId) => () => void,
  ): () => void {
    const follows: (() => void)[] = []
    for (const { id } of state.documents.list(candidateCollection)) {
      const named = findCandidateKey(id)
      if (named?.packId !== about.packId) continue
      state.removeDocument(candidateCollection, id)
      state.removeDocument(trustCollection, `${named.handlerId}:${named.sha256}`)
      state.append({
        kind: 'candidate.remove',
        actor: about.actor,
        subject: id,
        data: { reason: 'the pack was removed' },
      })
      const principal = findHandlerPrincipal(named.packId, named.slug)
      if (principal.ok) follows.push(revoke(principal.value))
      follows.push(() => void this.#ports.runner.stop(named))
    }
    return () => {
      for (const follow of follows) follow()
      this.#readInstalled()
    }
  }

  /** Trust in exactly these bytes, and a pack that is approved as it is now. (CAP-02) */
  async #mayRun({ offer }: CandidateRecord): Promise<string | undefined> {
    const named = findCandidateKey(offer.candidateKey)
    if (!named) return 'unreadable'
    const kept = this.#ports.state.read((state) => state.documents.list(trustCollection))
    const isSound = kept.every(
      ({ id, record }) => typeof record === 'object' && id === `${record.handler_id}:${record.sha256}`,
    )
    const list = isSound ? findTrustList(kept.map(({ record }) => record)) : undefined
    const trust = decideTrust({ list, handlerId: named.handlerId, sha256: named.sha256 })
    if (!trust.allowed) return `trust: ${trust.reason}`
    const run = await this.#ports.packs.decideRun(named.packId)
    return run.allowed ? undefined : `pack: ${run.reason}`
  }

  async #readAgain(key: string): Promise<FoundHandler | undefined> {
    const named = findCandidateKey(key)
    const found = named && this.#ports.packs.find(named.packId)?.found
    const folder = found && listHandlerFolders(found).find(({ slug }) => slug === named?.slug)
    return folder && readHandlerFolder(this.#ports.trees, folder)
  }

  /** Reads the record, decides, and writes record and ledger entry in one transaction; a refusal is an entry as well. */
  #decide(
    key: string,
    entry: { readonly kind: string; readonly actor: string; readonly data: JsonObject },
    decide: (state: StateWriter, record: CandidateRecord | undefined) => Outcome<CandidateRecord>,
  ): Promise<Outcome<CandidateRecord>> {
    return this.#ports.state.write((state) => {
      const kept = state.documents.find(candidateCollection, key)
      const decided = kept === 'unreadable' ? err(describeUnknown(key)) : decide(state, kept)
      if (!decided.ok) {
        const data = { reason: decided.error.code, action: entry.kind }
        state.append({ kind: 'candidate.refuse', actor: entry.actor, subject: key.slice(0, 600), data })
        return decided
      }
      state.putDocument(candidateCollection, key, decided.value)
      state.append({ ...entry, subject: key, data: { ...describe(decided.value), ...entry.data } })
      return decided
    })
  }

  #readInstalled(): void {
    const records = this.#ports.state.read(listInstalled)
    this.#installed = new Map(records.map((record) => [record.offer.permissionId, record]))
  }

  /** What runs of a handler ends with the approval of its pack. */
  async #stopWithdrawn(): Promise<void> {
    for (const { offer } of this.#installed.values()) {
      const named = findCandidateKey(offer.candidateKey)
      if (named && !this.#ports.packs.isUnchanged(named.packId)) await this.#ports.runner.stop(named)
    }
  }
}

/** A row copied under another key is nobody's installation. */
function listInstalled(state: StateReader): readonly CandidateRecord[] {
  return state.documents.list(candidateCollection).flatMap(({ id, record }) => {
    const isMeant = typeof record === 'object' && record.offer.candidateKey === id
    return isMeant && record.status === 'installed' ? [record] : []
  })
}

function describe({ status, offer, rejectCount }: CandidateRecord): JsonObject {
  const { permissionId, contentHash, entrypoint } = offer
  return { status, permission_id: permissionId, content_hash: contentHash, entrypoint, reject_count: rejectCount }
}

function gone(key: string): Problem {
  const message = `The handler of "${key}" is not there any more, or its files cannot be used.`
  return { code: 'candidate.gone', status: 409, message, hint: 'rumi capability scan' }
}

function unreadable(file: string): Diagnostic {
  return {
    severity: 'error',
    code: 'handler.unreadable',
    message: 'what is kept about this handler cannot be read',
    file,
  }
}
