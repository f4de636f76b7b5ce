import type { SkillTree } from '../tree.ts'
import { hasOperands, readConstruction, readName } from './calls.ts'
import { readRuby } from './code.ts'
import { findValue, readFields, readListField, readTextsField, type FieldSet } from './fields.ts'
import type { ValueNode } from './nodes.ts'
import type { Source } from './source.ts'

type Evolve = NonNullable<SkillTree['evolve']>
type Condition = NonNullable<Evolve['conditions']>[number]

const FORM = "`{ allow: ['content'], deny: ['behavior'] }`"
const CONDITION = { names: ['condition'], form: "`condition('name', ruby('…'))`" } as const

/** Reads the field `evolve`: which fields may change, which may not, and conditions that only a person can judge. */
export function readEvolve(fields: FieldSet<'evolve'>): Evolve | undefined {
  const value = findValue(fields, 'evolve')
  if (value === undefined) return undefined
  const { source } = fields
  source.mark(value.pointer, value.node)
  const rules = { pointer: value.pointer, keys: ['allow', 'deny', 'conditions'], form: FORM } as const
  const evolve = readFields(source, value.node, rules)
  if (evolve === undefined) return undefined
  const allow = readTextsField(evolve, 'allow') ?? []
  const deny = readTextsField(evolve, 'deny') ?? []
  const conditions = readListField(evolve, 'conditions', (node, pointer) => readCondition(source, node, pointer))
  return { allow, deny, ...(conditions && { conditions: [...conditions] }) }
}

function readCondition(source: Source, node: ValueNode, pointer: string): Condition | undefined {
  source.mark(pointer, node)
  const construction = readConstruction(source, node, CONDITION)
  if (!construction || !hasOperands(source, construction, { least: 2, most: 2, form: CONDITION.form })) return undefined
  const [nameOperand, sourceOperand] = construction.operands
  const name = nameOperand && readName(source, nameOperand, `${pointer}/name`)
  const code = sourceOperand && readRuby(source, sourceOperand, `${pointer}/source`)
  return name === undefined || code === undefined ? undefined : { name, source: code }
}
