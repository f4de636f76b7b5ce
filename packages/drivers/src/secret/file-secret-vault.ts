import {
  err,
  isoInstant,
  ok,
  type Clock,
  type Outcome,
  type Problem,
  type Random,
  type Result,
} from '@rumi/kernel/base'
import {
  deleteSecret,
  formatJournalLine,
  nonceBytes,
  openSecret,
  secretNameSchema,
  setSecret,
  type OpeningRefusal,
  type SecretName,
  type SecretRecord,
  type SecretText,
  type StoredSecret,
} from '@rumi/kernel/secret'
import type { StateStore } from '@rumi/kernel/state'
import { findKeyId, judgeSecret, type JudgedSecret, type SecretFault } from './judge.ts'
import type { MasterKeys } from './master-key.ts'
import type { SecretFolder, SecretReading } from './secret-folder.ts'
import { KeyedQueue } from './keyed-queue.ts'
import {
  describeMismatch,
  describeUnreadable,
  isDiskFailure,
  unknownSecret,
  unrecorded,
  wrongSource,
} from './problems.ts'
import type { SecretEntryKind, VersionFloor } from './version-floors.ts'

/** What the vault works with. */
export interface VaultPorts {
  readonly folder: SecretFolder
  readonly keys: MasterKeys
  /** `readVersionFloors`, before anything is changed; the vault owns it from then on. */
  readonly floors: Map<SecretName, VersionFloor>
  readonly state: StateStore
  readonly clock: Clock
  readonly random: Random
  /** Called when the disk failed: nothing more may be acknowledged. */
  readonly onBroken: () => void
}

/** A secret that cannot be given out although it was set. */
export interface FaultySecret {
  readonly name: SecretName
  readonly fault: SecretFault
  /** With `unknown-key`: the key that it wants. */
  readonly keyId?: string
}

/** A change as it is written down. */
interface Change {
  readonly record: SecretRecord
  readonly kind: SecretEntryKind
  readonly actor: string
  readonly reason?: string | undefined
}

/**
 * Secrets in files of the home, one each. A change is durable in this order: the file, the ledger's entry, the line of
 * the journal, the answer. So a crash leaves at most a file that is one version ahead of the ledger; `recover` gives it
 * its entry. Nothing of a secret but its sealed form is ever written. (KEY, STO)
 */
export class FileSecretVault {
  readonly #ports: VaultPorts
  readonly #queue = new KeyedQueue()
  /** Sealed with a key that we do not have. */
  readonly #foreign = new Set<SecretName>()
  #keys: MasterKeys

