import { isJsonObject, type JsonObject, type JsonValue } from '../../base/index.ts'
import { isJsonList } from '../json-list.ts'
import type { ExpressionProfile, Selection } from './audit.ts'

/**
 * A JSON value as CEL wants it: whole numbers are `bigint` (int), objects are `Map`s, so that a member called
 * `constructor` or `__proto__` is data and cannot be taken for the kind of the object.
 */
type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | Map<string, CelValue>

/** How much an evaluation reads. */
interface DataSize {
  values: number
  /** All characters of texts together. */
  characters: number
  longest: number
}

/** Most values and characters a condition may read; the conversion stops there. */
const maxValues = 20_000
const maxCharacters = 1_000_000

/** Deeper data than any border lets in; the conversion recurses, so it does not rely on them. */
const maxDataDepth = 128

/** Most elementary steps an evaluation may need in the worst case: a fraction of a second. */
const maxWork = 100_000_000

/** Converts what the expression reads, and nothing else; `undefined` when it reads more than is allowed. */
export function convertContext(
  context: JsonObject,
  profile: ExpressionProfile,
): { readonly ctx: CelValue; readonly size: DataSize } | undefined {
  const size: DataSize = { values: 0, characters: 0, longest: 0 }
  const ctx = convertSelected(context, profile.reads, size)
  return isOversized(size) ? undefined : { ctx, size }
}

/**
 * Tells whether the worst case stays within the bound. The data belongs to strangers: `x in ctx.list` inside of
 * `ctx.list.exists(…)` is the square of the list, and searching a megabyte in a megabyte takes a minute.
 */
export function isWithinWork({ outside, inside, joins, longestText }: ExpressionProfile, size: DataSize): boolean {
  const growth = joins + 1
  const items = size.values * growth + outside.nodes
  // Comparing or copying runs through everything once; texts go about sixteen characters at a time.
  const pass = items + (size.characters * growth) / 16
  const longest = Math.max(size.longest, longestText) * growth
  const search = (longest * longest) / 64
  const once = outside.nodes * pass + outside.searches * search
  const perItem = inside.nodes * pass + inside.searches * search
  return once + items * perItem <= maxWork
}

function convertSelected(value: JsonValue, selection: Selection, size: DataSize): CelValue {
  if (selection.whole || !isJsonObject(value)) return convert(value, size, 0)
  const members = new Map<string, CelValue>()
  for (const [name, below] of selection.members) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined
    if (member !== undefined) members.set(name, convertSelected(member, below, size))
  }
  return members
}

function convert(value: JsonValue, size: DataSize, depth: number): CelValue {
  size.values += depth > maxDataDepth ? Infinity : 1
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value === 'string') {
    size.characters += value.length
    size.longest = Math.max(size.longest, value.length)
    return value
  }
  if (typeof value !== 'object' || value === null || isOversized(size)) return isScalar(value) ? value : null
  if (isJsonList(value)) return convertList(value, size, depth)
  const members = new Map<string, CelValue>()
  for (const [key, member] of Object.entries(value)) {
    if (isOversized(size)) break
    size.characters += key.length
    members.set(key, convert(member, size, depth + 1))
  }
  return members
}

function convertList(list: readonly JsonValue[], size: DataSize, depth: number): CelValue {
  const items: CelValue[] = []
  for (const item of list) {
    if (isOversized(size)) break
    items.push(convert(item, size, depth + 1))
  }
  return items
}

function isScalar(value: JsonValue): value is null | boolean {
  return value === null || typeof value === 'boolean'
}

function isOversized(size: DataSize): boolean {
  return size.values > maxValues || size.characters > maxCharacters
}
