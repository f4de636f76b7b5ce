export { buildFlowCatalog, type FlowCatalog } from './catalog.ts'
export { compileCondition } from './condition/condition.ts'
export type { Condition, ConditionProblem, Verdict } from './condition/verdict.ts'
export {
  contextKeySchema,
  isOperatorOwned,
  type BlockStep,
  type FlowDefinition,
  type FlowSchedule,
  type FlowSource,
  type FlowStep,
  type HandlerStep,
  type IfStep,
  type InputDeclaration,
  type SetStep,
  type StepCommon,
  type StepDefinition,
} from './definition.ts'
export { measureJson } from './measure.ts'
export { defaultFlowLimits, parseFlow, type FlowOrigin, type ParsedFlow } from './parse/flow.ts'
export type { FlowLimits } from './parse/scan.ts'
export { planFlow, type PlannedStep } from './plan.ts'
export { findValue, findWholeReference, splitReferences, type Reference, type TextPart } from './reference.ts'
export { compileTemplate, expandValue, maxExpansion, type Expansion, type Template } from './template.ts'
