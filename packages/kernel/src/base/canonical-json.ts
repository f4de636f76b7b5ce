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
 * Tells whether a text is the canonical form of the value that was read from it. The answer is that of
 * `canonicalJson(value) === text`; most texts are judged without writing the form again member by member.
 */
export function isCanonicalJson(text: string, value: JsonValue): boolean {
  // Written as it stands, in order: only then is the engine's own form the canonical one.
  return (isOrdered(value) && JSON.stringify(value) === text) || canonicalJson(value) === text
}

function isOrdered(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (isArray(value)) return value.every(isOrdered)
  let last: string | undefined
  for (const key of Object.keys(value)) {
    if (last !== undefined && key <= last) return false
    if (!key.isWellFormed() || !isOrdered(value[key] ?? null)) return false
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
