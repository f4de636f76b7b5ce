import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { SkillField } from '../tree.ts'

/**
 * One difference between two states of a skill, at a JSON Pointer into its tree. Entries of `definition` and `effects` are
 * named there by their name, not by where they stand.
 *
 * @example { path: '/definition/approval/options/required', field: 'definition', kind: 'changed', before: false, after: true }
 */
export interface SkillChange {
  readonly path: string
  /** `id` when the skill itself comes, goes or gets another name. */
  readonly field: SkillField | 'id'
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  /** What was there; absent when something is added or moved. */
  readonly before?: JsonValue
  /** What is there now; absent when something is removed or moved. */
  readonly after?: JsonValue
  /** Place in the list before, from 0: of an entry that is removed or moved. */
  readonly from?: number
  /** Place in the list after, from 0: of an entry that is added or moved. */
  readonly to?: number
}

/** All differences between two states of one skill; none when they are the same tree. */
export interface SkillDiff {
  /** The skill's id afterwards, or before when it goes; empty when there is no skill on either side. */
  readonly id: string
  readonly changes: readonly SkillChange[]
}

/** Fields whose members are compared one by one. */
export const fieldsWithMembers: ReadonlySet<string> = new Set(['evolve', 'tool'])
/** Fields that are lists of entries with names. */
export const fieldsWithEntries: ReadonlySet<string> = new Set(['definition', 'effects'])

/** An entry of a list, which is known by its name. */
export interface NamedEntry {
  readonly name: string
  readonly entry: JsonObject
}

/** The entries of a list; undefined when one has no name, or two have the same: then the list is one value. */
export function findEntries(value: JsonValue | undefined): readonly NamedEntry[] | undefined {
  if (!isList(value)) return undefined
  const entries = value.flatMap((entry) => {
    if (!isObject(entry)) return []
    const name = getMember(entry, 'name')
    return typeof name === 'string' ? [{ name, entry }] : []
  })
  return new Set(entries.map(({ name }) => name)).size === value.length ? entries : undefined
}

/** A member that the object itself has: `constructor` is data like any other name. */
export function getMember(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Whether two values are the same JSON, in which members have no order; both may be absent. */
export function isSame(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (isList(left)) {
    return isList(right) && left.length === right.length && left.every((item, index) => isSame(item, right[index]))
  }
  if (!isObject(left)) return left === right
  if (!isObject(right)) return false
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => isSame(left[key], getMember(right, key)))
}

/** Whether a value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a list. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
