import { err, ok, type JsonObject, type Result } from '@rumi/kernel/base'
import { readPointer } from '../pointer.ts'
import { isSame, type SkillChange } from './change.ts'

/** Does changes to members of one object, which the last steps of their paths name: `before` must be what is there. */
export function applyMembers(object: JsonObject, changes: readonly SkillChange[]): Result<JsonObject, string> {
  const members = new Map(Object.entries(object))
  for (const change of changes) {
    const key = readPointer(change.path).at(-1)
    if (key === undefined || change.kind === 'moved') return err(explain(change, 'makes no sense'))
    const found = members.get(key)
    if (change.kind === 'added' ? found !== undefined : change.before === undefined || !isSame(found, change.before)) {
      return err(explain(change, found === undefined ? 'is not there' : 'is not what the diff was made from'))
    }
    if (change.kind === 'removed') members.delete(key)
    else if (change.after === undefined) return err(explain(change, 'has no value'))
    else members.set(key, change.after)
  }
  return ok(Object.fromEntries(members))
}

/** Why a change cannot be done, in one line. */
export function explain({ kind, path }: SkillChange, reason: string): string {
  return `${path} (${kind}) ${reason}`
}
