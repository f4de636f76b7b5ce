import type { FlowId, JsonObject, JsonValue } from '../base/index.ts'
import type { BlockStep, FlowSource } from '../flow/index.ts'
import type { BlockOutcome } from '../sandbox/index.ts'
import type { RunError, RunStatus, StepRecord } from '../state/index.ts'
import type { PreparedFlow, PreparedStep } from './prepare.ts'

/** What a run has done so far and where it stands: plain data. `advance` makes the next one. */
export interface Run {
  readonly status: RunStatus
  /** Flows of other runs that are in progress and led here; see `RunRequest.flowStack`. */
  readonly ancestors: readonly FlowId[]
  /** Innermost last. Empty once the run has ended. */
  readonly frames: readonly RunFrame[]
  /** Set while a block or a handler is awaited. */
  readonly awaiting: Awaiting | undefined
  /** How many steps have begun: the next step record's number. */
  readonly nextSeq: number
  /** The first failure; it decides the run's end. */
  readonly error: RunError | undefined
  readonly result: JsonValue | undefined
  readonly diagnostics: readonly string[]
}

/** A list of steps being worked through: a flow's, or a branch's of its `if`. */
export interface RunFrame {
  readonly kind: 'flow' | 'branch'
  readonly flow: PreparedFlow
  readonly steps: readonly PreparedStep[]
  /** The next step. */
  readonly index: number
  /** Of a flow frame; a branch works on its flow's. */
  readonly context: JsonObject
  /** Ids that have been executed (not skipped, not failed), for `depends_on`. */
  readonly executed: readonly string[]
  /** For people: `greet_all/then`. */
  readonly path: string
  /** The step that opened it; undefined for the run's own flow and for branches. */
  readonly opened: Awaiting | undefined
}

/** A step that has begun and waits: for its effect, or for the flow it called. */
export interface Awaiting {
  readonly step: PreparedStep
  readonly record: StepRecord
}

/** What happened to a run. Times are monotonic milliseconds and an ISO label, handed in. */
export type RunEvent =
  | { readonly kind: 'started'; readonly at: string; readonly inputs: JsonObject }
  /** Whoever runs it has let others have a turn (`pause`). */
  | { readonly kind: 'resumed'; readonly at: string }
  | {
      readonly kind: 'block-answered'
      readonly at: string
      readonly durationMs: number
      readonly outcome: BlockOutcome
    }
  | {
      readonly kind: 'handler-answered'
      readonly at: string
      readonly durationMs: number
      readonly outcome: HandlerOutcome
    }
  | {
      readonly kind: 'stopped'
      readonly at: string
      readonly status: 'cancelled' | 'timed_out'
      readonly message: string
    }

/** What a privileged handler answered. */
export type HandlerOutcome =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly errorType: string; readonly message: string }

/** What is to be done next; the journal holds the intent before it is performed. */
export type RunEffect =
  | {
      readonly kind: 'block'
      readonly step: BlockStep
      readonly input: JsonValue
      readonly record: StepRecord
      readonly flowId: FlowId
      readonly flowSource: FlowSource
      /** Flows in progress that led here, those of other runs included; `flowId` is the last. */
      readonly flowStack: readonly FlowId[]
    }
  | { readonly kind: 'handler'; readonly handler: string; readonly args: JsonObject; readonly record: StepRecord }
  /** Nothing to do but to give others a turn; the run has worked for long enough. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'end' }

/** One turn: the run after the event, step records to journal, and the one effect to perform. */
export interface Turn {
  readonly run: Run
  readonly records: readonly StepRecord[]
  readonly effect: RunEffect
}

/** A run that has not begun. */
export const emptyRun: Run = {
  status: 'running',
  ancestors: [],
  frames: [],
  awaiting: undefined,
  nextSeq: 0,
  error: undefined,
  result: undefined,
  diagnostics: [],
}
