import {
  err,
  isoInstant,
  type Clock,
  type FlowId,
  type JsonObject,
  type JsonValue,
  type Outcome,
  type Random,
  type RunId,
} from '../base/index.ts'
import type { NewLedgerEntry } from '../ledger/index.ts'
import {
  defaultLimits,
  type AskHandler,
  type BlockCall,
  type BlockOutcome,
  type SandboxDriver,
} from '../sandbox/index.ts'
import type { RunRecord, StateStore, StepRecord } from '../state/index.ts'
import { redactEntry, type GateSession, type OpenGate } from '../gate/index.ts'
import { advance, beginRun } from './advance.ts'
import type { BlockResolver } from './block-resolver.ts'
import { boundRun, boundStep, maxRunJournal, type JournalBudget } from './journal-bounds.ts'
import { emptyRun, type HandlerOutcome, type Run, type RunEffect, type RunEvent, type Turn } from './machine.ts'
import { blockEntry, claimEntry, runEntry, type BlockEffect } from './entries.ts'
import { findMissingInputs, type FlowFinder } from './prepare.ts'
import { interruptRun } from './recover.ts'
import { rejected, withNotes } from './outcome.ts'
import { redactRun, redactStep } from './redact-records.ts'
import { makeRunId } from './run-id.ts'
import { readStop, stopReason, watchStop } from './stop.ts'

/** What a runner works with. */
export interface RunnerPorts {
  readonly state: StateStore
  readonly sandbox: SandboxDriver
  readonly clock: Clock
  readonly random: Random
  readonly findFlow: FlowFinder
  /** Decides whether a block may run, and from which bytes. */
  readonly resolveBlock: BlockResolver
  /** Performs a privileged handler. */
  readonly performHandler: (handler: string, args: JsonObject, signal: AbortSignal) => Promise<HandlerOutcome>
  /** Opens the way to capabilities for a block; without it a block that asks for one is ended. */
  readonly openGate?: OpenGate
  /** Flows that may run at the same time (`RUMI_MAX_CONCURRENT_FLOWS`). */
  readonly maxConcurrent: number
}

/** A wish to run a flow. */
export interface RunRequest {
  readonly flowId: FlowId
  readonly inputs: JsonObject
  /** For the whole run, in milliseconds. */
  readonly timeoutMs: number
  readonly caller: string
  /**
   * Flows that are in progress and led here, the outermost first: a block that runs a flow by a capability. They count
   * for the depth, and none of them may run inside itself.
   */
  readonly flowStack?: readonly FlowId[]
  /** Secrets that were given to the runs that wait for this one; this one adds its own. */
  readonly revealed?: Set<string> | undefined
  /** Who it belongs to, and how many of theirs may run at the same time: nobody takes every place. */
  readonly share?: { readonly owner: string; readonly places: number }
}

interface ActiveRun {
  readonly isNested: boolean
  readonly owner: string | undefined
  readonly controller: AbortController
  readonly done: Promise<unknown>
}

/**
 * Runs flows: folds `advance` over events, makes each turn durable before it performs the turn's effect, and reports a
 * run only when its end is durable.
 */
export class Runner {
  readonly #ports: RunnerPorts
  readonly #active = new Map<RunId, ActiveRun>()

  constructor(ports: RunnerPorts) {
    this.#ports = ports
  }

  /** Runs in progress. */
  get activeCount(): number {
    return this.#active.size
  }

