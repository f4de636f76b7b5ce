import { z } from 'zod'

import type { FlowId, JsonValue, PackId } from '../base/index.ts'

/**
 * Who put the flow file there. `official` ships with the system, `shared` is the operator's own folder
 * (`user_data/shared/flows`), `pack` comes from an approved pack. (pack-development §Flow definition)
 */
export type FlowSource =
  | { readonly kind: 'official' }
  | { readonly kind: 'shared' }
  | { readonly kind: 'pack'; readonly packId: PackId }

/** Tells whether the operator answers for the flow (official or shared); a pack's flow is a stranger's. */
export function isOperatorOwned(source: FlowSource): boolean {
  return source.kind !== 'pack'
}

/**
 * A key of the run's context that a `set` step or an `inputs` declaration may name: a letter or `_`, then up to 127 of
 * `[A-Za-z0-9_.-]`. `__proto__` is refused: assigning it on a plain object would change a prototype instead of data.
 */
export const contextKeySchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/, 'a context key is a letter or "_", then up to 127 of a–z, A–Z, 0–9, "_.-"')
  .refine((key) => key !== '__proto__', '"__proto__" is reserved')

/** What a flow declares about one input: informative for people and checked by nobody before the run. */
export interface InputDeclaration {
  /** As written, for example `string` or `object`. */
  readonly type: string
  /** Used when the caller gives no value. */
  readonly default?: JsonValue
  /** Absent when the flow does not say. */
  readonly required?: boolean
}

/**
 * When the flow starts by itself. `cron` has the five fields minute, hour, day, month, weekday; `intervalSeconds` is at
 * least 10. `timezone` is an IANA name, unchecked here; the scheduler falls back to UTC. (pack-development §Schedule)
 */
export type FlowSchedule =
  | { readonly cron: string; readonly timezone?: string }
  | { readonly intervalSeconds: number; readonly timezone?: string }

/** What every step has. */
export interface StepCommon {
  /** Unique in the whole flow, nested steps included; 1–128 characters without control characters. */
  readonly id: string
  /** One of the flow's phases; a nested step has the phase of its `if`. */
  readonly phase: string
  /** Lower runs first; 100 when not given. */
  readonly priority: number
  /**
   * Ids of steps that exist in this flow. Only those in the same phase and the same branch change the order;
   * the others (and the step itself, or members of a cycle) still count when the run asks what has been executed.
   */
  readonly dependsOn: readonly string[]
  /** A condition that `compileCondition` accepts; false skips the step. */
  readonly when?: string
  /** The context key that receives the result. */
  readonly output?: string
  /** 1-based line where the step begins in the flow's file. */
  readonly line: number
}

/** Runs a pack's block in the sandbox; `python_file_call` in files. */
export interface BlockStep extends StepCommon {
  readonly type: 'block'
  /** The pack that owns the block, which is also the principal of the call. */
  readonly ownerPack: PackId
  /** Relative to the pack, without `..`; for example `blocks/hello.py`. */
  readonly file: string
  /** A template: references inside are expanded. */
  readonly input?: JsonValue
  /** Greater than 0, at most 600; 60 when not given. */
  readonly timeoutSeconds: number
  /** Another principal that the file names, at most 200 characters. It has no effect and is recorded. (IPC-01) */
  readonly claimedPrincipal?: string
}

/** Calls a handler of the kernel, for example `kernel:ctx.get`. */
export interface HandlerStep extends StepCommon {
  readonly type: 'handler'
  readonly handler: string
  /** A template. */
  readonly args?: JsonValue
}

/** Puts a value into the context. */
export interface SetStep extends StepCommon {
  readonly type: 'set'
  /** Fixed text; see `contextKeySchema`. It is never expanded: a computed key could replace any other. */
  readonly key: string
  /** A template. */
  readonly value: JsonValue
}

/** Runs one of two lists of steps. (Written `then` and `else`; an object with a `then` member would look like a promise.) */
export interface IfStep extends StepCommon {
  readonly type: 'if'
  /** A condition that `compileCondition` accepts. */
  readonly condition: string
  readonly thenSteps: readonly StepDefinition[]
  readonly elseSteps: readonly StepDefinition[]
}

/** Runs another flow and waits for it. */
export interface FlowStep extends StepCommon {
  readonly type: 'flow'
  readonly flow: FlowId
  /** A template. */
  readonly args?: JsonValue
}

/** One step of a flow; switch on `type`. */
export type StepDefinition = BlockStep | HandlerStep | SetStep | IfStep | FlowStep

/** A flow as its file declares it, checked; steps stand in the order of the file (`planFlow` orders them). */
export interface FlowDefinition {
  readonly flowId: FlowId
  readonly description?: string
  readonly inputs: Readonly<Record<string, InputDeclaration>>
  /** Keys of the declared outputs in the order of the file; `undefined` when the flow declares none. */
  readonly outputs: readonly string[] | undefined
  /** At least one, in order of execution, without repetition. */
  readonly phases: readonly string[]
  /** `defaults.fail_soft`, true when not given: a failing step does not stop the flow. */
  readonly failSoft: boolean
  readonly schedule?: FlowSchedule
  readonly steps: readonly StepDefinition[]
  readonly source: FlowSource
  /** The path that diagnostics name, relative to the home. */
  readonly file: string
}
