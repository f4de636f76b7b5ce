import { err, isoInstant, ok, type Clock, type JsonObject, type PackId } from '@rumi/kernel/base'
import { findCandidateKey, findEntrypoint, type CandidateKey, type CandidateOffer } from '@rumi/kernel/capability'
import {
  redactEntry,
  type Capability,
  type CapabilityResult,
  type CapabilityUse,
  type OpenGate,
} from '@rumi/kernel/gate'
import type { TreeStore } from '@rumi/kernel/pack'
import { defaultLimits, type BlockCall, type BlockOutcome, type SandboxDriver } from '@rumi/kernel/sandbox'
import type { StateStore } from '@rumi/kernel/state'
import { findHandlerPrincipal } from './handler-folder.ts'

/** Handlers that call handlers. */
const maxHandlerDepth = 5

/** What running a handler takes. */
export interface HandlerRunnerPorts {
  readonly sandbox: SandboxDriver
  readonly trees: TreeStore
  readonly state: StateStore
  readonly clock: Clock
  /** Asked for at each call: the gate and the handlers need each other. */
  readonly openGate: () => OpenGate
}

/** A call of a handler. */
interface HandlerCall {
  readonly offer: CandidateOffer
  readonly args: JsonObject
  readonly use: CapabilityUse
}

/** Runs handlers of packs, each in a sandbox of its own and never in our process. */
export class HandlerRunner {
  readonly #ports: HandlerRunnerPorts
  readonly #verified = new Set<string>()

  constructor(ports: HandlerRunnerPorts) {
    this.#ports = ports
  }

  /** Ends what runs of a handler. */
  async stop({ packId, slug }: CandidateKey): Promise<void> {
    const principal = findHandlerPrincipal(packId, slug)
    if (principal.ok) await this.#ports.sandbox.evict(principal.value)
  }

  /** Runs it with what its own principal is granted; the caller's grants are not its own. */
  async run({ offer, args, use }: HandlerCall, signal: AbortSignal): Promise<CapabilityResult> {
    const { caller } = use
    const stack = caller.handlerStack ?? []
    if (stack.includes(offer.permissionId) || stack.length >= maxHandlerDepth) {
      return { kind: 'denied', reason: 'handler-depth' }
    }
    const named = findCandidateKey(offer.candidateKey)
    const entrypoint = findEntrypoint(offer.entrypoint)
    const principal = named && findHandlerPrincipal(named.packId, named.slug)
    if (!named || !entrypoint || principal?.ok !== true) return { kind: 'denied', reason: 'handler-unreadable' }
    const damage = await this.#verify(offer)
    if (damage !== undefined) return { kind: 'denied', reason: damage }
    await use.commit(() => undefined)
    const session = this.#ports.openGate()({
      ...caller,
      principalId: principal.value,
      handlerStack: [...stack, offer.permissionId],
    })
    const call = this.#buildCall(
      { offer, args, use },
      { principalId: principal.value, owner: named.packId, entrypoint },
    )
    const outcome = await this.#ports.sandbox.execute(call, signal, (message, gone) => session.ask(message, gone))
    await this.#ports.state.write((state) => {
      for (const entry of session.finish()) state.append(entry)
      const data = {
        ...describeOutcome(outcome),
        content_hash: offer.contentHash,
        for: caller.principalId,
        run_id: caller.runId,
        step_id: caller.stepId,
      }
      const entry = { kind: 'handler.end', actor: principal.value, subject: offer.permissionId, data }
      state.append(redactEntry(entry, caller.revealed)) // it may raise with a secret in its words
    })
    if (outcome.ok) return { kind: 'answer', output: outcome.value }
    const said = outcome.log === '' ? '' : `; it printed: ${outcome.log.slice(-2000)}`
    if ((caller.notes?.length ?? 0) < 20)
      caller.notes?.push(`the handler of ${offer.permissionId} failed: ${outcome.errorType}: ${outcome.message}${said}`)
    return { kind: 'failed', errorType: outcome.errorType === 'timeout' ? 'timeout' : 'handler_error' }
  }

  /** The stored bytes are read again before the first call since the start: they are what was approved. (CAP-02) */
  async #verify({ contentHash }: CandidateOffer): Promise<string | undefined> {
    if (this.#verified.has(contentHash)) return undefined
    const verified = await this.#ports.trees.verify(contentHash)
    if (!verified.ok) return 'handler-damaged'
    this.#verified.add(contentHash)
    return undefined
  }

  #buildCall(
    { offer, args, use }: HandlerCall,
    about: {
      readonly principalId: PackId
      readonly owner: PackId
      readonly entrypoint: NonNullable<ReturnType<typeof findEntrypoint>>
    },
  ): BlockCall {
    const { file, language, function: name } = about.entrypoint
    return {
      // Workers belong to the handler's own principal: nobody else's calls share them.
      packId: about.principalId,
      treeHash: offer.contentHash,
      treePath: this.#ports.trees.path(offer.contentHash),
      subdir: '',
      file,
      runtime: language,
      isolation: 'fresh',
      input: args,
      context: {
        permission_id: offer.permissionId,
        principal_id: use.caller.principalId,
        grant_config: use.config,
        owner_pack: about.owner,
        flow_id: use.caller.flowId,
        step_id: use.caller.stepId,
        ts: isoInstant(this.#ports.clock.now()),
      },
      limits: defaultLimits(language, use.timeoutMs),
      entry: { function: name, style: 'handler' },
      nesting: use.caller.flowStack.length + (use.caller.handlerStack?.length ?? 0),
    }
  }
}

function describeOutcome(outcome: BlockOutcome): JsonObject {
  const { posture } = outcome
  return outcome.ok
    ? { outcome: 'ok', posture }
    : { outcome: outcome.errorType, posture, error: outcome.message.slice(0, 500) }
}

/**
 * The capability that an installed handler answers for.
 *
 * @param mayRun - Gives why not; asked at each call, before anything of it runs.
 */
export function createHandlerCapability(
  offer: CandidateOffer,
  runner: HandlerRunner,
  mayRun: () => Promise<string | undefined>,
): Capability {
  return {
    permissionId: offer.permissionId,
    read: (args) =>
      typeof args === 'object'
        ? ok({
            subject: offer.permissionId,
            // How far a grant reaches is for the handler to say: it is given the config with the call.
            needs: {},
            perform: async (use, signal) => {
              const refusal = await mayRun()
              return refusal === undefined
                ? runner.run({ offer, args, use }, signal)
                : { kind: 'denied', reason: refusal }
            },
          })
        : err({ kind: 'validation_error', message: '"args" must be an object' }),
  }
}
