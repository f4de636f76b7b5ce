import { isJsonObject, type JsonObject, type JsonValue, type PackId } from '../base/index.ts'
import {
  answerFailure,
  answerRefusal,
  answerSuccess,
  decideRate,
  getDenialType,
  getGrantDefaults,
  parseCapabilityCall,
  type CapabilityAnswer,
  type CapabilityCall,
  type RateWindow,
} from '../capability/index.ts'
import {
  coversNeeds,
  decideGrant,
  formatGrantId,
  grantCollection,
  isSameGrant,
  type GrantConfig,
  type GrantRecord,
} from '../grant/index.ts'
import type { NewLedgerEntry } from '../ledger/index.ts'
import type { StateReader, StateWriter } from '../state/index.ts'
import {
  GrantWithdrawn,
  type Admission,
  type CapabilityRequest,
  type CapabilityResult,
  type CapabilityUse,
} from './capability.ts'
import type { Caller } from './caller.ts'
import type { Refusal } from './denial.ts'
import type { GatePorts } from './ports.ts'
import { describeCaller, type Recorder } from './recorder.ts'
import { redactEntry } from './redact.ts'
import type { UseCounter } from './use-counter.ts'

/** What one block call may ask, and what of it is still to be recorded when it ends. */
export interface GateSession {
  /** Answers one message of the block. */
  ask(message: JsonValue, signal: AbortSignal): Promise<JsonValue>
  /** Uses that changed and revealed nothing, summed up; for the transaction that ends the call. */
  finish(): readonly NewLedgerEntry[]
}

/** A call on its way through the gate. */
interface Passage {
  readonly caller: Caller
  readonly call: CapabilityCall
  readonly uses: UseCounter
  readonly startedMs: number
  readonly signal: AbortSignal
}

/** A call that may go on: what for, how far, and the grants that say so. */
interface Admitted {
  readonly request: CapabilityRequest
  readonly config: GrantConfig
  readonly chain: readonly GrantRecord[]
}

/**
 * The one way from a block to a capability: parse, trust, grant of the principal and every ancestor, rate, run, size,
 * record. Whatever is not allowed explicitly is refused, with one text whatever the reason. (CAP-01)
 */
export class Gate {
  readonly #ports: GatePorts
  readonly #recorder: Recorder
  readonly #windows = new Map<string, RateWindow>()

  constructor(ports: GatePorts, recorder: Recorder) {
    this.#ports = ports
    this.#recorder = recorder
  }

  /** Passes one call through. Every outcome is an answer. */
  async pass(
    caller: Caller,
    message: JsonValue,
    about: { readonly uses: UseCounter; readonly signal: AbortSignal },
  ): Promise<CapabilityAnswer> {
    const startedMs = this.#ports.clock.monotonicMs()
    const elapsed = (): number => this.#ports.clock.monotonicMs() - startedMs
    const call = parseCapabilityCall(message)
    if (!call.ok) return answerFailure('invalid_request', elapsed())
    const passage: Passage = { caller, call: call.value, uses: about.uses, startedMs, signal: about.signal }
    const admitted = await this.#admit(passage)
    if ('answer' in admitted) return admitted.answer
    if (!this.#takeRate(caller.principalId, call.value)) {
      about.uses.count(call.value.permissionId, admitted.request.subject, 'rate_limited')
      return answerFailure('rate_limited', elapsed())
    }
    return this.#run(passage, admitted)
  }

