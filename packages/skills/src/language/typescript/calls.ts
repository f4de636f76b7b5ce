import { findNearestWord } from '../nearest.ts'
import { sourceLimits } from '../tree.ts'
import { readText } from './literals.ts'
import { isWrittenPlainly } from './members.ts'
import { describeNode, shorten, type ValueNode } from './nodes.ts'
import type { Source } from './source.ts'
import type { CallExpression, Operand } from './syntax.ts'

/** Words that build a part of a skill; each has its place. */
export const constructors = [
  'skill',
  'constraint',
  'check',
  'plan',
  'toolCall',
  'semanticReasoning',
  'node',
  'effect',
  'condition',
  'tool',
  'property',
  'ruby',
] as const
export type Constructor = (typeof constructors)[number]

/** A call of one of the constructors. */
export interface Construction<Name extends Constructor> {
  readonly name: Name
  readonly call: CallExpression
  readonly operands: readonly Operand[]
}

/** Which constructors may stand at a place, and how they are written there. */
export interface Expected<Name extends Constructor> {
  readonly names: readonly Name[]
  /** @example "plan('name', { … })" */
  readonly form: string
}

/** Reads a call of one of the constructors that are allowed here. It is looked at, never made. */
export function readConstruction<Name extends Constructor>(
  source: Source,
  node: ValueNode,
  { names, form }: Expected<Name>,
): Construction<Name> | undefined {
  const hint = `Write ${form}.`
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') {
    source.report(node, { code: 'skill.form', message: `${describeNode(node)} is not allowed here`, hint })
    return undefined
  }
  const written = node.callee.name
  const name = names.find((known) => known === written)
  if (name === undefined || !isWrittenPlainly(source, node.callee)) {
    const nearest = findNearestWord(written, names)
    const message = `"${shorten(written)}" cannot be called here`
    source.report(node, { code: 'skill.form', message, hint: nearest ? `Did you mean "${nearest}"? ${hint}` : hint })
    return undefined
  }
  if (node.typeParameters ?? node.typeArguments) {
    source.report(node, { code: 'skill.form', message: `"${name}" takes no types`, hint })
    return undefined
  }
  return { name, call: node, operands: node.arguments }
}

/** Checks how many operands a construction has; the message says how it is written. */
export function hasOperands(
  source: Source,
  { name, call, operands }: Construction<Constructor>,
  { least, most, form }: { readonly least: number; readonly most: number; readonly form: string },
): boolean {
  if (operands.length >= least && operands.length <= most) return true
  const message = `"${name}" has ${operands.length} operands`
  source.report(call, { code: 'skill.form', message, hint: `Write ${form}.` })
  return false
}

/** Reads the name of a part: a text that is not empty, and at most as long as a name may be. */
export function readName(source: Source, node: ValueNode, pointer: string): string | undefined {
  source.mark(pointer, node)
  const name = readText(source, node)
  if (name === undefined || (name.length > 0 && name.length <= sourceLimits.nameLength)) return name
  const message = name.length === 0 ? 'the name is empty' : 'the name is too long'
  const hint = `A name has 1 to ${sourceLimits.nameLength} characters.`
  source.report(node, { code: name.length === 0 ? 'skill.field' : 'skill.limit', message, hint })
  return undefined
}
