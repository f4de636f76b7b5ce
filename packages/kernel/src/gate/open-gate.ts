import type { JsonObject, JsonValue, PackId } from '../base/index.ts'
import { answerFailure } from '../capability/index.ts'
import type { Caller } from './caller.ts'
import { findOverride, Gate, type GateSession } from './gate.ts'
import { NetworkGate, readMessage } from './network-gate.ts'
import type { GatePorts } from './ports.ts'
import { describeCaller, Recorder } from './recorder.ts'
import { redactEntry } from './redact.ts'
import { UseCounter } from './use-counter.ts'

/** Opens the gate for one block call. */
export type OpenGate = (caller: Caller) => GateSession

/** Builds the gate of a system. */
export function createGate(ports: GatePorts): OpenGate {
  const recorder = new Recorder(ports.state, ports.clock)
  const gate = new Gate(ports, recorder)
  const network = new NetworkGate(ports, recorder)
  const known = new KnownSecrets()
  return (caller) => {
    known.tell(caller)
    const uses = new UseCounter(caller)
    let isOverrideRecorded = false
    const noteOverride = async (message: JsonObject): Promise<void> => {
      const claimed = findOverride(message, caller.principalId)
      if (claimed === undefined || isOverrideRecorded) return
      isOverrideRecorded = true // once a call: the claim has no effect, and a loop of it must not fill the ledger
      await ports.state.write((state) =>
        state.append(
          redactEntry(
            {
              kind: 'principal.overridden',
              actor: caller.principalId,
              subject: caller.principalId,
              data: { claimed, ...describeCaller(caller) },
            },
            caller.revealed,
          ),
        ),
      )
    }
    const answer = async (message: JsonObject, signal: AbortSignal): Promise<JsonValue> => {
      await noteOverride(message)
      const about = { uses, signal }
      const { kind } = message
      if (kind === 'capability') return { ...(await gate.pass(caller, message, about)) }
      if (kind === 'http') return { ...(await network.request(caller, message, about)) }
      if (kind === 'network_check') return { ...network.check(caller, message) }
      return { ...answerFailure('invalid_request', 0) }
    }
    return {
      ask: async (message, signal) => {
        try {
          return await answer(readMessage(message), signal)
        } catch (error) {
          if (signal.aborted) return null // the call has ended; nobody hears this
          ports.onException(error)
          return { ...answerFailure('internal_error', 0) }
        } finally {
          known.keep(caller)
        }
      },
      finish: () => {
        known.keep(caller)
        return uses.take()
      },
    }
  }
}

/**
 * Secrets that packs were given since the start. A warm worker has a memory: what it was given in one run, it may show
 * in another one, where nobody gave it anything. (AUD-09)
 */
class KnownSecrets {
  readonly #ofPacks = new Map<PackId, Set<string>>()

  tell({ principalId, revealed }: Caller): void {
    for (const secret of this.#ofPacks.get(principalId) ?? []) revealed?.add(secret)
  }

  keep({ principalId, revealed }: Caller): void {
    if (revealed === undefined || revealed.size === 0) return
    const known = this.#ofPacks.get(principalId) ?? new Set()
    for (const secret of revealed) known.add(secret)
    this.#ofPacks.set(principalId, known)
  }
}
