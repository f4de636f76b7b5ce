import type { JsonObject, JsonValue } from '../base/index.ts'

/**
 * How large an entry may be. Strangers choose ids, URLs and error texts; without bounds one of them could fill the
 * disk or make the entry unreadable.
 */
export const entryLimits = {
  /** Longest text or key, in bytes of its JSON form without the quotes: escapes count as they are stored. */
  textBytes: 4096,
  /** What the data may take before the rest is left out, in bytes of JSON; the last member may exceed it. */
  dataBytes: 65_536,
  /** Deepest nesting in the data; the data itself is 1. */
  dataDepth: 16,
  /** Longest line of an entry; what the limits above allow stays below it. */
  lineBytes: 131_072,
} as const

/** A text within bounds, and whether something was cut off. */
export interface BoundedText {
  readonly text: string
  readonly isCut: boolean
}

/**
 * A text that fits in an entry: at most `entryLimits.textBytes` of JSON, cut between characters. Lone surrogates
 * become U+FFFD; characters that JSON leaves raw but a terminal or a reader of lines obeys are written as `\u009b`.
 */
export function boundEntryText(text: string): BoundedText {
  const { textBytes } = entryLimits
  // One code unit takes at least one byte, so the rest can never fit. Cut first: the text may have gigabytes.
  const visible = text
    .slice(0, textBytes + 1)
    .toWellFormed()
    .replace(OBEYED, writeOut)
  const end = fittingLength(visible, textBytes)
  return { text: visible.slice(0, end), isCut: end < visible.length || text.length > textBytes + 1 }
}

/**
 * Data that fits in an entry: texts and keys are bounded, what is nested too deep or is no JSON becomes `null`, and
 * what exceeds the total is left out. If anything was lost, the result says `truncated: true`.
 */
export function boundEntryData(data: JsonObject): JsonObject {
  const budget: Budget = { bytes: entryLimits.dataBytes, isCut: false }
  const bounded = boundObject(data, budget, 1)
  return budget.isCut ? { ...bounded, truncated: true } : bounded
}

/** Whether a value could be an entry's data: an object of JSON values, well-formed, within the depth allowed. */
export function isEntryData(value: unknown): value is JsonObject {
  return isPlainObject(value) && isBoundedJson(value, 1)
}

/** Length of a text in JSON without the quotes, in bytes of UTF-8. The text has no lone surrogate. */
export function encodedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2
}

/** Whether that is at most so many bytes; most texts are known to fit by their length alone. */
export function fitsEncoded(text: string, limitBytes: number): boolean {
  return text.length * LARGEST_UNIT <= limitBytes || encodedBytes(text) <= limitBytes
}

/** DEL and the C1 controls (U+009B begins a terminal command), and the two Unicode line ends. */
const OBEYED = /[\u007f-\u009f\u2028\u2029]/g

/** No UTF-16 code unit takes more than the six bytes of `\u001b`. */
const LARGEST_UNIT = 6

/** What is left to spend; one is shared by the whole walk. */
interface Budget {
  bytes: number
  isCut: boolean
}

function writeOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Length of the longest beginning, in whole characters, whose JSON form fits. */
function fittingLength(text: string, limitBytes: number): number {
  if (fitsEncoded(text, limitBytes)) return text.length
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += encodedBytes(character)
    if (bytes > limitBytes) break
    end += character.length
  }
  return end
}

function boundValue(value: JsonValue, budget: Budget, depth: number): JsonValue {
  if (typeof value === 'string') return spendText(value, budget)
  if (typeof value === 'object' && value !== null) {
    if (depth > entryLimits.dataDepth) return giveUp(budget)
    return isPlainObject(value) ? boundObject(value, budget, depth) : boundList(value, budget, depth)
  }
  // The type promises JSON, but a value computed from a stranger's text may be Infinity or undefined.
  if (!isScalar(value)) return giveUp(budget)
  budget.bytes -= String(value).length
  return value
}

function boundObject(object: JsonObject, budget: Budget, depth: number): JsonObject {
  budget.bytes -= 2
  const members: [string, JsonValue][] = []
  for (const key of Object.keys(object)) {
    if (!hasBudget(budget)) break
    budget.bytes -= 2
    members.push([spendText(key, budget), boundValue(object[key] ?? null, budget, depth + 1)])
  }
  // Not by assignment: a member called __proto__ is data.
  return Object.fromEntries(members)
}

function boundList(list: readonly JsonValue[], budget: Budget, depth: number): readonly JsonValue[] {
  budget.bytes -= 2
  const items: JsonValue[] = []
  for (const item of list) {
    if (!hasBudget(budget)) break
    budget.bytes -= 1
    items.push(boundValue(item, budget, depth + 1))
  }
  return items
}

function spendText(text: string, budget: Budget): string {
  const bounded = boundEntryText(text)
  if (bounded.isCut) budget.isCut = true
  budget.bytes -= encodedBytes(bounded.text) + 2
  return bounded.text
}

function hasBudget(budget: Budget): boolean {
  if (budget.bytes <= 0) budget.isCut = true
  return budget.bytes > 0
}

function giveUp(budget: Budget): null {
  budget.isCut = true
  budget.bytes -= 4
  return null
}

function isBoundedJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return isScalar(value)
  if (depth > entryLimits.dataDepth) return false
  if (Array.isArray(value)) return value.every((item) => isBoundedJson(item, depth + 1))
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isBoundedJson(member, depth + 1))
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
