import type { SkillTree } from '../tree.ts'
import { hasOperands, readConstruction, readName } from './calls.ts'
import { readCodeField } from './code.ts'
import { readFields, readTextsField } from './fields.ts'
import type { ValueNode } from './nodes.ts'
import type { Source } from './source.ts'

type Effect = NonNullable<SkillTree['effects']>[number]

const EFFECT = {
  names: ['effect'],
  form: "`effect('name', { requires: ['…'], records: ['…'], run() { … } })`",
} as const

/** Reads one effect of a skill. */
export function readEffect(source: Source, node: ValueNode, pointer: string): Effect | undefined {
  source.mark(pointer, node)
  const construction = readConstruction(source, node, EFFECT)
  if (!construction || !hasOperands(source, construction, { least: 1, most: 2, form: EFFECT.form })) return undefined
  const [nameOperand, fieldsOperand] = construction.operands
  const name = nameOperand && readName(source, nameOperand, `${pointer}/name`)
  if (fieldsOperand === undefined) return name === undefined ? undefined : { name, requires: [], records: [] }
  const rules = { pointer, keys: ['requires', 'records', 'run'], form: EFFECT.form } as const
  const fields = readFields(source, fieldsOperand, rules)
  if (fields === undefined) return undefined
  const requires = [...(readTextsField(fields, 'requires') ?? [])]
  const records = [...(readTextsField(fields, 'records') ?? [])]
  const run = readCodeField(fields, 'run')
  return name === undefined ? undefined : { name, requires, records, ...(run && { run }) }
}