  constructor(ports: VaultPorts) {
    this.#ports = ports
    this.#keys = ports.keys
    for (const name of this.#listNames()) this.#notice(name)
  }

  /** Records what a crash left unrecorded. Call it once, before anything else. */
  async recover(): Promise<void> {
    for (const name of this.#listNames()) await this.#settle(name) // where it fails, the next change tries again
  }

  /** See `SecretVault.list`. */
  list(): {
    readonly records: readonly SecretRecord[]
    readonly faults: readonly FaultySecret[]
    readonly keyId: string | undefined
    readonly isRotating: boolean
  } {
    const judged = this.#listNames().map((name) => ({ name, found: this.#judge(name) }))
    return {
      records: judged.flatMap(({ found }) => (found.kind === 'absent' || !found.record ? [] : [found.record])),
      faults: judged.flatMap(({ name, found }) => (found.kind === 'faulty' ? [describeFault(name, found)] : [])),
      keyId: this.#keys.keys[0]?.keyId,
      isRotating: this.#keys.keys.length > 1,
    }
  }

  /** See `SecretVault.unreadableCount`. */
  unreadableCount(): number {
    return this.#listNames().filter((name) => this.#judge(name).kind === 'faulty').length
  }

  /** See `SecretVault.read`. */
  read(name: string): { readonly record: SecretReading; readonly versionFloor: number | undefined } {
    const parsed = secretNameSchema.safeParse(name)
    if (!parsed.success) return { record: undefined, versionFloor: undefined }
    const { folder, floors } = this.#ports
    return { record: folder.read(parsed.data), versionFloor: floors.get(parsed.data)?.version }
  }

  /** See `SecretVault.open`. */
  open(record: StoredSecret): Result<SecretText, OpeningRefusal> {
    const { key: name, version, value: sealed } = record
    return openSecret({ name, version, sealed, keys: this.#keys.keys })
  }

  /** See `SecretVault.set`. */
  async set(name: SecretName, text: SecretText, actor: string): Promise<Outcome<{ readonly created: boolean }>> {
    return this.#queue.run(name, async () => {
      const unsettled = await this.#settle(name)
      if (unsettled) return err(unsettled)
      // Nothing is awaited from here to the file: a rotation that begins now must find every file under its old key.
      const [key] = this.#keys.keys
      if (key === undefined || this.#foreign.size > 0) return err(this.#describeMismatch())
      const { random, clock } = this.#ports
      const nonce = random.bytes(nonceBytes)
      const base = { previous: this.#findPrevious(name), versionFloor: this.#floorOf(name), at: clock.now() }
      const { record, created } = setSecret({ ...base, name, text, key, nonce })
      const problem = await this.#keep({ record, kind: 'secret.set', actor })
      return problem ? err(problem) : ok({ created })
    })
  }

  /** See `SecretVault.delete`. */
  async delete(name: SecretName, actor: string, reason?: string): Promise<Outcome<undefined>> {
    return this.#queue.run(name, async () => {
      const unsettled = await this.#settle(name)
      if (unsettled) return err(unsettled)
      const at = this.#ports.clock.now()
      const deleted = deleteSecret({ previous: this.#findPrevious(name), versionFloor: this.#floorOf(name), at })
      if (!deleted.ok) return err(unknownSecret(name))
      const problem = await this.#keep({ record: deleted.value, kind: 'secret.delete', actor, reason })
      return problem ? err(problem) : ok(undefined)
    })
  }

  /** See `SecretVault.rotate`. */
  async rotate(actor: string): Promise<Outcome<{ readonly keyId: string; readonly resealed: number }>> {
    return this.#queue.run('', async () => {
      const faults = this.unreadableCount()
      if (faults > 0 || this.#keys.keys.length === 0) return err(describeUnreadable(faults))
      if (!this.#keys.file) return err(wrongSource)
      // A rotation that was cut short goes on with the key that it had made.
      if (this.#keys.keys.length === 1) this.#keys = this.#keys.file.addKey()
      let resealed = 0
      for (const name of this.#listNames()) {
        const outcome = await this.#queue.run(name, async () => this.#reseal(name, actor))
        if (!outcome.ok) return outcome
        resealed += outcome.value
      }
      this.#keys = this.#keys.file?.dropOldKeys() ?? this.#keys
      return ok({ keyId: this.#keys.keys[0]?.keyId ?? '', resealed })
    })
  }

  /** How many were sealed anew: 0 or 1. */
  async #reseal(name: SecretName, actor: string): Promise<Outcome<number>> {
    const found = this.#judge(name)
    const [key] = this.#keys.keys
    if (key === undefined || found.kind === 'faulty') return err(describeUnreadable(1)) // it was damaged meanwhile
    if (found.kind === 'absent' || found.record.deleted_at !== null || findKeyId(found.record) === key.keyId)
      return ok(0)
    const { record: previous } = found
    const text = this.open(previous)
    if (!text.ok) return err(describeUnreadable(1))
    const { random, clock } = this.#ports
    const change = { previous, versionFloor: this.#floorOf(name), name, text: text.value, key, at: clock.now() }
    const { record } = setSecret({ ...change, nonce: random.bytes(nonceBytes) })
    // The text is the same as before: for people the secret is as old as it was.
    const kept = { ...record, updated_at: previous.updated_at }
    const problem = await this.#keep({ record: kept, kind: 'secret.rotate', actor, reason: 'sealed with a new key' })
    return problem ? err(problem) : ok(1)
  }

  /** The file first: an entry without its file would be a secret that is lost, a file without its entry is recovered. */
  async #keep(change: Change): Promise<Problem | undefined> {
    const { folder, onBroken } = this.#ports
    try {
      folder.write(change.record.key, change.record)
    } catch (error) {
      if (isDiskFailure(error)) onBroken()
      throw error
    }
    this.#notice(change.record.key)
    return this.#record(change)
  }

  /** The ledger, then the journal. A problem says that the change happened all the same. */
  async #record({ record, kind, actor, reason }: Change, isRecovered = false): Promise<Problem | undefined> {
    const { folder, floors, state, clock, onBroken } = this.#ports
    const { key: name, version } = record
    const why = reason === undefined ? {} : { reason }
    const data = { key: name, version, ...why, ...(isRecovered ? { recovered: true } : {}) }
    try {
      await state.write((writer) => writer.append({ kind, actor, subject: name, data }))
      floors.set(name, { version, isDeleted: kind === 'secret.delete' })
      const action = kind === 'secret.delete' ? 'deleted' : 'set'
      folder.appendJournal(formatJournalLine({ action, name, actor, at: clock.now(), ...why }))
    } catch (error) {
      if (isDiskFailure(error)) onBroken()
      const problem = unrecorded(error)
      if (problem) return problem
      throw error
    }
    return undefined
  }

  /** Gives a file that is ahead of the ledger its entry. */
  async #settle(name: SecretName): Promise<Problem | undefined> {
    const found = this.#judge(name)
    if (found.kind !== 'sound' || found.record.version <= (this.#floorOf(name) ?? 0)) return undefined
    const kind = found.record.deleted_at === null ? 'secret.set' : 'secret.delete'
    return this.#record({ record: found.record, kind, actor: 'system', reason: 'recovered' }, true)
  }

  /** What a change follows. Of a secret that cannot be read nothing is taken over: its file may be anybody's. */
  #findPrevious(name: SecretName): SecretRecord | undefined {
    const found = this.#judge(name)
    if (found.kind === 'absent') return undefined
    if (found.kind === 'sound') return found.record
    const now = isoInstant(this.#ports.clock.now())
    const version = this.#floorOf(name) ?? 1
    return { key: name, value: '-', version, created_at: now, updated_at: now, deleted_at: null }
  }

  #judge(name: SecretName): JudgedSecret {
    const { folder, floors } = this.#ports
    const reading = folder.read(name)
    return judgeSecret({ name, reading, floor: floors.get(name), open: (record) => this.open(record) })
  }

  #notice(name: SecretName): void {
    const found = this.#judge(name)
    if (found.kind === 'faulty' && found.fault === 'unknown-key') this.#foreign.add(name)
    else this.#foreign.delete(name)
  }

  #describeMismatch(): Problem {
    const wanted = this.list().faults.flatMap(({ keyId }) => (keyId === undefined ? [] : [keyId]))
    return describeMismatch(this.#keys.keys[0]?.keyId, [...new Set(wanted)])
  }

  #floorOf(name: SecretName): number | undefined {
    return this.#ports.floors.get(name)?.version
  }

  /** Every name that has a file or is known to the ledger; sorted. */
  #listNames(): readonly SecretName[] {
    const { folder, floors } = this.#ports
    return [...new Set([...folder.listNames(), ...floors.keys()])].toSorted()
  }
}

function describeFault(name: SecretName, { fault, record }: JudgedSecret & { readonly kind: 'faulty' }): FaultySecret {
  const keyId = fault === 'unknown-key' && record ? findKeyId(record) : undefined
  return { name, fault, ...(keyId === undefined ? {} : { keyId }) }
}
