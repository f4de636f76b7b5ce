import { err, ok, unreachable, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import { readPointer } from '../pointer.ts'
import { applyMembers, explain } from './apply-member.ts'
import { findEntries, getMember, isObject, isSame, type SkillChange } from './change.ts'

/** A list while a diff is done to it. */
interface Draft {
  /** Entries that are still there, in their first order. */
  readonly entries: Map<string, { readonly entry: JsonObject; readonly index?: number }>
  /** Entries that get a place of their own, by name. */
  readonly placed: Map<string, number>
}

/** Does the changes of a list of named entries to it. */
export function applyEntries(
  value: JsonValue | undefined,
  changes: readonly SkillChange[],
): Result<readonly JsonValue[], string> {
  const entries = findEntries(value)
  if (entries === undefined) return err('the list is not there, or its entries have no names of their own')
  const draft: Draft = {
    entries: new Map(entries.map(({ name, entry }, index) => [name, { entry, index }])),
    placed: new Map(),
  }
  const inner = new Map<string, SkillChange[]>()
  for (const change of changes) {
    const [, name = '', ...members] = readPointer(change.path)
    if (members.length > 0) {
      const group = inner.get(name)
      if (group === undefined) inner.set(name, [change])
      else group.push(change)
      continue
    }
    const refusal = applyToList(draft, name, change)
    if (refusal !== undefined) return err(explain(change, refusal))
  }
  for (const [name, group] of inner) {
    const changed = applyInside(draft.entries.get(name)?.entry, group)
    if (!changed.ok) return changed
    draft.entries.set(name, { ...draft.entries.get(name), entry: changed.value })
  }
  return arrange(draft)
}

/** An entry that comes, goes or moves; the answer says why it cannot. */
function applyToList(draft: Draft, name: string, change: SkillChange): string | undefined {
  const found = draft.entries.get(name)
  switch (change.kind) {
    case 'added':
      return found === undefined ? addEntry(draft, name, change) : 'is there already'
    case 'removed':
      if (!found || found.index !== change.from || !isSame(found.entry, change.before)) return 'is not what was there'
      draft.entries.delete(name)
      return undefined
    case 'moved':
      return found && found.index === change.from ? placeEntry(draft, name, change) : 'is not where it was'
    case 'changed':
      return 'makes no sense'
    default:
      return unreachable(change.kind)
  }
}

function addEntry(draft: Draft, name: string, change: SkillChange): string | undefined {
  const { after } = change
  if (!isObject(after) || getMember(after, 'name') !== name) return 'does not have the name of its path'
  draft.entries.set(name, { entry: after })
  return placeEntry(draft, name, change)
}

function placeEntry(draft: Draft, name: string, { to }: SkillChange): string | undefined {
  if (to === undefined || draft.placed.has(name)) return 'has no place, or two'
  draft.placed.set(name, to)
  return undefined
}

/** Changes of members of one entry and of its options. Its name is how it is known, so that one stays. */
function applyInside(entry: JsonObject | undefined, changes: readonly SkillChange[]): Result<JsonObject, string> {
  const [first] = changes
  if (entry === undefined) return err(first ? explain(first, 'is not there') : 'nothing to do')
  const groups = Map.groupBy(changes, ({ path }) => {
    const [, , member, ...deeper] = readPointer(path)
    if (deeper.length === 0) return member === 'name' ? 'nonsense' : 'member'
    return deeper.length === 1 && member === 'options' ? 'option' : 'nonsense'
  })
  const [nonsense] = groups.get('nonsense') ?? []
  if (nonsense) return err(explain(nonsense, 'makes no sense'))
  const changed = applyMembers(entry, groups.get('member') ?? [])
  const optionChanges = groups.get('option')
  if (!changed.ok || !optionChanges) return changed
  const options = getMember(changed.value, 'options')
  const applied = isObject(options) ? applyMembers(options, optionChanges) : err('an entry without options')
  return applied.ok ? ok({ ...changed.value, options: applied.value }) : applied
}

/** Puts the entries that have a place there, and the others between them in the order they had. */
function arrange({ entries, placed }: Draft): Result<readonly JsonValue[], string> {
  const list: (JsonObject | undefined)[] = Array.from({ length: entries.size }, () => undefined)
  for (const [name, place] of placed) {
    const entry = entries.get(name)?.entry
    if (entry === undefined || !(place in list) || list[place] !== undefined) return err('two entries have one place')
    list[place] = entry
  }
  const others = [...entries].filter(([name]) => !placed.has(name)).map(([, { entry }]) => entry)
  const arranged = list.map((entry) => entry ?? others.shift())
  return ok(arranged.filter((entry) => entry !== undefined))
}
