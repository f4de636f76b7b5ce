import { err, ok, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import { readPointer } from '../pointer.ts'
import { skillTreeSchema, toJson, type SkillTree } from '../tree.ts'
import { applyEntries } from './apply-entries.ts'
import { applyMembers, explain } from './apply-member.ts'
import {
  fieldsWithEntries,
  fieldsWithMembers,
  getMember,
  isObject,
  type SkillChange,
  type SkillDiff,
} from './change.ts'

/**
 * Does to a skill what a diff says; `applySkillDiff(diffSkills(a, b), a)` is `b`.
 *
 * Refused with a reason when the skill is not the one the diff was made from (something is not there, is other, or is there
 * already), when a change makes no sense at its path, and when the outcome is no skill. The diff may come from a file.
 */
export function applySkillDiff(diff: SkillDiff, before: SkillTree | undefined): Result<SkillTree | undefined, string> {
  const whole = diff.changes.filter(({ path }) => readPointer(path).length === 1)
  const fields = applyMembers(before === undefined ? {} : toJson(before), whole)
  if (!fields.ok) return fields
  const json = new Map(Object.entries(fields.value))
  const parts = diff.changes.filter(({ path }) => readPointer(path).length !== 1)
  for (const [field, changes] of Map.groupBy(parts, ({ path }) => readPointer(path)[0] ?? '')) {
    const value = applyParts({ field, changes, json: fields.value })
    if (!value.ok) return value
    json.set(field, value.value)
  }
  if (json.size === 0) return ok(undefined)
  const tree = skillTreeSchema.safeParse(Object.fromEntries(json))
  return tree.success ? ok(tree.data) : err('the outcome is no skill')
}

interface Parts {
  readonly field: string
  readonly changes: readonly SkillChange[]
  readonly json: JsonObject
}

/** Changes inside of one field. */
function applyParts({ field, changes, json }: Parts): Result<JsonValue, string> {
  const value = getMember(json, field)
  if (fieldsWithEntries.has(field)) return applyEntries(value, changes)
  const nonsense = changes.find(({ path }) => readPointer(path).length !== 2)
  if (nonsense) return err(explain(nonsense, 'makes no sense'))
  return fieldsWithMembers.has(field) && isObject(value) ? applyMembers(value, changes) : err(`/${field} has no parts`)
}
