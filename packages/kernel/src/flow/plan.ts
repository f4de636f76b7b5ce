import type { FlowDefinition, IfStep, StepDefinition } from './definition.ts'
import { orderSteps } from './order.ts'

/**
 * A step in its place. A `branch` decides when it is reached which of its two plans runs; both are ordered by the same
 * rule. (Not called then and else: an object with a `then` member would look like a promise.)
 */
export type PlannedStep =
  | { readonly kind: 'single'; readonly step: Exclude<StepDefinition, IfStep> }
  | {
      readonly kind: 'branch'
      readonly step: IfStep
      readonly thenPlan: readonly PlannedStep[]
      readonly elsePlan: readonly PlannedStep[]
    }

/** The order in which a flow's steps run, one after the other: phases first, inside of a phase as `orderSteps` says. */
export function planFlow(flow: FlowDefinition): readonly PlannedStep[] {
  return flow.phases.flatMap((phase) => planSteps(flow.steps.filter((step) => step.phase === phase)))
}

function planSteps(steps: readonly StepDefinition[]): readonly PlannedStep[] {
  return orderSteps(steps).steps.map(planStep)
}

function planStep(step: StepDefinition): PlannedStep {
  if (step.type !== 'if') return { kind: 'single', step }
  return { kind: 'branch', step, thenPlan: planSteps(step.thenSteps), elsePlan: planSteps(step.elseSteps) }
}
