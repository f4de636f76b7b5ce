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
