import {
  err,
  isoInstant,
  ok,
  type Clock,
  type JsonObject,
  type JsonValue,
  type Outcome,
  type PackId,
} from '@rumi/kernel/base'
import {
  checkSignature,
  coversNeeds,
  formatGrantId,
  decideLevel,
  grantCollection,
  isSameGrant,
  issueGrant,
  nextEpoch,
  parseGrantBatch,
  permissionIdSchema,
  signGrant,
  spendUses,
  type GrantKey,
  type GrantReading,
  type GrantRecord,
  type GrantRequest,
  type GrantState,
  type PermissionId,
  type SignatureCheck,
} from '@rumi/kernel/grant'
import type { NewLedgerEntry } from '@rumi/kernel/ledger'
import type { SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore, StateWriter } from '@rumi/kernel/state'
import { checkRequest, describeRefusal } from './grant-problems.ts'

/** The keys that sign grants, and how they are changed. */
export interface GrantKeys {
  /** The first signs; all of them count. */
  readonly keys: readonly GrantKey[]
  addKey(): GrantKeys
  dropOldKeys(): GrantKeys
}

/** What the book works with. */
export interface GrantBookPorts {
  readonly state: StateStore
  readonly clock: Clock
  readonly sandbox: SandboxDriver
  readonly keys: GrantKeys
}

/** A grant as it is kept; `unreadable`: something is there that is no grant, and counts for nothing. */
export interface KeptGrant {
  /** `principal:permission`. */
  readonly id: string
  readonly record: GrantRecord | 'unreadable'
}

/** One item of a batch, as it went. */
export interface BatchOutcome {
  readonly item: JsonValue
  readonly outcome: Outcome<GrantRecord>
}

/**
 * All grants of a home. They are read once, when it is opened; nobody else can write while it is open. What the ledger
 * says about epochs is read beside them: an older row that was put back while nobody looked has an older epoch.
 */
export class GrantBook {
  readonly #ports: GrantBookPorts
  readonly #records = new Map<string, GrantReading>()
  readonly #floors = new Map<string, number>()
  /** The newest epoch given out, durable or not yet: two changes of a pair that are under way must not share one. */
  readonly #given = new Map<string, number>()
  /** What a record's signature was found to be worth under the present keys. A record never changes in memory. */
  #verdicts = new WeakMap<GrantRecord, SignatureCheck>()
  #keys: GrantKeys
  /** The latest moment that this book or the ledger has seen. */
  #latestMs: number

  constructor(ports: GrantBookPorts) {
    this.#ports = ports
    this.#keys = ports.keys
    const [kept, entries, last] = ports.state.read(({ documents, ledger }) => [
      documents.list(grantCollection),
      ledger.listFloors(),
      ledger.entries(Math.max(0, ledger.size() - 1), 1),
    ])
    this.#latestMs = Math.max(...last.map(({ at }) => Date.parse(at)), ports.clock.now())
    for (const { id, record } of kept) this.#records.set(id, record)
    for (const { kind, data } of entries) if (kind.startsWith('grant.')) this.#raiseFloor(data)
  }

  #raiseFloor({ principal_id: principalId, permission_id: permissionId, epoch }: JsonObject): void {
    if (typeof epoch !== 'number' || typeof principalId !== 'string' || typeof permissionId !== 'string') return
    const id = `${principalId}:${permissionId}`
    const floor = Math.max(this.#floors.get(id) ?? 0, epoch)
    this.#floors.set(id, floor)
    this.#given.set(id, floor)
  }

  /** What decisions are taken from, as it is now. */
  readonly state = (): GrantState => ({
    findGrant: (principalId, permissionId) => this.#records.get(formatGrantId(principalId, permissionId)),
    findEpochFloor: (principalId, permissionId) => this.#floors.get(formatGrantId(principalId, permissionId)),
    keys: this.#keys.keys,
    verify: this.#verify,
    nowMs: this.#now(),
  })