  async #admit(passage: Passage): Promise<Admitted | { readonly answer: CapabilityAnswer }> {
    const { caller, call } = passage
    const { permissionId } = call
    const deny = async (refusal: Pick<Refusal, 'subject' | 'reasons' | 'needs' | 'remedy'>) => ({
      answer: await this.#deny(passage, refusal),
    })
    const capability = this.#ports.findCapability(permissionId)
    if (!capability) return deny({ subject: permissionId, reasons: ['no-handler'], needs: {} })
    const read = capability.read(call.args)
    const subject = read.ok ? read.value.subject : permissionId
    const needs = read.ok ? read.value.needs : {}
    const admission = read.ok ? this.#askAdmission(read.value, caller.principalId) : undefined
    if (read.ok && admission?.kind === 'granted') {
      return { request: read.value, config: getGrantDefaults(permissionId), chain: [] }
    }
    const defaults = getGrantDefaults(permissionId)
    const decision = decideGrant({ ...this.#ports.grants(), principalId: caller.principalId, permissionId, defaults })
    if (!decision.allowed) {
      const reasons = decision.denials.map((denial) => `${denial.principalId}: ${denial.reason}`)
      return deny({ subject, reasons, needs })
    }
    if (!read.ok) {
      const { kind: errorType, message } = read.error
      passage.uses.count(permissionId, subject, errorType)
      return { answer: answerRefusal({ errorType, message }, this.#elapsed(passage)) }
    }
    if (!coversNeeds(decision.config, needs)) return deny({ subject, reasons: ['not-covered'], needs })
    if (admission?.kind === 'closed')
      return deny({ subject, reasons: [admission.reason], needs, remedy: admission.remedy })
    return { request: read.value, config: decision.config, chain: decision.chain }
  }

  #askAdmission(request: CapabilityRequest, principalId: PackId): Admission | undefined {
    const { admit } = request
    return admit && this.#ports.state.read((state) => admit(principalId, state))
  }

  /** Counts before anything is looked up: names that a grant allows cannot be tried out faster than read. (CAP-07) */
  #takeRate(principalId: PackId, { permissionId }: CapabilityCall): boolean {
    const limit = this.#ports.rateOf(permissionId)
    if (!limit) return true
    const key = `${principalId}:${permissionId}`
    const rate = decideRate(this.#windows.get(key) ?? [], limit, this.#ports.clock.monotonicMs())
    this.#windows.set(key, rate.window)
    return rate.allowed
  }

  async #run(passage: Passage, admitted: Admitted): Promise<CapabilityAnswer> {
    const { request } = admitted
    const chain = await this.#ports.spendUses(admitted.chain)
    if (!chain) return this.#deny(passage, { subject: request.subject, reasons: ['exhausted'], needs: request.needs })
    const stop = this.#startTimer(passage)
    let isRecorded = false
    const use: CapabilityUse = {
      caller: passage.caller,
      config: admitted.config,
      timeoutMs: passage.call.timeoutMs,
      commit: async (writing) => {
        const value = await this.#commit(passage, { ...admitted, chain }, writing)
        isRecorded = true
        return value
      },
    }
    try {
      const result = await request.perform(use, stop.signal)
      return await this.#answer(passage, { request, result, isRecorded, isLate: stop.isLate() })
    } catch (error) {
      if (!(error instanceof GrantWithdrawn)) throw error
      return await this.#deny(passage, { subject: request.subject, reasons: ['withdrawn'], needs: request.needs })
    } finally {
      stop.end()
    }
  }

  #commit<Value>(passage: Passage, admitted: Admitted, writing: (state: StateWriter) => Value): Promise<Value> {
    const { caller, call } = passage
    const { request } = admitted
    return this.#ports.state.write((state) => {
      if (!isStillAdmitted(state, admitted, caller.principalId))
        throw new GrantWithdrawn('what allowed the call was taken back meanwhile')
      const value = writing(state)
      const requestId = call.requestId === undefined ? {} : { request_id: call.requestId }
      const data = { permission_id: call.permissionId, outcome: 'ok', ...describeCaller(caller), ...requestId }
      const entry = { kind: 'capability.call', actor: caller.principalId, subject: request.subject, data }
      state.append(redactEntry(entry, caller.revealed))
      return value
    })
  }

  async #answer(
    passage: Passage,
    done: {
      readonly request: CapabilityRequest
      readonly result: CapabilityResult
      readonly isRecorded: boolean
      readonly isLate: boolean
    },
  ): Promise<CapabilityAnswer> {
    const { request, result, isRecorded, isLate } = done
    const { permissionId } = passage.call
    const { uses } = passage
    if (result.kind === 'denied') {
      return this.#deny(passage, { subject: request.subject, reasons: [result.reason], needs: request.needs })
    }
    if (isLate) {
      uses.count(permissionId, request.subject, 'timeout')
      return answerFailure('timeout', this.#elapsed(passage))
    }
    if (result.kind === 'failed') {
      uses.count(permissionId, request.subject, result.errorType)
      return answerFailure(result.errorType, this.#elapsed(passage))
    }
    if (result.kind === 'refused') {
      if (result.remedy) await this.#deny(passage, { ...request, reasons: [result.errorType], remedy: result.remedy })
      else uses.count(permissionId, request.subject, result.errorType)
      return this.#checkSize(passage, answerRefusal(result, this.#elapsed(passage)))
    }
    if (!isRecorded) uses.count(permissionId, request.subject, 'ok')
    return this.#checkSize(passage, answerSuccess(result.output, this.#elapsed(passage)))
  }

  /** Also of a refusal: its details can hold a value that others keep. */
  #checkSize(passage: Passage, answer: CapabilityAnswer): CapabilityAnswer {
    const bytes = Buffer.byteLength(JSON.stringify(answer.output))
    return bytes <= this.#ports.maxAnswerBytes ? answer : answerFailure('response_too_large', this.#elapsed(passage))
  }

  async #deny(
    passage: Passage,
    refusal: Pick<Refusal, 'subject' | 'reasons' | 'needs' | 'remedy'>,
  ): Promise<CapabilityAnswer> {
    const { caller, call, uses } = passage
    const { permissionId } = call
    const subject = refusal.subject
    const kept = await this.#recorder.deny(
      { ...refusal, caller, permissionId, at: this.#ports.clock.now() },
      {
        kind: 'capability.deny',
        actor: caller.principalId,
        subject,
        data: { permission_id: permissionId, reason: refusal.reasons.join('; '), ...describeCaller(caller) },
      },
    )
    if (!kept) uses.count(permissionId, subject, 'denied')
    return answerFailure(getDenialType(permissionId), this.#elapsed(passage))
  }

  #startTimer({ call, signal }: Passage): { readonly signal: AbortSignal; isLate(): boolean; end(): void } {
    const controller = new AbortController()
    let late = false
    const cancel = this.#ports.clock.after(call.timeoutMs, () => {
      late = true
      controller.abort()
    })
    const onAbort = (): void => controller.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) controller.abort()
    return {
      signal: controller.signal,
      isLate: () => late,
      end: () => {
        cancel()
        signal.removeEventListener('abort', onAbort)
      },
    }
  }

  #elapsed({ startedMs }: Passage): number {
    return this.#ports.clock.monotonicMs() - startedMs
  }
}

/** What let the call through still does: every grant is the one that was decided about, and nothing else closed it. */
function isStillAdmitted(state: StateReader, { request, chain }: Admitted, principalId: PackId): boolean {
  const admission = request.admit?.(principalId, state)
  if (admission?.kind === 'closed') return false
  if (chain.length === 0) return admission?.kind === 'granted'
  return chain.every((record) => {
    const kept = state.documents.find(grantCollection, formatGrantId(record.principalId, record.permissionId))
    return typeof kept === 'object' && kept.epoch >= record.epoch && isSameGrant(kept, record)
  })
}

/** Names that a message has for the caller, none of which counts. (IPC-01) */
export function findOverride(message: JsonObject, principalId: PackId): string | undefined {
  const args = message['args']
  const places = [message, isJsonObject(args) ? args : {}]
  const names = places.flatMap((place) => [place['principal_id'], place['owner_pack']])
  return names.find((name): name is string => typeof name === 'string' && name !== principalId)?.slice(0, 200)
}
