import type { FlowId, JsonObject, JsonValue } from '../base/index.ts'
import type { Expansion, FlowDefinition, FlowSource } from '../flow/index.ts'
import type { RunError, RunStatus, StepRecord } from '../state/index.ts'
import { findExcess, resultBounds, valueBounds } from './bounds.ts'
import type { Awaiting, Run, RunEffect, RunFrame, Turn } from './machine.ts'
import type { PreparedFlow, PreparedStep } from './prepare.ts'
import { noteMissing } from './prepare.ts'

/** What a completed step leaves behind. */
export interface Completion {
  readonly value: JsonValue
  /** The context key of a `set` step. */
  readonly key?: string
  /** Further context keys, of a handler. */
  readonly changes?: JsonObject
  /** The value is for the journal only. */
  readonly silent?: true
  readonly diagnostics?: readonly string[]
}

type StepError = Omit<RunError, 'stepId'>

/**
 * One turn in the making: starts from a run, gathers changes and step records, and gives the next run. It lives only
 * inside `advance` and leaves the run it started from untouched.
 */
export class Progress {
  readonly #at: string
  readonly #firstSeq: number
  readonly #ancestors: readonly FlowId[]
  #frames: RunFrame[]
  #status: RunStatus
  #awaiting: Awaiting | undefined
  #nextSeq: number
  #error: RunError | undefined
  #result: JsonValue | undefined
  #diagnostics: string[]
  readonly #records: StepRecord[] = []

  constructor(run: Run, at: string) {
    this.#at = at
    this.#ancestors = run.ancestors
    this.#frames = [...run.frames]
    this.#status = run.status
    this.#awaiting = run.awaiting
    this.#firstSeq = run.nextSeq
    this.#nextSeq = run.nextSeq
    this.#error = run.error
    this.#result = run.result
    this.#diagnostics = [...run.diagnostics]
  }

  get running(): boolean {
    return this.#status === 'running'
  }

  /** Steps that have begun. */
  get stepCount(): number {
    return this.#nextSeq
  }

  /** Of them, those of this turn. */
  get turnSteps(): number {
    return this.#nextSeq - this.#firstSeq
  }

  get frame(): RunFrame | undefined {
    return this.#frames.at(-1)
  }

  get error(): RunError | undefined {
    return this.#error
  }

  get context(): JsonObject {
    return this.#flowFrame().context
  }

  get flow(): FlowDefinition {
    return this.#flowFrame().flow.definition
  }

  get flowId(): FlowId {
    return this.#flowFrame().flow.definition.flowId
  }

  get flowSource(): FlowSource {
    return this.#flowFrame().flow.definition.source
  }

  get failSoft(): boolean {
    return this.#flowFrame().flow.definition.failSoft
  }

