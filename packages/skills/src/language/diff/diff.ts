import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { pointerStep } from '../pointer.ts'
import { skillFields, toJson, type SkillField, type SkillTree } from '../tree.ts'
import {
  fieldsWithEntries,
  fieldsWithMembers,
  findEntries,
  getMember,
  isObject,
  isSame,
  type NamedEntry,
  type SkillChange,
  type SkillDiff,
} from './change.ts'
import { findSteady } from './order.ts'

/** A pair of values at one path; either may be absent. */
interface Pair<T> {
  readonly path: string
  readonly field: SkillField | 'id'
  readonly before: T
  readonly after: T
}

/**
 * Compares two states of a skill. Entries of a definition and effects are matched by name; one that stays, but changed its
 * place among those that stay, is `moved`, and as few are as possible. A field that is on one side only, and every text, is
 * one change with its whole value.
 */
export function diffSkills(before: SkillTree | undefined, after: SkillTree | undefined): SkillDiff {
  const left = before === undefined ? {} : toJson(before)
  const right = after === undefined ? {} : toJson(after)
  const id = diffValue({ path: '/id', field: 'id', before: left['id'], after: right['id'] })
  const fields = skillFields.flatMap((field) =>
    diffField({ path: `/${field}`, field, before: getMember(left, field), after: getMember(right, field) }),
  )
  // A new skill is there before its fields are, and the last thing to go.
  const changes = after === undefined ? [...fields, ...id] : [...id, ...fields]
  return { id: after?.id ?? before?.id ?? '', changes }
}

/** The fields that a diff touches, each once, in the order of `skillFields`; a skill's id is no field. */
export function changedFields(diff: SkillDiff): readonly SkillField[] {
  const touched = new Set<string>(diff.changes.map(({ field }) => field))
  return skillFields.filter((field) => touched.has(field))
}

function diffField(pair: Pair<JsonValue | undefined>): readonly SkillChange[] {
  const { path, field, before, after } = pair
  if (fieldsWithMembers.has(field) && isObject(before) && isObject(after)) {
    return diffMembers({ path, field, before, after })
  }
  if (fieldsWithEntries.has(field)) {
    const [left, right] = [findEntries(before), findEntries(after)]
    if (left && right) return diffEntries({ path, field, before: left, after: right })
  }
  return diffValue(pair)
}

function diffValue({ path, field, before, after }: Pair<JsonValue | undefined>): readonly SkillChange[] {
  if (isSame(before, after)) return []
  if (before === undefined) return after === undefined ? [] : [{ path, field, kind: 'added', after }]
  if (after === undefined) return [{ path, field, kind: 'removed', before }]
  return [{ path, field, kind: 'changed', before, after }]
}

function diffMembers({ path, field, before, after }: Pair<JsonObject>): readonly SkillChange[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) => {
    const pair = { path: path + pointerStep(key), field, before: getMember(before, key), after: getMember(after, key) }
    return diffValue(pair)
  })
}

/** Removed entries come first, then what changed, moved or came, in the order of the list afterwards. */
function diffEntries({ path, field, before, after }: Pair<readonly NamedEntry[]>): readonly SkillChange[] {
  const left = new Map(before.map(({ name, entry }, index) => [name, { entry, index }]))
  const staying = new Set(after.map(({ name }) => name))
  const steady = findSteady([...left.keys()], [...staying])
  const removed = before.flatMap(({ name, entry }, from): readonly SkillChange[] =>
    staying.has(name) ? [] : [{ path: path + pointerStep(name), field, kind: 'removed', before: entry, from }],
  )
  const rest = after.flatMap(({ name, entry }, to): readonly SkillChange[] => {
    const at = { path: path + pointerStep(name), field }
    const old = left.get(name)
    if (old === undefined) return [{ ...at, kind: 'added', after: entry, to }]
    const moved: readonly SkillChange[] = steady.has(name) ? [] : [{ ...at, kind: 'moved', from: old.index, to }]
    return [...moved, ...diffEntry({ ...at, before: old.entry, after: entry })]
  })
  return [...removed, ...rest]
}

function diffEntry({ path, field, before, after }: Pair<JsonObject>): readonly SkillChange[] {
  const [left, right] = [getMember(before, 'options'), getMember(after, 'options')]
  if (!isObject(left) || !isObject(right)) return diffMembers({ path, field, before, after })
  const { options: _before, ...plainBefore } = before
  const { options: _after, ...plainAfter } = after
  return [
    ...diffMembers({ path, field, before: plainBefore, after: plainAfter }),
    ...diffMembers({ path: `${path}/options`, field, before: left, after: right }),
  ]
}
