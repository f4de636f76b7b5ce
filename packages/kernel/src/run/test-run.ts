import type { JsonObject, JsonValue } from '../base/index.ts'
import type { BlockOutcome } from '../sandbox/index.ts'
import type { StepRecord } from '../state/index.ts'
import { advance, beginRun } from './advance.ts'
import { emptyRun, type HandlerOutcome, type Run, type RunEffect, type RunEvent, type Turn } from './machine.ts'
import type { FlowFinder } from './prepare.ts'

/** An effect that somebody outside performs. */
export type Awaited = Exclude<RunEffect, { readonly kind: 'end' | 'pause' }>

/** Answers an effect: with a value, an outcome of a block or a handler, or by stopping the run. */
export type Answer = (effect: Awaited) => {
  readonly value?: JsonValue
  readonly failed?: { readonly errorType: 'block_error' | 'timeout'; readonly message: string }
  readonly stopped?: 'cancelled' | 'timed_out'
}

/** A run played to its end without anything around it, for the tests of this folder. */
export interface PlayedRun {
  readonly run: Run
  /** Every record in the order it was made. */
  readonly records: readonly StepRecord[]
  /** The last record of each step, in order of begin. */
  readonly steps: readonly StepRecord[]
  readonly effects: readonly Awaited[]
  readonly turns: readonly { readonly before: Run; readonly event: RunEvent; readonly turn: Turn }[]
}

/** Plays a flow. Every run on the way is frozen, so that `advance` cannot change what it is given. */
export function playRun(findFlow: FlowFinder, flowId: string, playing: Playing = {}): PlayedRun {
  const { inputs = {}, answer = () => ({ value: null }) } = playing
  const flow = findFlow(flowId)
  if (!flow) throw new Error(`the test has no flow "${flowId}"`)
  const turns: { readonly before: Run; readonly event: RunEvent; readonly turn: Turn }[] = []
  let before = freezeRun(beginRun(emptyRun, flow, freeze(inputs)))
  let event: RunEvent = { kind: 'started', at: label(0), inputs }
  for (;;) {
    const turn = advance(before, freeze(event), findFlow)
    turns.push({ before, event, turn })
    if (turn.effect.kind === 'end') break
    before = freezeRun(turn.run)
    const at = label(turns.length)
    event = turn.effect.kind === 'pause' ? { kind: 'resumed', at } : answerEvent(turn.effect, answer(turn.effect), at)
  }
  const records = turns.flatMap(({ turn }) => turn.records)
  const lastTurn = turns.at(-1)
  if (!lastTurn) throw new Error('a run has at least one turn')
  return {
    run: lastTurn.turn.run,
    records,
    steps: [...new Map(records.map((record) => [record.seq, record])).values()].toSorted((a, b) => a.seq - b.seq),
    effects: turns.flatMap(({ turn }) =>
      turn.effect.kind === 'end' || turn.effect.kind === 'pause' ? [] : [turn.effect],
    ),
    turns,
  }
}

interface Playing {
  readonly inputs?: JsonObject
  readonly answer?: Answer
}

/** Answers blocks by the id of their step; a missing one returns null. */
export function answerById(values: Readonly<Record<string, ReturnType<Answer>>>): Answer {
  return (effect) => values[effect.record.stepId] ?? { value: null }
}

function answerEvent(effect: Awaited, answer: ReturnType<Answer>, at: string): RunEvent {
  const { value = null, failed, stopped } = answer
  if (stopped !== undefined) return { kind: 'stopped', at, status: stopped, message: `${stopped} by the test` }
  if (effect.kind === 'handler') {
    const outcome: HandlerOutcome = failed ? { ok: false, ...failed } : { ok: true, value }
    return { kind: 'handler-answered', at, durationMs: 1, outcome }
  }
  const about = { log: 'printed', posture: 'bubblewrap_fresh' } as const
  const outcome: BlockOutcome = failed ? { ok: false, ...failed, ...about } : { ok: true, value, ...about }
  return { kind: 'block-answered', at, durationMs: 2, outcome }
}

function label(turn: number): string {
  return `2025-01-01T00:00:${String(turn % 60).padStart(2, '0')}.000Z`
}

/** Freezes what belongs to the run; flows and steps are the library's. */
function freezeRun(run: Run): Run {
  const { frames, awaiting, ...rest } = run
  freeze(rest)
  for (const frame of frames) {
    freeze(frame.context)
    freeze(frame.executed)
    if (frame.opened) freeze(frame.opened.record)
    Object.freeze(frame)
  }
  if (awaiting) {
    freeze(awaiting.record)
    Object.freeze(awaiting)
  }
  Object.freeze(frames)
  return Object.freeze(run)
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
  return value
}
