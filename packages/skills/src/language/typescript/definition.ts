import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { nodeWords, type NodeWord } from '../node-words.ts'
import { pointerStep } from '../pointer.ts'
import type { DefinitionNode } from '../tree.ts'
import { hasOperands, readConstruction, readName, type Construction, type Constructor } from './calls.ts'
import { readLiteral, readText, readTexts, refuseMethod } from './literals.ts'
import { readMembers, refuseNode, type Member } from './members.ts'
import type { ValueNode } from './nodes.ts'
import type { Source } from './source.ts'
import type { CallExpression, Operand } from './syntax.ts'

const STATEMENT = {
  names: [...nodeWords.map(({ word }) => word), 'node'],
  form: "one of constraint, check, plan, toolCall, semanticReasoning as `word('name', { … })`, or `node('Type', 'name', { … })`",
} as const

/** Reads one statement of a definition. */
export function readDefinitionNode(source: Source, node: ValueNode, pointer: string): DefinitionNode | undefined {
  source.mark(pointer, node)
  const construction = readConstruction(source, node, STATEMENT)
  if (construction === undefined) return undefined
  const word = nodeWords.find((known) => known.word === construction.name)
  return word === undefined
    ? readOtherNode(source, construction, pointer)
    : readKnownNode(source, { construction, word }, pointer)
}

/** `node('Type', 'name', { … })`: any type, and nothing is mandatory. */
function readOtherNode(source: Source, construction: Construction<Constructor>, pointer: string) {
  const form = "`node('Type', 'name', { … })`"
  if (!hasOperands(source, construction, { least: 2, most: 3, form })) return undefined
  const [typeOperand, nameOperand, optionsOperand] = construction.operands
  const type = typeOperand && readName(source, typeOperand, `${pointer}/type`)
  const name = nameOperand && readName(source, nameOperand, `${pointer}/name`)
  const options = readOptions(source, { call: construction.call, operand: optionsOperand, pointer, form })
  if (!type || !name || !options) return undefined
  return { type, name, options: options.options, source_span: options.source_span }
}

interface KnownNode {
  readonly construction: Construction<Constructor>
  readonly word: NodeWord
}

/** `constraint('name', { … })` and the other words, with the option that each must have. */
function readKnownNode(source: Source, { construction, word }: KnownNode, pointer: string) {
  const form = writeForm(word)
  if (!hasOperands(source, construction, { least: 1, most: 2, form })) return undefined
  source.mark(`${pointer}/type`, construction.call)
  const [nameOperand, optionsOperand] = construction.operands
  const name = nameOperand && readName(source, nameOperand, `${pointer}/name`)
  const options = readOptions(source, {
    call: construction.call,
    operand: optionsOperand,
    pointer,
    form,
    must: word.must,
  })
  if (options && word.must && !options.isMustWritten) {
    const message = `"${word.word}" needs the option "${word.must}"`
    source.report(construction.call, { code: 'skill.field', message, hint: `Write ${form}.` })
    return undefined
  }
  if (!name || !options) return undefined
  return { type: word.type, name, options: options.options, source_span: options.source_span }
}

function writeForm({ word, must }: NodeWord): string {
  if (must === undefined) return `\`${word}('name', { … })\``
  return must === 'steps' ? `\`${word}('name', { steps: ['…'] })\`` : `\`${word}('name', { ${must}: '…' })\``
}

interface OptionsToRead {
  readonly call: CallExpression
  readonly operand: Operand | undefined
  /** Of the node. */
  readonly pointer: string
  readonly form: string
  readonly must?: NodeWord['must']
}

/** Options of a node; `source_span` among them is the node's own. */
function readOptions(source: Source, { call, operand, pointer, form, must }: OptionsToRead) {
  source.mark(`${pointer}/options`, operand ?? call)
  if (operand === undefined) return { options: {}, source_span: null, isMustWritten: false }
  if (operand.type !== 'ObjectExpression') return refuseNode(source, operand, form)
  const entries: [string, JsonValue][] = []
  let span: JsonValue = null
  let isWhole = true
  const members = readMembers(source, operand)
  for (const member of members.values()) {
    const isSpan = member.key === 'source_span'
    const at = isSpan ? `${pointer}/source_span` : `${pointer}/options${pointerStep(member.key)}`
    const value = member.key === must ? readMandatory(source, member, at) : readOption(source, member, at)
    if (value === undefined) isWhole = false
    else if (isSpan) span = value
    else entries.push([member.key, value])
  }
  const options: JsonObject = Object.fromEntries(entries)
  return isWhole ? { options, source_span: span, isMustWritten: must !== undefined && members.has(must) } : undefined
}

function readOption(source: Source, member: Member, pointer: string): JsonValue | undefined {
  if (member.kind === 'value') return readLiteral(source, member.value, pointer)
  refuseMethod(source, member.method, member.key)
  return undefined
}

function readMandatory(source: Source, member: Member, pointer: string): JsonValue | undefined {
  if (member.kind === 'method') return readOption(source, member, pointer)
  if (member.key === 'steps') return readTexts(source, member.value, pointer)
  source.mark(pointer, member.value)
  return readText(source, member.value)
}
