import { isJsonObject, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import { parseCondition, type Comparison, type Expression } from '../../condition/index.ts'
import type { DefinitionNode } from '../../language/index.ts'

/** A value that can be compared with one in a text. */
export type Plain = number | boolean | string

/** A value that a node fixes, under the name by which the content may state it too. */
export interface Expectation {
  readonly node: string
  /** @example 'max_evolutions_per_session' */
  readonly name: string
  readonly operator: Exclude<Comparison, '!='>
  /** More than one: any of them. */
  readonly values: readonly Plain[]
  /** `definition`: the name means the same everywhere. `node`: only where the content speaks of the node. */
  readonly scope: 'definition' | 'node'
}

/** Options that say something else than a value of the thing. */
const notValues: ReadonlySet<string> = new Set([
  ...['required', 'condition', 'description', 'prompt', 'steps', 'command', 'target', 'value', 'config_key', 'type'],
])

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/** The values that a node fixes: in its condition (only what always must hold), its setting and its other options. */
export function findExpectations(node: DefinitionNode): readonly Expectation[] {
  const written = getOption(node.options, 'condition')
  const condition = typeof written === 'string' ? parseCondition(written) : undefined
  return [
    ...(condition?.ok === true ? fromExpression(condition.value.root, node.name) : []),
    ...fromSetting(node),
    ...fromOptions(node),
  ]
}

/** Under `or` and `not` nothing is fixed. */
function fromExpression(expression: Expression, node: string): readonly Expectation[] {
  if (expression.kind === 'and') return expression.operands.flatMap((operand) => fromExpression(operand, node))
  if (expression.kind === 'in') return fromList(expression, node)
  if (expression.kind !== 'compare') return []
  const { left, right } = expression
  const [name, literal] = left.kind === 'name' ? [left, right] : [right, left]
  const operator = left.kind === 'name' ? expression.operator : mirrored[expression.operator]
  if (name.kind !== 'name' || literal.kind !== 'literal' || operator === '!=' || !isPlain(literal.value)) return []
  return [{ node, name: name.name, operator, values: [literal.value], scope: 'definition' }]
}

function fromList({ left, right }: Expression & { readonly kind: 'in' }, node: string): readonly Expectation[] {
  if (left.kind !== 'name' || right.kind !== 'list') return []
  const values = right.items.flatMap((item) => (item.kind === 'literal' && isPlain(item.value) ? [item.value] : []))
  if (values.length === 0 || values.length < right.items.length) return []
  return [{ node, name: left.name, operator: '==', values, scope: 'definition' }]
}

function fromSetting({ name: node, options }: DefinitionNode): readonly Expectation[] {
  const key = getOption(options, 'config_key')
  const value = getOption(options, 'value')
  if (typeof key !== 'string' || key === '' || !isPlain(value)) return []
  return [{ node, name: key, operator: '==', values: [value], scope: 'definition' }]
}

function fromOptions({ name: node, options }: DefinitionNode): readonly Expectation[] {
  return Object.entries(options).flatMap(([name, value]): readonly Expectation[] => {
    if (notValues.has(name) || !isPlain(value)) return []
    return [{ node, name, operator: '==', values: [value], scope: 'node' }]
  })
}

/** A text is a value when it is one word, and prose when it is more. */
function isPlain(value: JsonValue | undefined): value is Plain {
  if (typeof value === 'string') return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value)
  return typeof value === 'number' || typeof value === 'boolean'
}

function getOption(options: JsonObject, key: string): JsonValue | undefined {
  return isJsonObject(options) && Object.hasOwn(options, key) ? options[key] : undefined
}
