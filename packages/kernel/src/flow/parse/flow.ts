import { flowIdSchema, type Diagnostic, type FlowId } from '../../base/index.ts'
import type { FlowDefinition, FlowSource, StepDefinition } from '../definition.ts'
import { orderSteps } from '../order.ts'
import { readDeclarations } from './declarations.ts'
import { readDocument } from './document.ts'
import { findMember, isName, readMap, reportUnknownKeys, requireText, scalarText, type Fields } from './fields.ts'
import { createReport, quote, type Report } from './report.ts'
import type { FlowLimits } from './scan.ts'
import { readSchedule } from './schedule.ts'
import { readSteps } from './step.ts'
import { indexSteps, type StepIndex } from './step-index.ts'

/** Where a flow file comes from. */
export interface FlowOrigin {
  /** Relative to the home; diagnostics name it. */
  readonly file: string
  readonly source: FlowSource
}

/** One file after reading. */
export interface ParsedFlow extends FlowOrigin {
  /** Absent when there is at least one error. */
  readonly flow?: FlowDefinition
  /** The id, also when the rest of the file is broken; absent when even that cannot be read. */
  readonly flowId?: FlowId
  /** Everything wrong with the file, by position. */
  readonly diagnostics: readonly Diagnostic[]
}

/** 1 MiB, 20 levels, 10 000 nodes: about 600 small steps. (pack-development §Flow definition) */
export const defaultFlowLimits: FlowLimits = { maxBytes: 1024 * 1024, maxDepth: 20, maxNodes: 10_000 }

/**
 * Reads a flow file (YAML 1.2 core schema, or JSON) that may be hostile. Never throws. Reports every problem with
 * line and column; a flow that has only warnings loads, and each says what was done instead.
 */
export function parseFlow(bytes: Uint8Array, origin: FlowOrigin, limits: FlowLimits = defaultFlowLimits): ParsedFlow {
  const report = createReport(origin.file)
  const root = readDocument(bytes, limits, report)
  if (root !== undefined && root.kind !== 'map') {
    const hint = 'It begins with flow_id: and phases:.'
    report.error(root, { code: 'flow.type', message: 'a flow file must be a mapping', hint })
  }
  const found = root?.kind === 'map' ? readFlow({ map: root, report, owner: 'the flow' }, origin) : {}
  const { file, source } = origin
  return {
    file,
    source,
    ...(found.flowId !== undefined && { flowId: found.flowId }),
    ...(found.flow !== undefined && !report.hasErrors() && { flow: found.flow }),
    diagnostics: report.list(),
  }
}

const topKeys = ['flow_id', 'description', 'inputs', 'outputs', 'phases', 'defaults', 'schedule', 'steps']

function readFlow(fields: Fields, origin: FlowOrigin): { readonly flowId?: FlowId; readonly flow?: FlowDefinition } {
  reportUnknownKeys(fields, topKeys)
  const flowId = readFlowId(fields, origin.source)
  const phases = readPhases(fields)
  const declarations = readDeclarations(fields)
  const failSoft = readFailSoft(fields)
  const scheduleMap = readMap(fields, 'schedule')
  const schedule = scheduleMap && readSchedule({ ...fields, map: scheduleMap, owner: 'schedule' })
  const steps = readAllSteps(fields, origin.source, phases)
  if (flowId === undefined) return {}
  const { file, source } = origin
  const flow = { flowId, ...declarations, phases, failSoft, ...(schedule && { schedule }), steps, source, file }
  return { flowId, flow }
}

function readFlowId(fields: Fields, source: FlowSource): FlowId | undefined {
  const field = requireText(fields, 'flow_id')
  if (field === undefined) return undefined
  const parsed = flowIdSchema.safeParse(field.text)
  if (!parsed.success) {
    const hint = 'Use 1–128 of a–z, A–Z, 0–9, "_", "." and "-".'
    fields.report.error(field, { code: 'flow.id', message: `${quote(field.text)} is not a flow id`, hint })
    return undefined
  }
  if (source.kind === 'pack' && field.text !== source.packId && !field.text.startsWith(`${source.packId}.`)) {
    fields.report.warning(field, {
      code: 'flow.scope',
      message: `the flow id ${quote(field.text)} is outside of the pack "${source.packId}"`,
      hint: `Name it "${source.packId}" or "${source.packId}.…"; the pack's routes can reach no other flow.`,
    })
  }
  return parsed.data
}

function readPhases(fields: Fields): readonly string[] {
  const list = findMember(fields.map, 'phases')?.value
  if (list?.kind !== 'list' || list.items.length === 0) {
    const message = '"phases" must be a list with at least one name'
    fields.report.error(list ?? fields.map, { code: 'flow.phases', message, hint: 'For example phases: [main].' })
    return []
  }
  const phases = new Set<string>()
  for (const item of list.items) {
    const text = scalarText(item)
    if (text === undefined || !isName(text)) {
      fields.report.error(item, { code: 'flow.phases', message: 'a phase must be a text of 1–128 characters' })
    } else if (phases.has(text)) {
      fields.report.warning(item, { code: 'flow.phases', message: `the phase ${quote(text)} is listed twice` })
    } else {
      phases.add(text)
      if (item.kind === 'scalar' && typeof item.value !== 'string') {
        const message = `the phase ${quote(text)} is a ${typeof item.value} and was converted to a text`
        fields.report.warning(item, { code: 'flow.converted', message, hint: 'Quote the value.' })
      }
    }
  }
  return [...phases]
}

function readFailSoft(fields: Fields): boolean {
  const map = readMap(fields, 'defaults')
  if (map === undefined) return true
  reportUnknownKeys({ ...fields, map, owner: 'defaults' }, ['fail_soft', 'on_missing_step'])
  const missingStep = findMember(map, 'on_missing_step')?.value
  if (missingStep !== undefined && scalarText(missingStep) !== 'skip') {
    const message = 'defaults: only "skip" is supported for "on_missing_step"'
    fields.report.warning(missingStep, { code: 'flow.defaults', message })
  }
  const value = findMember(map, 'fail_soft')?.value
  if (value === undefined) return true
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
  // "no" would otherwise quietly mean yes.
  fields.report.error(value, { code: 'flow.defaults', message: 'defaults: "fail_soft" must be true or false' })
  return true
}

function readAllSteps(fields: Fields, source: FlowSource, phases: readonly string[]): readonly StepDefinition[] {
  const list = findMember(fields.map, 'steps')?.value
  if (list === undefined) {
    fields.report.error(fields.map, { code: 'flow.required', message: 'the flow: "steps" is required' })
    return []
  }
  const index = indexSteps(list, fields.report)
  const steps = readSteps(list, { report: fields.report, source, phases, index, branch: '' })
  for (const phase of phases)
    reportCycles(
      steps.filter((step) => step.phase === phase),
      index,
      fields.report,
    )
  return steps
}

function reportCycles(steps: readonly StepDefinition[], index: StepIndex, report: Report): void {
  const { circular } = orderSteps(steps)
  const [first] = circular
  if (first !== undefined) {
    const names = circular.slice(0, 10).map(quote).join(', ')
    report.warning(index.get(first), {
      code: 'flow.depends_on',
      message: `circular dependency among ${names}; the order of priority and id is kept`,
      hint: 'The run skips a step until all it depends on has been executed, so these never run.',
    })
  }
  for (const step of steps) {
    if (step.type !== 'if') continue
    reportCycles(step.thenSteps, index, report)
    reportCycles(step.elseSteps, index, report)
  }
}
