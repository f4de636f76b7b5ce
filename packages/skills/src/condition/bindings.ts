import { isJsonObject, type JsonObject, type JsonValue } from '@rumi/kernel/base'

/** What a name stands for: a value, or nothing that anybody knows. */
export type Binding = { readonly bound: true; readonly value: JsonValue } | { readonly bound: false }

/**
 * What a condition can see. An extension of bindings binds more names and changes none; then a condition that was true
 * or false stays so.
 */
export interface Bindings {
  /** The value of a name, which may have dots in it. @example find('config.max') */
  find(name: string): Binding
  /** Whether the skill in question lets the field change; undefined: there is no such skill, or nobody knows. */
  canEvolve(field: string): boolean | undefined
  /** Whether the skill in question lets nothing change; undefined: there is no such skill, or nobody knows. */
  deniesAll(): boolean | undefined
}

const unbound: Binding = { bound: false }

/** Names that every JavaScript object answers to: none of them is ever bound, however the bindings are written. */
const inherited: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/**
 * Looks a name up for a condition. A segment such as `__proto__` or `constructor` is refused before the bindings are
 * asked: a careless `values[name]` behind them would answer with a function of the machine.
 */
export function lookUp(bindings: Pick<Bindings, 'find'>, name: string): Binding {
  return name.split('.').some((segment) => inherited.has(segment)) ? unbound : bindings.find(name)
}

/** Resolves names in a JSON object: each segment of a dotted name is an own member of the object before it. */
export function findIn(values: JsonObject, name: string): Binding {
  let value: JsonValue = values
  for (const segment of name.split('.')) {
    if (!isJsonObject(value) || inherited.has(segment) || !Object.hasOwn(value, segment)) return unbound
    const member: JsonValue | undefined = value[segment]
    if (member === undefined) return unbound
    value = member
  }
  return { bound: true, value }
}

/** Bindings of plain values, with no skill in question. */
export function bindValues(values: JsonObject): Bindings {
  return { find: (name) => findIn(values, name), canEvolve: () => undefined, deniesAll: () => undefined }
}
