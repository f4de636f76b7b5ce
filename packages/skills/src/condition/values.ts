import { isJsonObject, type JsonValue } from '@rumi/kernel/base'
import type { Comparison } from './syntax.ts'

/** True, false, or nobody can say. */
export type Truth = boolean | 'unknown'

/** An answer and, in one clause, why. */
export interface Finding {
  readonly value: Truth
  readonly reason: string
}

/** Equal exactly when the canonical JSON of both is; works on any depth, and on texts that have no canonical form. */
export function isSameJson(left: JsonValue, right: JsonValue): boolean {
  const pairs: [JsonValue, JsonValue][] = [[left, right]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [one, other] = pair
    if (one === other) continue
    if (isList(one) && isList(other)) {
      if (one.length !== other.length) return false
      for (const [index, item] of one.entries()) pairs.push([item, other[index] ?? null])
    } else if (isJsonObject(one) && isJsonObject(other)) {
      const keys = Object.keys(one)
      if (keys.length !== Object.keys(other).length) return false
      for (const key of keys) {
        if (!Object.hasOwn(other, key)) return false
        pairs.push([one[key] ?? null, other[key] ?? null])
      }
    } else {
      return false
    }
  }
  return true
}

/**
 * Compares two values. Values of unlike types are neither equal nor unequal, and only two numbers or two texts (by UTF-16
 * code units) have an order: everything else is unknown, since the one who wrote it meant something else.
 */
export function compareValues(operator: Comparison, left: JsonValue, right: JsonValue): Finding {
  const types = [typeName(left), typeName(right)]
  if (types[0] !== types[1]) {
    return { value: 'unknown', reason: `${types[0]} ${show(left)} cannot be compared with ${types[1]} ${show(right)}` }
  }
  const value = operator === '==' || operator === '!=' ? equate(operator, left, right) : order(operator, left, right)
  if (value === undefined) return { value: 'unknown', reason: `values of type ${types[0]} have no order` }
  return { value, reason: `${show(left)} ${operator} ${show(right)} ${value ? 'holds' : 'does not hold'}` }
}

/** Whether a value is in a list (as one of its items) or a map (as one of its keys); never a part of a text. */
export function findMember(left: JsonValue, right: JsonValue): Finding {
  if (isList(right)) {
    const value = right.some((item) => isSameJson(item, left))
    return { value, reason: `${show(left)} is ${value ? '' : 'not '}in the list` }
  }
  if (isJsonObject(right) && typeof left === 'string') {
    const value = Object.hasOwn(right, left)
    return { value, reason: `${show(left)} is ${value ? '' : 'not '}a key of the map` }
  }
  return { value: 'unknown', reason: `${typeName(left)} cannot be searched in ${typeName(right)}` }
}

/** A value for a sentence: JSON of at most 80 characters. */
export function show(value: JsonValue): string {
  const text = typeof value === 'object' && value !== null ? showComposite(value) : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text
}

/** JSON of a list or map would have to be made whole to be cut, and could be deep or long. */
function showComposite(value: object): string {
  return Array.isArray(value) ? `a list of ${value.length}` : `a map of ${Object.keys(value).length}`
}

/** The type of a value, for sentences. */
export function typeName(value: JsonValue): string {
  if (value === null) return 'null'
  if (isList(value)) return 'list'
  if (typeof value === 'object') return 'map'
  return typeof value === 'string' ? 'text' : typeof value
}

function equate(operator: '==' | '!=', left: JsonValue, right: JsonValue): boolean {
  return isSameJson(left, right) === (operator === '==')
}

function order(operator: Comparison, left: JsonValue, right: JsonValue): boolean | undefined {
  if (typeof left === 'number' && typeof right === 'number') return isOrdered(operator, left - right)
  if (typeof left === 'string' && typeof right === 'string')
    return isOrdered(operator, left < right ? -1 : left > right ? 1 : 0)
  return undefined
}

function isOrdered(operator: Comparison, difference: number): boolean {
  if (operator === '<') return difference < 0
  if (operator === '<=') return difference <= 0
  return operator === '>' ? difference > 0 : difference >= 0
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
