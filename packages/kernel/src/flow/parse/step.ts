import { unreachable } from '../../base/index.ts'
import { compileCondition } from '../condition/condition.ts'
import type { FlowSource, StepCommon, StepDefinition } from '../definition.ts'
import { readDependsOn } from './depends-on.ts'
import {
  findMember,
  readConditionText,
  readMap,
  readName,
  readText,
  reportMissing,
  reportUnknownKeys,
  requireName,
  requireText,
  scalarText,
  type Fields,
  type TextField,
} from './fields.ts'
import { findNearest } from './nearest.ts'
import { quote, type Report } from './report.ts'
import type { MapNode, SourceNode } from './source-node.ts'
import type { StepIndex } from './step-index.ts'
import { readBlock, readFlowCall, readHandler, readSet } from './step-kinds.ts'

/** What the steps of one list have in common while they are read. */
interface StepScope {
  readonly report: Report
  readonly source: FlowSource
  /** Empty when the flow's phases cannot be read; then no step is blamed for its phase. */
  readonly phases: readonly string[]
  readonly index: StepIndex
  /** Set inside of `then` and `else`: the phase of the `if`. */
  readonly inheritedPhase?: string
  readonly branch: string
}

const typeNames = {
  python_file_call: 'block',
  block: 'block',
  handler: 'handler',
  set: 'set',
  if: 'if',
  flow: 'flow',
} as const
type StepType = StepDefinition['type']

/** The keys each type knows besides the common ones. */
const keysOfType: Readonly<Record<StepType, readonly string[]>> = {
  block: ['owner_pack', 'file', 'input', 'timeout_seconds', 'principal_id'],
  handler: ['input'],
  set: ['input'],
  if: ['input', 'condition', 'then', 'else'],
  flow: ['flow', 'args', 'input'],
}
const commonKeys = ['id', 'phase', 'priority', 'type', 'depends_on', 'when', 'output', 'description']

/** Reads a list of steps; a step with an error is left out, and the errors of every step are reported. */
export function readSteps(list: SourceNode, scope: StepScope): readonly StepDefinition[] {
  if (list.kind !== 'list') {
    scope.report.error(list, { code: 'flow.type', message: 'steps must be a list' })
    return []
  }
  return list.items.flatMap((item, position) => {
    if (item.kind === 'map') return readStep(item, position, scope) ?? []
    scope.report.error(item, { code: 'flow.type', message: `step ${position + 1} must be a mapping` })
    return []
  })
}

function readStep(map: MapNode, position: number, scope: StepScope): StepDefinition | undefined {
  const id = scalarText(map.members.get('id')?.value)
  const owner = id === undefined ? `step ${position + 1}` : `step ${quote(id)}`
  const fields: Fields = { map, report: scope.report, owner }
  const common = readCommon(fields, scope)
  const type = readType(fields)
  if (type === undefined) return undefined
  reportUnknownKeys(fields, [...commonKeys, ...keysOfType[type]])
  switch (type) {
    case 'block':
      return join(common, readBlock(fields, scope.source))
    case 'handler':
      return join(common, readHandler(fields))
    case 'set':
      return join(common, readSet(fields))
    case 'flow':
      return join(common, readFlowCall(fields))
    case 'if':
      return join(common, readIf(fields, { ...scope, branch: `${scope.branch}/${position}` }))
    default:
      return unreachable(type)
  }
}

function join<T extends object>(common: StepCommon | undefined, own: T | undefined): (StepCommon & T) | undefined {
  return common && own && { ...common, ...own }
}

function readType(fields: Fields): StepType | undefined {
  const field = requireText(fields, 'type')
  if (field === undefined) return undefined
  const found = Object.entries(typeNames).find(([name]) => name === field.text)
  if (found) return found[1]
  const names = Object.keys(typeNames)
  const nearest = findNearest(field.text, names)
  const guess = nearest === undefined ? '' : `Did you mean "${nearest}"? `
  fields.report.error(field, {
    code: 'flow.step_type_unknown',
    message: `${fields.owner}: the type ${quote(field.text)} is not known`,
    hint: `${guess}Known types are ${names.join(', ')}.`,
  })
  return undefined
}