  /** A clock that is set back makes nothing valid again that was over. (STO-13) */
  #now(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#ports.clock.now())
    return this.#latestMs
  }

  readonly #verify = (record: GrantRecord): SignatureCheck => {
    const verdict = this.#verdicts.get(record) ?? checkSignature(record, this.#keys.keys)
    this.#verdicts.set(record, verdict)
    return verdict
  }

  #useKeys(keys: GrantKeys): void {
    this.#keys = keys
    this.#verdicts = new WeakMap()
  }

  /** In order of principal and permission. */
  list(principalId?: PackId): readonly KeptGrant[] {
    return [...this.#records]
      .filter(([id]) => principalId === undefined || id.startsWith(`${principalId}:`))
      .flatMap(([id, record]): KeptGrant[] => (record === undefined ? [] : [{ id, record }]))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /**
   * Grants something, in the place of what the pair had. Problems: `grant.principal` 400, `grant.expired` 400,
   * `grant.config` 400, `grant.permission` 400.
   *
   * @param notes - Kept on the ledger.
   */
  async grant(request: GrantRequest, actor: string, notes?: string): Promise<Outcome<GrantRecord>> {
    const problem = checkRequest(request)
    if (problem) return err(problem)
    const before = this.#records.get(`${request.principal_id}:${request.permission_id}`)
    const granted = await this.#ports.state.write((state) => this.#issue(state, request, { actor, notes }))
    if (!granted.ok) return granted
    this.#remember(granted.value)
    // What runs began under the old one, and may be on its way to where the new one does not reach.
    const isNarrower = typeof before === 'object' && !coversNeeds(granted.value.config, before.config)
    if (isNarrower) await this.#stop(granted.value.principalId)
    return granted
  }

  /** Grants up to 50, best effort: a bad one does not harm the others. Problem: `grant.batch` 400. */
  async grantBatch(items: readonly JsonValue[], actor: string): Promise<Outcome<readonly BatchOutcome[]>> {
    const batch = parseGrantBatch(items)
    if (!batch.ok) return err({ code: 'grant.batch', status: 400, message: 'A batch has at most 50 grants.' })
    const outcomes: BatchOutcome[] = []
    for (const [index, item] of batch.value.entries()) {
      const outcome: Outcome<GrantRecord> = item.ok
        ? await this.grant(item.value, actor)
        : err({ code: 'grant.request', status: 400, message: item.error.join('; ') })
      outcomes.push({ item: items[index] ?? null, outcome })
    }
    return ok(outcomes)
  }

  /** Takes a grant back and ends what runs of that pack and of its descendants; false: there was none. */
  async revoke(
    principalId: PackId,
    permissionId: PermissionId,
    by: { readonly actor: string; readonly reason?: string | undefined },
  ): Promise<boolean> {
    const id = formatGrantId(principalId, permissionId)
    const revoked = await this.#ports.state.write((state) => {
      if (state.documents.find(grantCollection, id) === undefined) return false
      return this.#removeIn(state, { principalId, permissionId, ...by })
    })
    if (revoked === false) return false
    this.#records.delete(id)
    this.#floors.set(id, revoked)
    await this.#stop(principalId)
    return true
  }

  /**
   * Takes back all grants of a pack, in the transaction that forgets the pack; call `forget` once it is durable. (OPS-04)
   */
  revokeAllIn(state: StateWriter, principalId: PackId, actor: string): () => void {
    const kept = state.documents.list(grantCollection).filter(({ id }) => id.startsWith(`${principalId}:`))
    const floors = kept.flatMap(({ id }): [string, number][] => {
      // By the name it is kept under, also when it cannot be read: it could be mended and put back.
      const named = permissionIdSchema.safeParse(id.slice(principalId.length + 1))
      if (!named.success) {
        state.removeDocument(grantCollection, id)
        return []
      }
      const revoked = { principalId, permissionId: named.data, actor, reason: 'the pack was removed' }
      return [[id, this.#removeIn(state, revoked)]]
    })
    return () => {
      for (const [id, epoch] of floors) {
        this.#records.delete(id)
        this.#floors.set(id, epoch)
      }
    }
  }

  /** See `GatePorts.spendUses`. */
  readonly spendUses = async (chain: readonly GrantRecord[]): Promise<readonly GrantRecord[] | undefined> => {
    if (chain.every((record) => record.usesLeft === undefined)) return chain
    const [key] = this.#keys.keys
    if (!key) return undefined
    const spent = await this.#ports.state.write((state) => {
      const current = chain.map((record) => state.documents.find(grantCollection, idOf(record)))
      const isSame = current.every((kept, at) => typeof kept === 'object' && kept.signature === chain[at]?.signature)
      if (!isSame) return undefined
      const records = spendUses(chain, key)
      for (const record of records) this.#put(state, record, { kind: 'grant.spend', actor: record.principalId })
      return records
    })
    if (!spent) return this.#retrySpend(chain)
    for (const record of spent) this.#remember(record)
    return chain.map((record) => spent.find((one) => idOf(one) === idOf(record)) ?? record)
  }

  /** Two calls at the same moment both decided from the same number of uses: the later one decides again. */
  async #retrySpend(chain: readonly GrantRecord[]): Promise<readonly GrantRecord[] | undefined> {
    const current = chain.map((record) => this.#records.get(idOf(record)))
    // Only of the grants that were decided about: one that was made in their place may reach less far.
    const next = current.flatMap((record, at) => {
      const known = chain[at]
      const isMeant = typeof record === 'object' && known !== undefined && isSameGrant(record, known)
      return isMeant && record.usesLeft !== 0 ? [record] : []
    })
    const hasMoved = next.some((record, at) => record.signature !== chain[at]?.signature)
    return next.length === chain.length && hasMoved ? this.spendUses(next) : undefined
  }

  /** Signs every grant that counts anew, with a new key; the old keys count for nothing afterwards. */
  async rotateKeys(actor: string): Promise<{ readonly keyId: string; readonly resigned: number }> {
    this.#useKeys(this.#keys.addKey())
    const [key] = this.#keys.keys
    if (!key) throw new Error('a key that was added is not there')
    const records = await this.#ports.state.write((state) => {
      const signed = this.#listSound(state).map((record) =>
        signGrant({ ...record, epoch: this.#nextEpoch(idOf(record)) }, key),
      )
      for (const record of signed) this.#put(state, record, { kind: 'grant.rotate', actor })
      return signed
    })
    for (const record of records) this.#remember(record)
    this.#useKeys(this.#keys.dropOldKeys())
    return { keyId: key.keyId, resigned: records.length }
  }

  /**
   * Grants that we made and that nothing replaced since, also when their time or their uses are over. A new signature
   * under anything else would make a grant of what somebody put into the database.
   */
  #listSound(state: StateWriter): readonly GrantRecord[] {
    return state.documents.list(grantCollection).flatMap(({ id, record }) => {
      if (record === 'unreadable' || idOf(record) !== id) return []
      // A first grant can be in `state` already while its epoch is given but not remembered yet.
      const floor = this.#floors.get(id) ?? this.#given.get(id)
      const question = { ...this.state(), findGrant: () => record, findEpochFloor: () => floor }
      const level = decideLevel(question, record.principalId, record.permissionId)
      const isOver = !level.counts && (level.denial.reason === 'expired' || level.denial.reason === 'exhausted')
      return level.counts || isOver ? [record] : []
    })
  }

  #nextEpoch(id: string): number {
    return nextEpoch(this.#given.get(id))
  }

  #issue(
    state: StateWriter,
    request: GrantRequest,
    by: { readonly actor: string; readonly notes: string | undefined },
  ): Outcome<GrantRecord> {
    const [key] = this.#keys.keys
    if (!key) throw new Error('there is no key to sign a grant with')
    const id = `${request.principal_id}:${request.permission_id}`
    const issued = issueGrant({
      request,
      epochFloor: this.#given.get(id),
      nowMs: this.#now(),
      key,
    })
    if (!issued.ok) return err(describeRefusal(request, issued.error))
    this.#put(state, issued.value, { kind: 'grant.set', ...by })
    return ok(issued.value)
  }

  #put(
    state: StateWriter,
    record: GrantRecord,
    { kind, actor, notes }: Pick<NewLedgerEntry, 'kind' | 'actor'> & { readonly notes?: string | undefined },
  ): void {
    const { principalId, permissionId, epoch, config, expiresAt, usesLeft } = record
    this.#given.set(idOf(record), epoch)
    state.putDocument(grantCollection, idOf(record), record)
    state.append({
      kind,
      actor,
      subject: principalId,
      data: {
        principal_id: principalId,
        permission_id: permissionId,
        epoch,
        ...(kind === 'grant.set' ? { config } : {}),
        ...(expiresAt === undefined ? {} : { expires_at: isoInstant(expiresAt) }),
        ...(usesLeft === undefined ? {} : { uses_left: usesLeft }),
        ...(notes === undefined ? {} : { notes }),
      },
    })
  }

  #removeIn(
    state: StateWriter,
    revoked: {
      readonly principalId: PackId
      readonly permissionId: PermissionId
      readonly actor: string
      readonly reason?: string | undefined
    },
  ): number {
    const { principalId, permissionId, actor, reason } = revoked
    const id = formatGrantId(principalId, permissionId)
    const epoch = this.#nextEpoch(id)
    this.#given.set(id, epoch)
    state.removeDocument(grantCollection, id)
    const data = { principal_id: principalId, permission_id: permissionId, epoch }
    state.append({
      kind: 'grant.revoke',
      actor,
      subject: principalId,
      data: reason === undefined ? data : { ...data, reason },
    })
    return epoch
  }

  #remember(record: GrantRecord): void {
    const id = idOf(record)
    const known = this.#records.get(id)
    if (typeof known === 'object' && known.epoch > record.epoch) return // a later change was remembered first
    this.#records.set(id, record)
    this.#floors.set(id, Math.max(this.#floors.get(id) ?? 0, record.epoch))
  }

  /** Whatever runs under a grant that is gone ends before anybody is told that it is gone. */
  async #stop(principalId: PackId): Promise<void> {
    const { sandbox } = this.#ports
    const affected = [...sandbox.activePacks()].filter((packId) => packId.startsWith(`${principalId}__`))
    await Promise.all([principalId, ...affected].map((packId) => sandbox.evict(packId)))
  }
}

function idOf({ principalId, permissionId }: GrantRecord): string {
  return formatGrantId(principalId, permissionId)
}
