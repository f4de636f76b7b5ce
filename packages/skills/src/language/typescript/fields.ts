import type { JsonValue } from '@rumi/kernel/base'
import { findNearestWord } from '../nearest.ts'
import { pointerStep } from '../pointer.ts'
import { sourceLimits } from '../tree.ts'
import { readLiteral, readText, readTexts, refuseMethod } from './literals.ts'
import { readMembers, type Member } from './members.ts'
import { describeNode, shorten, type ValueNode } from './nodes.ts'
import type { Located, Source } from './source.ts'

/** An object in a source that knows its keys. */
export interface FieldSet<Key extends string> {
  readonly source: Source
  /** JSON Pointer of the object. */
  readonly pointer: string
  /** Where the object stands. */
  readonly at: Located
  find(key: Key): Member | undefined
}

/** How an object of fields is read. */
export interface FieldRules<Key extends string> {
  readonly pointer: string
  readonly keys: readonly Key[]
  /** How the object is written. @example "effect('name', { … })" */
  readonly form: string
}

/** Reads an object that knows its keys; an unknown one is reported, with what was probably meant. */
export function readFields<Key extends string>(
  source: Source,
  node: ValueNode,
  { pointer, keys, form }: FieldRules<Key>,
): FieldSet<Key> | undefined {
  if (node.type !== 'ObjectExpression') {
    const message = `${describeNode(node)} is not allowed here`
    source.report(node, { code: 'skill.form', message, hint: `Write ${form}.` })
    return undefined
  }
  const members = readMembers(source, node)
  for (const { key, node: member } of members.values()) {
    if (keys.some((known) => known === key)) continue
    const nearest = source.isFull() ? undefined : findNearestWord(key, keys)
    const known = `Known here: ${keys.join(', ')}.`
    const hint = nearest === undefined ? known : `Did you mean "${nearest}"? ${known}`
    source.report(member, { code: 'skill.field', message: `there is no field "${shorten(key)}" here`, hint })
  }
  return { source, pointer, at: node, find: (key) => members.get(key) }
}

/** The value of a field and its pointer; a method where a value belongs is reported. */
export function findValue<Key extends string>(
  fields: FieldSet<Key>,
  key: Key,
): { readonly node: ValueNode; readonly pointer: string } | undefined {
  const member = fields.find(key)
  if (member === undefined) return undefined
  if (member.kind === 'value') return { node: member.value, pointer: fields.pointer + pointerStep(key) }
  refuseMethod(fields.source, member.node, key)
  return undefined
}

/** A field that holds a text. */
export function readTextField<Key extends string>(fields: FieldSet<Key>, key: Key): string | undefined {
  const value = findValue(fields, key)
  if (value === undefined) return undefined
  fields.source.mark(value.pointer, value.node)
  return readText(fields.source, value.node)
}

/** A field that holds a list of texts. */
export function readTextsField<Key extends string>(fields: FieldSet<Key>, key: Key): readonly string[] | undefined {
  const value = findValue(fields, key)
  return value && readTexts(fields.source, value.node, value.pointer)
}

/** A field that holds any data. */
export function readLiteralField<Key extends string>(fields: FieldSet<Key>, key: Key): JsonValue | undefined {
  const value = findValue(fields, key)
  return value && readLiteral(fields.source, value.node, value.pointer)
}

/** A field that holds true or false. */
export function readBooleanField<Key extends string>(fields: FieldSet<Key>, key: Key): boolean | undefined {
  const value = findValue(fields, key)
  if (value === undefined) return undefined
  fields.source.mark(value.pointer, value.node)
  if (value.node.type === 'BooleanLiteral') return value.node.value
  const message = `must be true or false, not ${describeNode(value.node)}`
  fields.source.report(value.node, { code: 'skill.field', message, hint: 'Write true or false.' })
  return undefined
}

/** Reports a field that is mandatory and was not written. */
export function requireField<Key extends string>(fields: FieldSet<Key>, key: Key, hint: string): void {
  if (fields.find(key) !== undefined) return
  fields.source.report(fields.at, { code: 'skill.field', message: `the field "${key}" is missing`, hint })
}

/** How one entry of a list of constructions is read; undefined when it was reported. */
export type EntryReader<T> = (node: ValueNode, pointer: string) => T | undefined

/** A field that holds a list of constructions: at most as many as a list may have, no two of one name. */
export function readListField<Key extends string, T extends { readonly name: string }>(
  fields: FieldSet<Key>,
  key: Key,
  readEntry: EntryReader<T>,
): readonly T[] | undefined {
  const value = findValue(fields, key)
  if (value === undefined) return undefined
  const { source } = fields
  source.mark(value.pointer, value.node)
  if (value.node.type !== 'ArrayExpression') {
    const message = `"${key}" must be a list, not ${describeNode(value.node)}`
    source.report(value.node, { code: 'skill.field', message, hint: 'Write `[…]`, or leave the field out.' })
    return undefined
  }
  if (value.node.elements.length > sourceLimits.nodes) {
    const message = `"${key}" has more than ${sourceLimits.nodes} entries`
    source.report(value.node, { code: 'skill.limit', message, hint: 'Divide the skill.' })
    return undefined
  }
  const entries = value.node.elements.map((element, index) => {
    if (element !== null) return { element, entry: readEntry(element, `${value.pointer}/${index}`) }
    const message = `entry ${index} of "${key}" is empty`
    source.report(value.node, { code: 'skill.form', message, hint: 'Remove the extra comma.' })
    return undefined
  })
  const names = new Set<string>()
  for (const read of entries) {
    if (read?.entry === undefined) continue
    const { name } = read.entry
    if (names.has(name)) {
      const message = `"${shorten(name)}" is there twice in "${key}"`
      source.report(read.element, { code: 'skill.field', message, hint: 'Give each entry its own name.' })
    }
    names.add(name)
  }
  return entries.flatMap((read) => (read?.entry === undefined ? [] : [read.entry]))
}