function readCommon(fields: Fields, scope: StepScope): StepCommon | undefined {
  const id = requireName(fields, 'id')
  const phase = readPhase(fields, scope)
  const priority = readPriority(fields)
  const when = readCondition(fields, readConditionText(fields, 'when'))
  const output = readName(fields, 'output')
  const dependsOn = readDependsOn(fields, scope.index, { phase: phase ?? '', branch: scope.branch })
  if (id === undefined || phase === undefined) return undefined
  return {
    id: id.text,
    phase,
    priority,
    dependsOn,
    ...(when !== undefined && { when }),
    ...(output !== undefined && { output: output.text }),
    line: fields.map.line,
  }
}

function readPhase(fields: Fields, scope: StepScope): string | undefined {
  if (scope.inheritedPhase !== undefined) {
    const written = readText(fields, 'phase')
    if (written !== undefined && written.text !== scope.inheritedPhase) {
      const message = `${fields.owner}: a nested step runs in the phase of its "if", ${quote(scope.inheritedPhase)}`
      fields.report.warning(written, { code: 'flow.phase', message, hint: 'Remove "phase" from the nested step.' })
    }
    return scope.inheritedPhase
  }
  const phase = requireText(fields, 'phase')
  if (phase === undefined || scope.phases.length === 0 || scope.phases.includes(phase.text)) return phase?.text
  const nearest = findNearest(phase.text, scope.phases)
  const hint = nearest === undefined ? 'Add it to "phases" of the flow.' : `Did you mean ${quote(nearest)}?`
  const message = `${fields.owner}: the phase ${quote(phase.text)} is not in "phases"`
  fields.report.error(phase, { code: 'flow.phase', message, hint })
  return undefined
}

function readPriority(fields: Fields): number {
  const value = findMember(fields.map, 'priority')?.value
  if (value === undefined) return 100
  if (value.kind === 'scalar' && typeof value.value === 'number' && Number.isSafeInteger(value.value))
    return value.value
  const message = `${fields.owner}: "priority" must be a whole number; 100 is used`
  fields.report.warning(value, { code: 'flow.priority', message })
  return 100
}

/** A condition that does not compile must stop the load: at run time it could only ever skip or run the wrong steps. */
function readCondition(fields: Fields, field: TextField | undefined): string | undefined {
  if (field === undefined) return undefined
  const compiled = compileCondition(field.text)
  if (compiled.ok) return field.text
  const { message, hint } = compiled.error
  fields.report.error(field, {
    code: 'flow.condition',
    message: `${fields.owner}: the condition ${quote(field.text)} is refused: ${message}`,
    ...(hint !== undefined && { hint }),
  })
  return undefined
}

function readIf(
  fields: Fields,
  scope: StepScope,
): Omit<Extract<StepDefinition, { type: 'if' }>, keyof StepCommon> | undefined {
  const input = readMap(fields, 'input')
  const nested: Fields | undefined = input && { ...fields, map: input }
  if (nested) reportUnknownKeys(nested, ['condition'])
  const holder = nested !== undefined && findMember(nested.map, 'condition') ? nested : fields
  if (findMember(holder.map, 'condition') === undefined) reportMissing(fields, 'condition')
  const condition = readCondition(fields, readConditionText(holder, 'condition'))
  const written = scalarText(fields.map.members.get('phase')?.value)
  const phase = scope.inheritedPhase ?? written ?? ''
  const branch = (key: 'then' | 'else'): readonly StepDefinition[] => {
    const list = findMember(fields.map, key)?.value
    return list === undefined
      ? []
      : readSteps(list, { ...scope, inheritedPhase: phase, branch: `${scope.branch}/${key}` })
  }
  const thenSteps = branch('then')
  const elseSteps = branch('else')
  if (!fields.map.members.has('then') && !fields.map.members.has('else')) {
    const hint = 'Add steps under "then" or "else", or use "when" on the steps that depend on it.'
    fields.report.warning(fields.map, {
      code: 'flow.if_empty',
      message: `${fields.owner}: this "if" decides nothing`,
      hint,
    })
  }
  return condition === undefined ? undefined : { type: 'if', condition, thenSteps, elseSteps }
}
