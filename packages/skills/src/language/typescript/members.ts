import { sourceLimits } from '../tree.ts'
import { describeNode, isData, shorten, type ValueNode } from './nodes.ts'
import type { Source } from './source.ts'
import type { Method, ObjectExpression, ObjectMember } from './syntax.ts'

/** One member of an object in a source: its key, and the value or the method that stands there. */
export type Member = { readonly key: string; readonly node: ObjectMember } & (
  | { readonly kind: 'value'; readonly value: ValueNode }
  | { readonly kind: 'method'; readonly method: Method }
)

const HINT = "Write each member as `key: value` or `'key': value`, with a literal value."

/** Reads the members of an object by key; what is no plain member, or is there twice, is reported and left out. */
export function readMembers(source: Source, object: ObjectExpression): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>()
  for (const node of object.properties) {
    const member = readMember(source, node)
    if (member === undefined) continue
    if (members.has(member.key)) {
      const message = `the member "${shorten(member.key)}" is there twice`
      source.report(node, { code: 'skill.field', message, hint: 'Keep one of the two.' })
    } else members.set(member.key, member)
  }
  return members
}

function readMember(source: Source, node: ObjectMember): Member | undefined {
  const refuse = (message: string): undefined => {
    source.report(node, { code: 'skill.form', message, hint: HINT })
  }
  if (node.type === 'SpreadElement') return refuse('a spread "…" is not allowed here')
  if (node.computed) return refuse('a computed key is not allowed')
  const key = readKey(source, node.key)
  if (key === undefined) return refuse('a key must be a plain name or a text')
  if (key === '__proto__') return refuse('"__proto__" is not allowed as a key: it would change what the object is')
  if (key.length > sourceLimits.nameLength || !key.isWellFormed()) {
    const message = key.isWellFormed() ? 'the key is too long' : 'the key is not well-formed Unicode'
    const hint = `A key has at most ${sourceLimits.nameLength} characters, and no half of a surrogate pair.`
    source.report(node, { code: 'skill.limit', message, hint })
    return undefined
  }
  if (node.type === 'ObjectProperty') {
    if (node.shorthand) return refuse(`"${shorten(key)}" has no value`)
    return { key, node, kind: 'value', value: node.value }
  }
  if (node.kind !== 'method') return refuse(`"${shorten(key)}" is a getter or setter, which would run when it is read`)
  if (node.generator) return refuse(`"${shorten(key)}" is a generator`)
  return { key, node, kind: 'method', method: node }
}

/** A key as it is written: a name that hides letters behind `\u…` is none. */
function readKey(source: Source, key: Exclude<ObjectMember, { readonly type: 'SpreadElement' }>['key']) {
  if (key.type === 'StringLiteral') return key.value
  return key.type === 'Identifier' && isWrittenPlainly(source, key) ? key.name : undefined
}

/** Whether a name stands in the source letter by letter. */
export function isWrittenPlainly(
  source: Source,
  identifier: { readonly name: string; readonly start?: number | null },
) {
  return source.text.startsWith(identifier.name, identifier.start ?? 0)
}

/** Reports that a literal was expected where a node is. */
export function refuseNode(source: Source, node: ValueNode, expected: string): undefined {
  const message = `${describeNode(node)} is not allowed here`
  source.report(node, { code: isData(node) ? 'skill.field' : 'skill.form', message, hint: `Write ${expected}.` })
}
