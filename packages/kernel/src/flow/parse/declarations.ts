import type { FlowDefinition, InputDeclaration } from '../definition.ts'
import { contextKeySchema } from '../definition.ts'
import { findMember, readText, reportUnknownKeys, scalarText, type Fields } from './fields.ts'
import { quote } from './report.ts'
import { toJson, type MapNode, type SourceNode } from './source-node.ts'

/** The parts of a flow that describe it. */
type Declarations = Pick<FlowDefinition, 'description' | 'inputs' | 'outputs'>

/** Reads `description`, `inputs` and `outputs`. They inform people, so what is wrong with them is only a warning. */
export function readDeclarations(fields: Fields): Declarations {
  const description = readText(fields, 'description')?.text
  const inputs = readInputs(fields)
  const outputs = readOutputs(fields)
  return { ...(description !== undefined && { description }), inputs, outputs }
}

function readInputs(fields: Fields): Declarations['inputs'] {
  const node = findMember(fields.map, 'inputs')?.value
  if (node === undefined) return {}
  if (node.kind !== 'map') {
    warn(fields, node, '"inputs" must be a mapping of names to types; it is ignored')
    return {}
  }
  const inputs: [string, InputDeclaration][] = []
  for (const [name, { value }] of node.members) {
    if (contextKeySchema.safeParse(name).success) inputs.push([name, readInput(fields, name, value)])
    else warn(fields, value, `${quote(name)} cannot be the name of an input; it is ignored`)
  }
  return Object.fromEntries(inputs)
}

function readInput(fields: Fields, name: string, node: SourceNode): InputDeclaration {
  if (node.kind === 'map') return readInputObject(fields, name, node)
  const type = scalarText(node)
  if (type !== undefined) return { type }
  warn(fields, node, `the input ${quote(name)} must be a type or a mapping with "type"`)
  return { type: 'any' }
}

function readInputObject(fields: Fields, name: string, map: MapNode): InputDeclaration {
  const own: Fields = { ...fields, map, owner: `input ${quote(name)}` }
  reportUnknownKeys(own, ['type', 'default', 'required', 'description'])
  const type = scalarText(map.members.get('type')?.value)
  const fallback = map.members.get('default')
  const required = findMember(map, 'required')?.value
  const flag = required?.kind === 'scalar' && typeof required.value === 'boolean' ? required.value : undefined
  if (type === undefined) warn(fields, map, `the input ${quote(name)} has no "type"`)
  if (required !== undefined && flag === undefined)
    warn(fields, required, `${own.owner}: "required" must be true or false`)
  return {
    type: type ?? 'any',
    ...(fallback !== undefined && { default: toJson(fallback.value) }),
    ...(flag !== undefined && { required: flag }),
  }
}

function readOutputs(fields: Fields): readonly string[] | undefined {
  const node = findMember(fields.map, 'outputs')?.value
  if (node === undefined) return undefined
  if (node.kind === 'map') return [...node.members.keys()]
  const names = node.kind === 'list' ? node.items.map(scalarText) : [undefined]
  if (names.every((name) => name !== undefined)) return names
  // An empty list would hide every result; "not declared" hides none.
  warn(fields, node, '"outputs" must be a mapping or a list of names; it is ignored')
  return undefined
}

function warn(fields: Fields, node: SourceNode, message: string): void {
  fields.report.warning(node, { code: 'flow.declaration', message })
}
