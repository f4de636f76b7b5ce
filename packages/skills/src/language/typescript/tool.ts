import type { SkillTree } from '../tree.ts'
import { hasOperands, readConstruction, readName, type Construction } from './calls.ts'
import { readCodeField } from './code.ts'
import {
  findValue,
  readBooleanField,
  readFields,
  readListField,
  readTextField,
  requireField,
  type FieldSet,
} from './fields.ts'
import type { ValueNode } from './nodes.ts'
import type { Source } from './source.ts'

type Tool = NonNullable<SkillTree['tool']>
type Property = Tool['input'][number]

const TOOL = {
  names: ['tool'],
  form: "`tool('name', { description: '…', input: [property('name', { … })], execute(args) { … } })`",
} as const
const PROPERTY = {
  names: ['property'],
  form: "`property('name', { type: 'string', description: '…', required: true })`",
} as const

/** Reads the field `tool`. Without a name, or with null for one, the tool is called after its skill. */
export function readTool(fields: FieldSet<'tool'>): Tool | undefined {
  const value = findValue(fields, 'tool')
  if (value === undefined) return undefined
  const { source } = fields
  source.mark(value.pointer, value.node)
  const construction = readConstruction(source, value.node, TOOL)
  if (!construction || !hasOperands(source, construction, { least: 1, most: 2, form: TOOL.form })) return undefined
  const { name, fieldsOperand } = readOperands(source, construction, value.pointer)
  const rules = { pointer: value.pointer, keys: ['description', 'input', 'execute'], form: TOOL.form } as const
  const tool = fieldsOperand && readFields(source, fieldsOperand, rules)
  if (tool === undefined) return name === undefined ? undefined : { name, input: [] }
  const description = readTextField(tool, 'description')
  const input = readListField(tool, 'input', (node, pointer) => readProperty(source, node, pointer)) ?? []
  const execute = readCodeField(tool, 'execute')
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    input: [...input],
    ...(execute && { execute }),
  }
}

/** `tool({ … })`, `tool(null, { … })`, `tool('name', { … })` and `tool('name')` are all said. */
function readOperands(source: Source, { operands }: Construction<'tool'>, pointer: string) {
  const [first, second] = operands
  if (first === undefined || first.type === 'NullLiteral') return { name: undefined, fieldsOperand: second }
  if (second === undefined && first.type === 'ObjectExpression') return { name: undefined, fieldsOperand: first }
  return { name: readName(source, first, `${pointer}/name`), fieldsOperand: second }
}

function readProperty(source: Source, node: ValueNode, pointer: string): Property | undefined {
  source.mark(pointer, node)
  const construction = readConstruction(source, node, PROPERTY)
  if (!construction || !hasOperands(source, construction, { least: 2, most: 2, form: PROPERTY.form })) return undefined
  const [nameOperand, fieldsOperand] = construction.operands
  const name = nameOperand && readName(source, nameOperand, `${pointer}/name`)
  const rules = { pointer, keys: ['type', 'description', 'required'], form: PROPERTY.form } as const
  const fields = fieldsOperand && readFields(source, fieldsOperand, rules)
  if (fields === undefined) return undefined
  requireField(fields, 'type', "Write `type: 'string'`, or another type of JSON Schema.")
  const type = readTextField(fields, 'type')
  const description = readTextField(fields, 'description')
  const required = readBooleanField(fields, 'required') ?? false
  if (name === undefined || type === undefined) return undefined
  return { name, type, ...(description !== undefined && { description }), required }
}
