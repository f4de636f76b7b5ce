import type { Clock, JsonObject, PackId } from '../base/index.ts'
import { decideRate, type RateWindow } from '../capability/index.ts'
import { permissionIdSchema } from '../grant/index.ts'
import type { NewLedgerEntry } from '../ledger/index.ts'
import type { StateStore } from '../state/index.ts'
import type { Caller } from './caller.ts'
import { countDenial, denialCollection, denialId, maxDenials, type Refusal } from './denial.ts'
import { redactEntry, redactMembers, redactSecrets } from './redact.ts'

/**
 * Refusals of one principal that get a ledger entry of their own in any minute; more are counted. A pack that is
 * refused a thousand times a second must not fill the disk. (AUD-11)
 */
const denialRate = { limit: 120, windowMs: 60_000 } as const

/** Puts on the ledger what the gate decides. One for the whole system: its counters bound what a principal can cause. */
export class Recorder {
  readonly #state: StateStore
  readonly #clock: Clock
  readonly #windows = new Map<PackId, RateWindow>()

  constructor(state: StateStore, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  /** Records a refusal, durably, before the block hears of it. False: it was one too many and is to be counted. */
  async deny(asked: Refusal, entry: NewLedgerEntry): Promise<boolean> {
    const refusal = redactRefusal(asked)
    const { principalId, revealed } = refusal.caller
    const rate = decideRate(this.#windows.get(principalId) ?? [], denialRate, this.#clock.monotonicMs())
    this.#windows.set(principalId, rate.window)
    if (!rate.allowed) return false
    await this.#state.write((state) => {
      const id = denialId(refusal)
      const known = state.documents.find(denialCollection, id)
      const isNew = known === undefined
      const ofPrincipal = (): number =>
        state.documents
          .list(denialCollection)
          .filter(({ record }) => typeof record === 'object' && record.principalId === principalId).length
      // A block that makes up a new host for every request must not make up a record for each as well.
      if (!isNew || ofPrincipal() < maxDenials) state.putDocument(denialCollection, id, countDenial(refusal, known))
      state.append(redactEntry({ ...entry, data: { ...entry.data, denial_id: id } }, revealed))
    })
    return true
  }
}

/** A permission that is named after a secret. */
const unnamed = permissionIdSchema.parse('redacted')

/** What a pack asked for may be named after a secret; nobody can grant or create that then, and nobody should. (AUD-09) */
function redactRefusal(refusal: Refusal): Refusal {
  const { remedy, permissionId } = refusal
  const secrets = refusal.caller.revealed ?? new Set()
  const names = { permissionId, remedy: remedy ?? null }
  const isSaid = JSON.stringify(redactSecrets(names, secrets)) === JSON.stringify(names)
  const told = redactMembers(refusal, ['subject', 'reasons', 'needs'], secrets)
  return isSaid ? told : { ...told, permissionId: unnamed, remedy: undefined }
}

/** What ties an entry to the block that caused it. */
export function describeCaller({ runId, flowId, stepId, seq }: Caller): JsonObject {
  return { run_id: runId, flow_id: flowId, step_id: stepId, seq }
}
