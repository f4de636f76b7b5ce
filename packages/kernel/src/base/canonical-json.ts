import type { JsonValue } from './json.ts'

/** Thrown for a value RFC 8785 cannot express: a non-finite number or a lone surrogate. */
export class CanonicalJsonError extends Error {}

/**
 * The one byte sequence for a JSON value (RFC 8785): keys sorted by UTF-16 code units, ECMAScript numbers,
 * no white space. Two values are equal exactly when their canonical forms are.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return canonicalNumber(value)
  if (typeof value === 'string') return canonicalString(value)
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonicalString(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

/**
 * Reads a text that the engine itself would write for the value, with its keys in order: such a text is canonical, so it
 * names no key twice and holds no lone surrogate, and nothing else about its form is left to check. Undefined says
 * nothing: the text may be canonical all the same (keys that are numbers), or no JSON at all.
 */
export function readPlainCanonicalJson(text: string, maxDepth: number): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(text)
    return isOrdered(value, maxDepth) && JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined // whoever asks goes the long way, which says what is wrong
  }
}

function isOrdered(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (isArray(value)) return value.every((item) => isOrdered(item, depth - 1))
  let last: string | undefined
  for (const key of Object.keys(value)) {
    if (last !== undefined && key <= last) return false
    if (!key.isWellFormed() || !isOrdered(value[key] ?? null, depth - 1)) return false
    last = key
  }
  return true
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new CanonicalJsonError('a number must be finite')
  return JSON.stringify(value)
}

function canonicalString(value: string): string {
  // A lone surrogate has no UTF-8 form: two readers could hash different bytes. (RFC 8785 §3.2.2.2)
  if (!value.isWellFormed()) throw new CanonicalJsonError('a text must not hold a lone surrogate')
  return JSON.stringify(value)
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
