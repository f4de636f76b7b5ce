import type { JsonValue } from '@rumi/kernel/base'
import { pointerStep } from '../pointer.ts'
import { sourceLimits } from '../tree.ts'
import { describeNode, shorten, type ValueNode } from './nodes.ts'
import { readMembers, refuseNode } from './members.ts'
import type { Source } from './source.ts'
import type { Expression } from './syntax.ts'

const DATA = 'a text, a number, true, false, null, a list or an object of these'

/** Where a value stands: its JSON Pointer, and how many lists and objects it is in. */
interface Position {
  readonly pointer: string
  readonly depth: number
}

/** Reads a literal of any kind; undefined when it, or something in it, was reported. */
export function readLiteral(source: Source, node: ValueNode, pointer: string): JsonValue | undefined {
  return readValue(source, node, { pointer, depth: 0 })
}

function readValue(source: Source, node: ValueNode, at: Position): JsonValue | undefined {
  source.mark(at.pointer, node)
  if (node.type === 'StringLiteral' || node.type === 'TemplateLiteral') return readText(source, node)
  if (node.type === 'BooleanLiteral') return node.value
  if (node.type === 'NullLiteral') return null
  if (node.type === 'NumericLiteral') return readNumber(source, node, node.value)
  if (node.type === 'UnaryExpression' && node.operator === '-' && node.argument.type === 'NumericLiteral') {
    // −0 and 0 are one number in JSON.
    return readNumber(source, node, node.argument.value === 0 ? 0 : -node.argument.value)
  }
  if (node.type !== 'ArrayExpression' && node.type !== 'ObjectExpression') return refuseNode(source, node, DATA)
  if (isTooDeep(source, node, at)) return undefined
  return node.type === 'ArrayExpression' ? readList(source, node, at) : readObject(source, node, at)
}

/** Reads a text; the caller has marked it. */
export function readText(source: Source, node: ValueNode): string | undefined {
  const text = findText(node)
  if (text === undefined) return refuseNode(source, node, 'a text in quotes, or between backticks without "${…}"')
  if (!text.isWellFormed()) {
    const hint = 'A "\\u" escape names half of a character; write both halves or none.'
    source.report(node, { code: 'skill.form', message: 'the text is not well-formed Unicode', hint })
    return undefined
  }
  return isTooLong(source, node, text) ? undefined : text
}

function findText(node: ValueNode): string | undefined {
  if (node.type === 'StringLiteral') return node.value
  if (node.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined
  return node.quasis[0]?.value.cooked ?? undefined
}

/** Whether a text is larger than a source may hold, which is reported. */
export function isTooLong(source: Source, at: { readonly start?: number | null }, text: string): boolean {
  const limit = sourceLimits.textBytes
  if (text.length * 3 <= limit || new TextEncoder().encode(text).length <= limit) return false
  const message = `the text is larger than ${limit} bytes`
  source.report(at, { code: 'skill.limit', message, hint: 'Move a part of it into a document of knowledge.' })
  return true
}

function readNumber(source: Source, node: ValueNode, value: number): number | undefined {
  if (Number.isFinite(value)) return value
  const hint = 'Write a number that a double can hold.'
  source.report(node, { code: 'skill.form', message: 'the number is too large', hint })
  return undefined
}

function isTooDeep(source: Source, node: ValueNode, { depth }: Position): boolean {
  if (depth < sourceLimits.depth) return false
  const message = `the value is nested deeper than ${sourceLimits.depth}`
  source.report(node, { code: 'skill.limit', message, hint: 'Flatten it.' })
  return true
}

function readList(source: Source, node: Extract<Expression, { type: 'ArrayExpression' }>, at: Position) {
  const values = node.elements.map((element, index) => {
    if (element === null) {
      source.report(node, { code: 'skill.form', message: `element ${index} of the list is empty`, hint: 'Write null.' })
      return undefined
    }
    return readValue(source, element, { pointer: `${at.pointer}/${index}`, depth: at.depth + 1 })
  })
  return values.every((value) => value !== undefined) ? values : undefined
}

function readObject(source: Source, node: Extract<Expression, { type: 'ObjectExpression' }>, at: Position) {
  const entries: [string, JsonValue][] = []
  let isWhole = true
  for (const member of readMembers(source, node).values()) {
    const position = { pointer: at.pointer + pointerStep(member.key), depth: at.depth + 1 }
    if (member.kind === 'method') refuseMethod(source, member.method, member.key)
    const value = member.kind === 'value' ? readValue(source, member.value, position) : undefined
    if (value === undefined) isWhole = false
    else entries.push([member.key, value])
  }
  return isWhole ? Object.fromEntries(entries) : undefined
}

/** Reports a method where only data may stand. */
export function refuseMethod(source: Source, at: { readonly start?: number | null }, name: string): void {
  const message = `the method "${shorten(name)}" is not allowed here`
  source.report(at, { code: 'skill.form', message, hint: `Write ${DATA}.` })
}

/** Reads a list of texts. */
export function readTexts(source: Source, node: ValueNode, pointer: string): readonly string[] | undefined {
  source.mark(pointer, node)
  if (node.type !== 'ArrayExpression') {
    const message = `must be a list of texts, not ${describeNode(node)}`
    source.report(node, { code: 'skill.field', message, hint: "Write `['one', 'two']`, or `[]`." })
    return undefined
  }
  const list = readList(source, node, { pointer, depth: 0 })
  if (list === undefined) return undefined
  const texts = list.filter((value) => typeof value === 'string')
  if (texts.length === list.length) return texts
  const index = list.findIndex((value) => typeof value !== 'string')
  const hint = 'Put it in quotes.'
  source.report(node.elements[index] ?? node, { code: 'skill.field', message: 'must be a list of texts', hint })
  return undefined
}