  /**
   * Runs a flow to its end.
   * Problems: `flow.unknown` 404, `flow.input_missing` 400, `run.busy` 429. Everything else is the run's own status.
   */
  async run(request: RunRequest, signal: AbortSignal): Promise<Outcome<RunRecord>> {
    const flow = this.#ports.findFlow(request.flowId)
    if (!flow) {
      return err({
        code: 'flow.unknown',
        status: 404,
        message: `No flow is called "${request.flowId}" (not found).`,
        hint: 'rumi flows list',
      })
    }
    const missing = findMissingInputs(flow.definition, request.inputs)
    if (missing.length > 0) {
      return err({
        code: 'flow.input_missing',
        status: 400,
        message: `The flow needs the inputs: ${missing.join(', ')}.`,
        hint: `--input ${missing[0]}=…`,
      })
    }
    if (this.#isFull(request)) {
      return err({
        code: 'run.busy',
        status: 429,
        message: `${this.#ports.maxConcurrent} flows are already running.`,
        hint: 'Try again, or raise RUMI_MAX_CONCURRENT_FLOWS.',
      })
    }
    const runId = makeRunId(this.#ports)
    const controller = new AbortController()
    const started = beginRun({ ...emptyRun, ancestors: request.flowStack ?? [] }, flow, request.inputs)
    const record: RunRecord = {
      runId,
      flowId: request.flowId,
      file: flow.definition.file,
      status: 'running',
      startedAt: isoInstant(this.#ports.clock.now()),
      caller: request.caller,
      inputs: request.inputs,
    }
    const done = this.#drive(
      { record, request, controller, outer: signal, revealed: request.revealed ?? new Set() },
      started,
    )
    this.#active.set(runId, {
      controller,
      done,
      isNested: request.flowStack !== undefined,
      owner: request.share?.owner,
    })
    try {
      return { ok: true, value: await done }
    } finally {
      this.#active.delete(runId)
    }
  }

  /** A run that another one waits for has that one's place; for these there are as many again. */
  #isFull({ flowStack, share }: RunRequest): boolean {
    const isNested = flowStack !== undefined
    const active = [...this.#active.values()]
    const own = active.filter(({ owner }) => owner !== undefined && owner === share?.owner)
    if (share && own.length >= share.places) return true
    return active.filter((one) => one.isNested === isNested).length >= this.#ports.maxConcurrent
  }

  /** Asks a run to stop; false when no such run is in progress. Resolves when it has ended. */
  async cancel(runId: RunId): Promise<boolean> {
    const active = this.#active.get(runId)
    if (!active) return false
    active.controller.abort(stopReason('cancelled', 'the run was cancelled'))
    await active.done
    return true
  }

  /** Cancels every run and waits for their ends. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#active.keys()].map((runId) => this.cancel(runId)))
  }

  async #drive(driven: Driven, begun: Run): Promise<RunRecord> {
    const { clock, findFlow } = this.#ports
    const stop = watchStop({ ...driven, timeoutMs: driven.request.timeoutMs }, clock)
    const unwritten: Batch = {
      run: driven.record,
      steps: [],
      entries: [runEntry('run.start', driven.record, {})],
      budget: { left: maxRunJournal },
      revealed: driven.revealed,
    }
    try {
      let turn = advance(
        begun,
        { kind: 'started', at: driven.record.startedAt, inputs: driven.request.inputs },
        findFlow,
      )
      gather(unwritten, driven.record, turn)
      while (turn.effect.kind !== 'end') {
        const performed = await this.#perform(driven, turn.effect, unwritten)
        const at = isoInstant(clock.now())
        const event: RunEvent = performed ?? { kind: 'stopped', at, ...readStop(driven.controller.signal) }
        turn = advance(turn.run, event, findFlow)
        gather(unwritten, driven.record, turn)
      }
      const resolved = endRecord(driven.record, turn.run, isoInstant(clock.now()))
      const failure = resolved.error
        ? { error_type: resolved.error.errorType, step_id: resolved.error.stepId ?? '' }
        : {}
      unwritten.entries.push(runEntry('run.end', resolved, { status: resolved.status, ...failure }))
      unwritten.run = resolved
      await this.#commit(driven.record.runId, unwritten)
      return redactRun(resolved, driven.revealed)
    } catch (error) {
      // When even this cannot be written, the next start does it (`recoverRuns`). The first failure is the one to show.
      await this.#abandon(driven.record).catch(() => undefined)
      throw error
    } finally {
      stop()
    }
  }

  /** Makes the intent durable, then acts. Undefined: the run was stopped, and nothing of the effect is left running. */
  async #perform(
    driven: Driven,
    effect: Exclude<RunEffect, { readonly kind: 'end' }>,
    unwritten: Batch,
  ): Promise<RunEvent | undefined> {
    const { signal } = driven.controller
    if (signal.aborted) return undefined
    if (effect.kind === 'block') return this.#performBlock(driven, effect, unwritten)
    await this.#commit(driven.record.runId, unwritten)
    if (signal.aborted) return undefined
    if (effect.kind === 'pause') return { kind: 'resumed', at: isoInstant(this.#ports.clock.now()) }
    const elapsed = this.#startTimer()
    const outcome = await this.#ports.performHandler(effect.handler, effect.args, signal)
    return { kind: 'handler-answered', ...elapsed(), outcome }
  }

  async #performBlock(driven: Driven, effect: BlockEffect, unwritten: Batch): Promise<RunEvent | undefined> {
    const { signal } = driven.controller
    const prepared = await this.#prepareBlock(driven, effect, unwritten)
    await this.#commit(driven.record.runId, unwritten)
    const elapsed = this.#startTimer()
    if (prepared.kind === 'refused') return { kind: 'block-answered', ...elapsed(), outcome: prepared.outcome }
    const notes: string[] = []
    const session = this.#openGate(driven, effect, notes)
    const ask = session && ((message: JsonValue, gone: AbortSignal) => session.ask(message, gone))
    const outcome = withNotes(await this.#execute(prepared, signal, ask), notes)
    unwritten.entries.push(...(session?.finish() ?? []))
    const event: RunEvent = { kind: 'block-answered', ...elapsed(), outcome }
    const data = {
      outcome: outcome.ok ? 'ok' : outcome.errorType,
      posture: outcome.posture,
      duration_ms: event.durationMs,
    }
    unwritten.entries.push(blockEntry('block.end', driven.record, { effect, data }))
    return !outcome.ok && outcome.errorType === 'cancelled' && signal.aborted ? undefined : event
  }

  #openGate(
    { record, revealed }: Driven,
    { step, record: stepRecord, flowId, flowStack }: BlockEffect,
    notes: string[],
  ): GateSession | undefined {
    return this.#ports.openGate?.({
      principalId: step.ownerPack,
      runId: record.runId,
      flowId,
      stepId: step.id,
      seq: stepRecord.seq,
      flowStack,
      revealed,
      notes,
    })
  }

  /**
   * Nothing is awaited between the last look and the call, so that whoever withdraws an approval finds what to end. Not
   * even the self-test, which takes a second the first time and for which `execute` would wait.
   */
  async #execute({ call, isCurrent }: ReadyBlock, signal: AbortSignal, ask?: AskHandler): Promise<BlockOutcome> {
    await this.#ports.sandbox.selfTest()
    if (signal.aborted) return rejected('cancelled', 'the run was stopped before the block began')
    if (!isCurrent()) return rejected('not_approved', 'the approval of the pack was withdrawn before the block began')
    return this.#ports.sandbox.execute(call, signal, ask)
  }

  /** Decides now, so that the refusal or the intent is in the same transaction as the step that waits for it. */
  async #prepareBlock(
    driven: Driven,
    effect: BlockEffect,
    unwritten: Batch,
  ): Promise<ReadyBlock | { readonly kind: 'refused'; readonly outcome: BlockOutcome }> {
    const { step, flowSource } = effect
    unwritten.entries.push(...claimEntry(driven.record, effect))
    const resolution = await this.#ports.resolveBlock({ packId: step.ownerPack, file: step.file, flowSource })
    if (!resolution.ok) {
      const { errorType, message } = resolution.error
      unwritten.entries.push(blockEntry('block.refuse', driven.record, { effect, data: { reason: errorType } }))
      return { kind: 'refused', outcome: rejected(errorType, message) }
    }
    const { isCurrent, ...block } = resolution.value
    unwritten.entries.push(
      blockEntry('block.start', driven.record, {
        effect,
        data: { tree_hash: block.treeHash, runtime: block.runtime, isolation: block.isolation },
      }),
    )
    const context = {
      flow_id: effect.flowId,
      step_id: step.id,
      phase: step.phase,
      ts: isoInstant(this.#ports.clock.now()),
      owner_pack: step.ownerPack,
    }
    const limits = defaultLimits(block.runtime, Math.min(step.timeoutSeconds * 1000, driven.request.timeoutMs))
    const nesting = driven.request.flowStack?.length ?? 0
    const call = { ...block, packId: step.ownerPack, input: effect.input, context, limits, nesting }
    return { kind: 'ready', call, isCurrent }
  }

  #startTimer(): () => { readonly at: string; readonly durationMs: number } {
    const { clock } = this.#ports
    const startedMs = clock.monotonicMs()
    return () => ({
      at: isoInstant(clock.now()),
      durationMs: Math.round((clock.monotonicMs() - startedMs) * 1000) / 1000,
    })
  }

  /**
   * An exception is a bug or a broken machine, and its run has no end that anybody knows. Without this it would look as
   * if it ran until the next start.
   */
  async #abandon(record: RunRecord): Promise<void> {
    const endedAt = isoInstant(this.#ports.clock.now())
    await this.#ports.state.write((writer) => {
      const run = writer.runs.find(record.runId)
      const message = 'the system could not go on with this run'
      if (run?.status === 'running') interruptRun(writer, run, { endedAt, message })
    })
  }

  async #commit(runId: RunId, batch: Batch): Promise<void> {
    const steps = batch.steps.splice(0)
    const entries = batch.entries.splice(0)
    const { run, budget, revealed } = batch
    batch.run = undefined
    await this.#ports.state.write((state) => {
      if (run) state.putRun(boundRun(redactRun(run, revealed)))
      for (const step of steps) state.putStep(runId, boundStep(redactStep(step, revealed), budget))
      for (const entry of entries) state.append(redactEntry(entry, revealed))
    })
  }
}

