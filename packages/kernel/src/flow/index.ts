export { buildFlowCatalog, type FlowCatalog } from './catalog.ts'
export { compileCondition } from './condition/condition.ts'
export type { Condition, ConditionProblem, Verdict } from './condition/verdict.ts'
export {
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
export { parseFlow, type FlowOrigin, type ParsedFlow } from './parse/flow.ts'
export type { FlowLimits } from './parse/scan.ts'
export { planFlow, type PlannedStep } from './plan.ts'
export { type Reference, type TextPart } from './reference.ts'
export { compileTemplate, type Expansion, type Template } from './template.ts'
