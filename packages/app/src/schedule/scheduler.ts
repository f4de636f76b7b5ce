import {
  canonicalJson,
  isoInstant,
  type Clock,
  type Diagnostic,
  type FlowId,
  type Instant,
  type JsonObject,
  type Outcome,
  type Reading,
} from '@rumi/kernel/base'
import type { FlowDefinition } from '@rumi/kernel/flow'
import { findNextTick, type ScheduleReading } from '@rumi/kernel/schedule'
import type { RunRecord, StateStore, StateWriter } from '@rumi/kernel/state'
import { decideStep } from './decide.ts'
import { readFlowSchedule } from './flow-schedule.ts'
import { scheduleCollection, type ScheduleChange, type ScheduleRecord } from './record.ts'

/** What a scheduler works with. */
export interface SchedulerPorts {
  readonly state: StateStore
  readonly clock: Clock
  /** The flows that have a schedule. */
  readonly listFlows: () => readonly FlowDefinition[]
  /** Runs a flow to its end; a problem means that it did not start. */
  readonly run: (
    wish: {
      readonly flowId: FlowId
      readonly inputs: JsonObject
      readonly timeoutMs: number
      readonly caller: string
    },
    signal: AbortSignal,
  ) => Promise<Outcome<RunRecord>>
}

/** A schedule as an operator sees it. */
export interface ScheduleView {
  readonly flow: FlowDefinition
  /** Absent: it is not in force, or never due again. */
  readonly nextMs?: Instant
  /** `status` is `interrupted` for a run that the end of the system cut off. */
  readonly lastRun?: NonNullable<ScheduleRecord['lastRun']>
  readonly lastSkip?: NonNullable<ScheduleRecord['lastSkip']>
  /** An error among them means that it never starts. */
  readonly diagnostics: readonly Diagnostic[]
}

/** How often it looks for what is due. */
const pauseMs = 1_000
/** For the whole of a scheduled run. */
const timeoutMs = 300_000
/** Declarations that are remembered with what they mean. */
const maxReadings = 1_000

/**
 * Starts flows when they are due. What is due is kept as dealt with before anything starts, in one transaction with its
 * ledger entry: a crash in between loses a tick rather than running it twice.
 */
export class Scheduler {
  readonly #ports: SchedulerPorts
  readonly #stopping = new AbortController()
  readonly #running = new Map<FlowId, Promise<void>>()
  readonly #readings = new Map<string, ScheduleReading>()
  #onException: ((error: unknown) => unknown) | undefined
  #cancelTimer: () => void = () => undefined
  #looking: Promise<void> | undefined
  #mustLookAgain = false

  constructor(ports: SchedulerPorts) {
    this.#ports = ports
  }

  /** Whether schedules are being watched; a command that opens the home for itself watches none. */
  get isActive(): boolean {
    return this.#onException !== undefined && !this.#stopping.signal.aborted
  }