interface Driven {
  readonly record: RunRecord
  /** Secrets that were given to this run. */
  readonly revealed: Set<string>
  readonly request: RunRequest
  readonly controller: AbortController
  readonly outer: AbortSignal
}

interface Batch {
  /** The run's own record, when it is new or has changed. */
  run: RunRecord | undefined
  readonly steps: StepRecord[]
  readonly entries: NewLedgerEntry[]
  /** What the steps of the run may still take in the journal. */
  readonly budget: JournalBudget
  /** What of the run is kept without. */
  readonly revealed: ReadonlySet<string>
}

interface ReadyBlock {
  readonly kind: 'ready'
  readonly call: BlockCall
  readonly isCurrent: () => boolean
}

/** A step that was denied without reaching a block (a handler, another owner's flow) is a refusal like any other. */
function gather(batch: Batch, run: RunRecord, turn: Turn): void {
  batch.steps.push(...turn.records)
  for (const step of turn.records) {
    if (step.status !== 'failed' || step.error?.errorType !== 'denied' || step.type === 'block') continue
    const data = { flow_id: run.flowId, step_id: step.stepId, reason: step.error.message }
    batch.entries.push({ kind: 'step.refuse', actor: run.caller, subject: run.runId, data })
  }
}

function endRecord(record: RunRecord, run: Run, endedAt: string): RunRecord {
  return {
    ...record,
    status: run.status,
    endedAt,
    result: run.result ?? null,
    ...(run.error ? { error: run.error } : {}),
    ...(run.diagnostics.length > 0 ? { diagnostics: [...run.diagnostics] } : {}),
  }
}
