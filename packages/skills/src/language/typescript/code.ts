import { findHidingCharacter } from '../printing/quote.ts'
import { pointerStep } from '../pointer.ts'
import type { SourceText } from '../tree.ts'
import { hasOperands, readConstruction } from './calls.ts'
import type { FieldSet } from './fields.ts'
import { isTooLong, readText } from './literals.ts'
import { isWrittenPlainly } from './members.ts'
import { describeNode, type ValueNode } from './nodes.ts'
import type { Source } from './source.ts'
import { readProgram, type Method } from './syntax.ts'

const RUBY = { names: ['ruby'], form: "ruby('…') with the text of a Ruby block" } as const

/**
 * A field that holds code: a method, kept as the text from `async` or its name to its closing brace, or the text of a Ruby
 * block in `ruby('…')`.
 */
export function readCodeField<Key extends string>(fields: FieldSet<Key>, key: Key): SourceText | undefined {
  const member = fields.find(key)
  if (member === undefined) return undefined
  const { source } = fields
  const pointer = fields.pointer + pointerStep(key)
  if (member.kind === 'method') {
    source.mark(pointer, member.method)
    if (isNamedPlainly(source, member.method)) return readMethod(source, member.method)
  } else if (member.value.type === 'CallExpression') {
    return readRuby(source, member.value, pointer)
  }
  const stranger = member.kind === 'value' ? describeNode(member.value) : 'a method with a quoted name'
  const message = `"${key}" must be a method, not ${stranger}`
  source.report(member.node, { code: 'skill.form', message, hint: `Write \`${key}() { … }\` or ${RUBY.form}.` })
  return undefined
}

/** Reads `ruby('…')`. */
export function readRuby(source: Source, node: ValueNode, pointer: string): SourceText | undefined {
  source.mark(pointer, node)
  const construction = readConstruction(source, node, RUBY)
  if (!construction || !hasOperands(source, construction, { least: 1, most: 1, form: RUBY.form })) return undefined
  const [operand] = construction.operands
  const text = operand && readText(source, operand)
  return text === undefined ? undefined : { language: 'ruby', text }
}

function isNamedPlainly(source: Source, { key }: Method): boolean {
  return key.type === 'Identifier' && isWrittenPlainly(source, key)
}

function readMethod(source: Source, method: Method): SourceText | undefined {
  const text = source.text.slice(method.start ?? 0, method.end ?? 0)
  return isTooLong(source, method, text) ? undefined : { language: 'typescript', text }
}

/**
 * Whether a text is exactly one method of that name, as {@link readCodeField} keeps it: put into a source it stays one,
 * however it tries to close the object around it.
 */
export function isMethodText(name: string, text: string): boolean {
  const before = 'export default {\n'
  const program = readProgram(`${before}${text}\n}`)
  if (!program.ok) return false
  const [statement] = program.value.body
  if (program.value.body.length !== 1 || statement?.type !== 'ExportDefaultDeclaration') return false
  if (statement.declaration.type !== 'ObjectExpression') return false
  const [method] = statement.declaration.properties
  if (statement.declaration.properties.length !== 1 || method?.type !== 'ObjectMethod') return false
  if (method.kind !== 'method' || method.generator || method.computed) return false
  const isWhole = method.start === before.length && method.end === before.length + text.length
  if (!isWhole || method.key.type !== 'Identifier' || method.key.name !== name) return false
  return text.startsWith(name, (method.key.start ?? 0) - before.length) && findHidingCharacter(text, 0) === -1
}