  /** Flows in progress, the outermost first, those of the runs that led here included. */
  get flowStack(): readonly FlowId[] {
    const own = this.#frames.filter((frame) => frame.kind === 'flow').map((frame) => frame.flow.definition.flowId)
    return [...this.#ancestors, ...own]
  }

  wasExecuted(id: string): boolean {
    return this.#flowFrame().executed.includes(id)
  }

  moveOn(): void {
    this.#replaceTop((frame) => ({ ...frame, index: frame.index + 1 }))
  }

  /** A record for a step that begins now. */
  open(step: PreparedStep, expansion: Expansion | undefined): StepRecord {
    const { definition } = step
    const record: StepRecord = {
      seq: this.#nextSeq,
      stepId: definition.id,
      path: this.frame?.path ?? '',
      type: definition.type,
      phase: definition.phase,
      status: 'running',
      startedAt: this.#at,
      ...(expansion ? { input: expansion.value } : {}),
      ...(definition.type === 'block' ? { packId: definition.ownerPack, file: definition.file } : {}),
      ...noteMissing(expansion?.missing ?? []),
    }
    this.#nextSeq += 1
    for (const name of expansion?.missing ?? []) this.#note(`${definition.id}: ${name} has no value`)
    return record
  }

  skip(step: PreparedStep, reason: string): void {
    this.#records.push({ ...this.open(step, undefined), status: 'skipped', durationMs: 0, diagnostics: [reason] })
  }

  wait(step: PreparedStep, record: StepRecord): void {
    this.#records.push(record)
    this.#awaiting = { step, record }
  }

  takeAwaited(): Awaiting | undefined {
    const awaited = this.#awaiting
    this.#awaiting = undefined
    return awaited
  }

  complete(step: PreparedStep, record: StepRecord, completion: Completion): void {
    const { definition } = step
    const diagnostics = [...(record.diagnostics ?? []), ...(completion.diagnostics ?? [])]
    this.#records.push({
      ...record,
      status: 'completed',
      durationMs: record.durationMs ?? 0,
      output: completion.value,
      ...(diagnostics.length > 0 ? { diagnostics } : {}),
    })
    const changes: { [key: string]: JsonValue } = { ...completion.changes }
    if (completion.key !== undefined) changes[completion.key] = completion.value
    if (definition.output !== undefined) changes[definition.output] = completion.value
    else if (completion.key === undefined && completion.silent !== true && completion.value !== null) {
      changes[`_step_out.${definition.id}`] = completion.value
    }
    this.#finish(definition.id, changes)
  }

  /**
   * The step failed. With `fail_soft` its flow goes on with `null` as its output; without, its flow ends here and the
   * step that called that flow has failed as well. Either way the run ends as failed.
   */
  fail(step: PreparedStep, record: StepRecord, error: StepError): void {
    const { definition } = step
    const { errorType, message } = error
    const durationMs = record.durationMs ?? 0
    this.#records.push({ ...record, status: 'failed', durationMs, error: { errorType, message } })
    this.failRun({ stepId: definition.id, ...error })
    if (!this.failSoft) this.failFlow(error)
    else if (definition.output !== undefined) this.#change({ [definition.output]: null })
  }

  /** The innermost flow ends here, and the step that called it has failed; without such a step the run has. */
  failFlow(error: StepError): void {
    const flowFrame = this.#flowFrame()
    this.#frames.length = this.#frames.indexOf(flowFrame)
    if (flowFrame.opened) this.fail(flowFrame.opened.step, flowFrame.opened.record, error)
    else this.end('failed')
  }

  abort(step: PreparedStep, record: StepRecord, reason: string): void {
    const stepId = step.definition.id
    const durationMs = record.durationMs ?? 0
    this.#records.push({ ...record, status: 'aborted', durationMs, error: { errorType: 'aborted', message: reason } })
    this.#error = { stepId, errorType: 'aborted', message: reason }
    this.#note(`${stepId}: aborted: ${reason}`)
    this.end('aborted')
  }

  /** Remembers the first failure only: what follows is often its consequence. */
  failRun(error: RunError): void {
    this.#error ??= error
  }

  interruptAwaited(): void {
    const awaited = this.takeAwaited()
    if (awaited) this.#records.push({ ...awaited.record, status: 'interrupted' })
  }

  /** Ends the run, and with it every step that still waits for the flow it called. */
  end(status: RunStatus): void {
    for (const { opened } of this.#frames.toReversed()) if (opened) this.#records.push(this.#cutShort(opened, status))
    this.#result ??= null
    this.#status = status
    this.#frames = []
  }

  enterBranch(steps: readonly PreparedStep[], name: string): void {
    const frame = this.#flowFrame()
    this.#frames.push({ ...frame, kind: 'branch', steps, index: 0, path: this.#pathOf(name), opened: undefined })
  }

  enterFlow(flow: PreparedFlow, context: JsonObject, call: Awaiting): void {
    this.#records.push(call.record)
    this.#frames.push({
      kind: 'flow',
      flow,
      steps: flow.steps,
      index: 0,
      context,
      executed: [],
      path: this.#pathOf(call.step.definition.id),
      opened: call,
    })
  }

  /** A frame is worked through: a branch just ends; a sub-flow gives its result to the step that called it. */
  leave(frame: RunFrame, result: JsonValue, missing: readonly string[]): void {
    this.#frames.pop()
    for (const key of missing) this.#note(`the declared output "${key}" has no value`)
    if (frame.kind === 'branch') return
    const excess = findExcess(result, frame.opened ? valueBounds : resultBounds)
    if (!frame.opened) {
      if (excess === undefined) this.#result = result
      else
        this.failRun({ errorType: 'too_large', message: `the result is ${excess}; declare outputs to select from it` })
      return
    }
    const { step, record } = frame.opened
    if (excess !== undefined) {
      this.fail(step, record, { errorType: 'too_large', message: `the result of the flow is ${excess}` })
      return
    }
    this.#records.push({ ...record, status: 'completed', output: result })
    this.#finish(step.definition.id, { [step.definition.output ?? `_step_out.${step.definition.id}`]: result })
  }

  turn(effect: RunEffect): Turn {
    return {
      run: {
        status: this.#status,
        ancestors: this.#ancestors,
        frames: this.#frames,
        awaiting: this.#awaiting,
        nextSeq: this.#nextSeq,
        error: this.#error,
        result: this.#result,
        diagnostics: this.#diagnostics,
      },
      records: this.#records,
      effect,
    }
  }

  #cutShort({ record }: Awaiting, status: RunStatus): StepRecord {
    if ((status !== 'aborted' && status !== 'failed') || !this.#error) return { ...record, status: 'interrupted' }
    const { errorType, message } = this.#error
    return { ...record, status, error: { errorType, message } }
  }

  #pathOf(name: string): string {
    const outer = this.frame?.path ?? ''
    return outer === '' ? name : `${outer}/${name}`
  }

  #note(text: string): void {
    if (this.#diagnostics.length < 100) this.#diagnostics.push(text)
  }

  #finish(id: string, changes: JsonObject): void {
    this.#replaceFlow((frame) => ({
      ...frame,
      executed: [...frame.executed, id],
      context: { ...frame.context, ...changes },
    }))
  }

  #change(changes: JsonObject): void {
    this.#replaceFlow((frame) => ({ ...frame, context: { ...frame.context, ...changes } }))
  }

  #flowFrame(): RunFrame {
    const frame = this.#frames.findLast((one) => one.kind === 'flow')
    if (!frame) throw new Error('a run that has ended has no context')
    return frame
  }

  #replaceFlow(change: (frame: RunFrame) => RunFrame): void {
    const at = this.#frames.findLastIndex((one) => one.kind === 'flow')
    const frame = this.#frames[at]
    if (frame) this.#frames[at] = change(frame)
  }

  #replaceTop(change: (frame: RunFrame) => RunFrame): void {
    const frame = this.#frames.at(-1)
    if (frame) this.#frames[this.#frames.length - 1] = change(frame)
  }
}
