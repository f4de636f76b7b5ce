import { unreachable, type JsonObject, type JsonValue } from '../base/index.ts'
import {
  compileCondition,
  compileTemplate,
  isOperatorOwned,
  planFlow,
  type Condition,
  type FlowDefinition,
  type PlannedStep,
  type StepDefinition,
  type Template,
} from '../flow/index.ts'

/** A flow made ready to run once, for all its runs: steps in order, templates and conditions compiled. */
export interface PreparedFlow {
  readonly definition: FlowDefinition
  readonly steps: readonly PreparedStep[]
}

/** A step with what it needs at run time. */
export interface PreparedStep {
  readonly definition: StepDefinition
  readonly when: Condition | undefined
  /** Of a block's input, a handler's or a flow's arguments, a `set` value. */
  readonly template: Template | undefined
  /** Of an `if`. */
  readonly condition: Condition | undefined
  readonly thenSteps: readonly PreparedStep[]
  readonly elseSteps: readonly PreparedStep[]
}

/** Looks a flow up by its id, among those that may run now. */
export type FlowFinder = (flowId: string) => PreparedFlow | undefined

/** Orders and compiles a flow. The parser has refused whatever does not compile. */
export function prepareFlow(definition: FlowDefinition): PreparedFlow {
  return { definition, steps: planFlow(definition).map(prepareStep) }
}

/** The context a flow begins with: declared defaults, then the inputs. */
export function startContext(flow: FlowDefinition, inputs: JsonObject): JsonObject {
  const defaults = Object.entries(flow.inputs).flatMap(([key, declared]): [string, JsonValue][] =>
    declared.default === undefined ? [] : [[key, declared.default]],
  )
  return { ...Object.fromEntries(defaults), ...inputs }
}

/** Declared inputs without a default that the flow calls required and the caller left out. */
export function findMissingInputs(flow: FlowDefinition, inputs: JsonObject): readonly string[] {
  return Object.entries(flow.inputs)
    .filter(
      ([key, declared]) => declared.required === true && declared.default === undefined && !Object.hasOwn(inputs, key),
    )
    .map(([key]) => key)
}

/** The context of a flow called by another: the arguments, on top of the caller's values when both have the same owner. */
export function inheritedContext(
  callee: FlowDefinition,
  caller: { readonly flow: FlowDefinition; readonly context: JsonObject },
  args: JsonObject,
): JsonObject {
  // The operator's values are not for a stranger's flow, which could read every one of them.
  const owned = sameOwner(caller.flow, callee)
    ? Object.entries(caller.context).filter(([key]) => !key.startsWith('_'))
    : []
  return startContext(callee, { ...Object.fromEntries(owned), ...args })
}

/** A record's note on references that pointed nowhere. */
export function noteMissing(missing: readonly string[]): { readonly diagnostics?: string[] } {
  return missing.length === 0 ? {} : { diagnostics: missing.map((name) => `${name} has no value`) }
}

function sameOwner(a: FlowDefinition, b: FlowDefinition): boolean {
  if (isOperatorOwned(a.source) || isOperatorOwned(b.source))
    return isOperatorOwned(a.source) && isOperatorOwned(b.source)
  return a.source.kind === 'pack' && b.source.kind === 'pack' && a.source.packId === b.source.packId
}

function prepareStep(planned: PlannedStep): PreparedStep {
  const { step } = planned
  return {
    definition: step,
    when: step.when === undefined ? undefined : getCondition(step.when),
    template: prepareTemplate(step),
    condition: step.type === 'if' ? getCondition(step.condition) : undefined,
    thenSteps: planned.kind === 'branch' ? planned.thenPlan.map(prepareStep) : [],
    elseSteps: planned.kind === 'branch' ? planned.elsePlan.map(prepareStep) : [],
  }
}

function prepareTemplate(step: StepDefinition): Template | undefined {
  switch (step.type) {
    case 'set':
      return compileTemplate(step.value)
    case 'block':
      return step.input === undefined ? undefined : compileTemplate(step.input)
    case 'handler':
    case 'flow':
      return step.args === undefined ? undefined : compileTemplate(step.args)
    case 'if':
      return undefined
    default:
      return unreachable(step)
  }
}

function getCondition(text: string): Condition {
  const compiled = compileCondition(text)
  if (!compiled.ok) throw new Error(`a condition that the parser accepted does not compile: ${text}`)
  return compiled.value
}