  /**
   * Watches the schedules from now on.
   *
   * @param onException - Records what broke: a bug or the machine. The other schedules go on.
   */
  start(onException: (error: unknown) => unknown): void {
    if (this.#onException) throw new Error('the scheduler was started before')
    this.#onException = onException
    this.#arm()
  }

  /** Starts nothing any more, and cancels what it started. */
  stop(): void {
    this.#cancelTimer()
    this.#stopping.abort()
  }

  /** Stops, and waits until what it started has ended and is kept. */
  async close(): Promise<void> {
    this.stop()
    await this.#looking
    await Promise.all(this.#running.values())
  }

  /** Every flow that has a schedule, by id. */
  list(): readonly ScheduleView[] {
    const kept = this.#readRecords()
    return this.#ports
      .listFlows()
      .toSorted((a, b) => (a.flowId < b.flowId ? -1 : 1))
      .map((flow) => this.#view(flow, kept.get(flow.flowId)))
  }

  #view(flow: FlowDefinition, kept: Reading<ScheduleRecord>): ScheduleView {
    const { schedule, diagnostics } = this.#read(flow)
    if (kept === 'unreadable' || kept === undefined) return { flow, diagnostics }
    const isInForce = kept.handledMs !== undefined && kept.declared === canonicalJson({ ...flow.schedule })
    const nextMs = schedule && isInForce ? findNextTick(schedule, kept.handledMs) : undefined
    const { lastRun, lastSkip } = kept
    const isCutOff = lastRun?.status === 'running' && !this.#running.has(flow.flowId)
    return {
      flow,
      ...(nextMs === undefined ? {} : { nextMs }),
      ...(lastRun === undefined ? {} : { lastRun: isCutOff ? { ...lastRun, status: 'interrupted' } : lastRun }),
      ...(lastSkip === undefined ? {} : { lastSkip }),
      diagnostics,
    }
  }

  #arm(): void {
    this.#cancelTimer = this.#ports.clock.after(pauseMs, () => {
      this.#arm()
      this.#mustLookAgain = true
      this.#looking ??= this.#lookWhileAsked()
    })
  }

  /** One look at a time; seconds that pass meanwhile are one look more. */
  async #lookWhileAsked(): Promise<void> {
    while (this.#mustLookAgain && !this.#stopping.signal.aborted) {
      this.#mustLookAgain = false
      await this.#guard(this.#look())
    }
    this.#looking = undefined
  }

  async #look(): Promise<void> {
    const nowMs = this.#ports.clock.now()
    const kept = this.#readRecords()
    const inForce = new Set<string>()
    for (const flow of this.#ports.listFlows()) {
      const { schedule } = this.#read(flow)
      if (!schedule || !flow.schedule || this.#stopping.signal.aborted) continue
      const { flowId } = flow
      inForce.add(flowId)
      const step = decideStep({
        flowId,
        declaration: flow.schedule,
        schedule,
        kept: kept.get(flowId),
        nowMs,
        isRunning: this.#running.has(flowId),
      })
      if (!step) continue
      await this.#ports.state.write((state) => {
        updateRecord(state, step.change)
        if (step.entry) state.append({ ...step.entry, actor: callerOf(flowId), subject: flowId })
      })
      if (step.starts) this.#start(flowId, kept.get(flowId))
    }
    if (!this.#stopping.signal.aborted) await this.#withdraw(kept, inForce)
  }

  /** A flow that is gone misses nothing while it is: when it comes back, it begins anew. */
  async #withdraw(kept: ReadonlyMap<string, Reading<ScheduleRecord>>, inForce: ReadonlySet<string>): Promise<void> {
    for (const [flowId, record] of kept) {
      if (inForce.has(flowId) || record === undefined || record === 'unreadable') continue
      if (record.handledMs === undefined) continue
      const change = { flowId: record.flowId, declared: record.declared, handledMs: undefined }
      await this.#ports.state.write((state) => updateRecord(state, change))
    }
  }

  #start(flowId: FlowId, before: Reading<ScheduleRecord>): void {
    const previous = before === 'unreadable' ? undefined : before?.lastRun
    const done = this.#guard(this.#run(flowId, previous)).finally(() => this.#running.delete(flowId))
    this.#running.set(flowId, done)
  }

  async #run(flowId: FlowId, previous: ScheduleRecord['lastRun']): Promise<void> {
    const { clock, state, run } = this.#ports
    const { signal } = this.#stopping
    const at = isoInstant(clock.now())
    const inputs = { _triggered_by: 'scheduler' }
    const wish = { flowId, inputs, timeoutMs, caller: callerOf(flowId) }
    const outcome = signal.aborted ? undefined : await run(wish, signal)
    await state.write((writer) => {
      if (outcome?.ok === true) {
        const { runId, status } = outcome.value
        updateRecord(writer, { flowId, lastRun: { at, status, runId } })
        return
      }
      const reason = outcome?.error.code ?? 'system.stopping'
      updateRecord(writer, { flowId, lastRun: previous, lastSkip: { at, reason } })
      const data = { flow_id: flowId, reason }
      writer.append({ kind: 'schedule.skip', actor: callerOf(flowId), subject: flowId, data })
    })
  }

  /** Nobody waits for a scheduled run, so this is where its exceptions end. */
  async #guard(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#onException?.(error)
    }
  }

  #readRecords(): ReadonlyMap<string, Reading<ScheduleRecord>> {
    const all = this.#ports.state.read((state) => state.documents.list(scheduleCollection))
    return new Map(all.map(({ id, record }) => [id, record]))
  }

  #read(flow: FlowDefinition): ScheduleReading {
    const key = canonicalJson({ flowId: flow.flowId, file: flow.file, ...flow.schedule })
    const reading = this.#readings.get(key) ?? readFlowSchedule(flow)
    if (this.#readings.size >= maxReadings) this.#readings.clear()
    this.#readings.set(key, reading)
    return reading
  }
}

/** Merged with what is kept now, inside the write: a run may have ended since it was read. */
function updateRecord(state: StateWriter, change: ScheduleChange): void {
  const kept = state.documents.find(scheduleCollection, change.flowId)
  const before = kept === 'unreadable' || kept === undefined ? { declared: '' } : kept
  const merged = Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined)
  const record = scheduleCollection.schema.parse(Object.fromEntries(merged))
  state.putDocument(scheduleCollection, change.flowId, record)
}

function callerOf(flowId: FlowId): string {
  return `schedule/${flowId}`
}
