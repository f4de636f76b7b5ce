import type { JsonObject, JsonValue } from '../../base/index.ts'
import { findValue, findWholeReference, splitReferences, type Reference } from '../reference.ts'
import type { Condition, Verdict } from './verdict.ts'
import { maskQuotes } from './mask.ts'
import { isTruthy } from './truth.ts'

type Operator = '==' | '!=' | '>=' | '<=' | '>' | '<'

/** The plain form of a condition (see `compileCondition`), or `undefined` when the text is not of that form. */
export function parseComparison(text: string): Condition | undefined {
  const trimmed = text.trim()
  const masked = maskQuotes(trimmed)
  if (masked === undefined) return undefined
  if (trimmed === '') return constant(text, false)
  const operators = [...masked.matchAll(/==|!=|>=|<=|>|</g)]
  const [operator] = operators
  if (operators.length > 1) return undefined
  if (operator === undefined) return parseSingleValue(text, trimmed)
  const reference = findReference(trimmed.slice(0, operator.index).trim())
  const literal = parseLiteral(trimmed.slice(operator.index + operator[0].length).trim(), 'words')
  if (reference === undefined || literal === undefined || !isOperator(operator[0])) return undefined
  return compare(text, { reference, operator: operator[0], literal: literal.value })
}

function parseSingleValue(text: string, trimmed: string): Condition | undefined {
  const reference = findReference(trimmed)
  if (reference) return { text, evaluate: (context) => verdict(context, reference, isTruthy) }
  const literal = parseLiteral(trimmed, 'no-words')
  return literal && constant(text, isTruthy(literal.value))
}

function constant(text: string, value: boolean): Condition {
  return { text, evaluate: () => ({ value, missing: [] }) }
}

function verdict(context: JsonObject, reference: Reference, test: (value: JsonValue | undefined) => boolean): Verdict {
  const value = findValue(context, reference.path)
  return { value: test(value), missing: value === undefined ? [reference.name] : [] }
}

/** People quote references as they do in `input`; the quotes do not turn the value into a text. */
function findReference(side: string): Reference | undefined {
  return findWholeReference(/^(?:"[^"\\]*"|'[^'\\]*')$/.test(side) ? side.slice(1, -1) : side)
}

/**
 * A literal, wrapped because null is one. A quoted text with a reference would silently compare with the letters
 * `$ctx…`, and one with a backslash has escapes: both are left to CEL, which refuses the first and reads the second.
 */
function parseLiteral(side: string, bare: 'words' | 'no-words'): { readonly value: JsonValue } | undefined {
  if (/^(?:"[^"\\]*"|'[^'\\]*')$/.test(side)) {
    const parts = splitReferences(side.slice(1, -1))
    return parts.every((part) => typeof part === 'string') ? { value: parts.join('') } : undefined
  }
  const word = side.toLowerCase()
  if (word === 'true' || word === 'false') return { value: word === 'true' }
  if (word === 'none' || word === 'null') return { value: null }
  const number = parseDecimal(side)
  if (number !== undefined) return { value: number }
  // A word without letter or digit is an operator of CEL ("5 - 3"); and, or, not, in announce a longer condition.
  const isBare = /^[\p{L}\p{M}\p{N}_.:/@# -]+$/u.test(side)
  const words = side.split(/ +/)
  const isPlain = words.every((part) => /[\p{L}\p{N}_]/u.test(part) && !/^(?:and|or|not|in)$/i.test(part))
  return bare === 'words' && isBare && isPlain ? { value: side } : undefined
}

interface Comparison {
  readonly reference: Reference
  readonly operator: Operator
  readonly literal: JsonValue
}

function compare(text: string, { reference, operator, literal }: Comparison): Condition {
  if (operator === '==' || operator === '!=') {
    const wanted = operator === '=='
    const test = (value: JsonValue | undefined): boolean => isSame(value, literal) === wanted
    return { text, evaluate: (context) => verdict(context, reference, test) }
  }
  const right = toNumber(literal)
  const test = (value: JsonValue | undefined): boolean => {
    const left = toNumber(value)
    return left !== undefined && right !== undefined && isOrdered(left, operator, right)
  }
  return { text, evaluate: (context) => verdict(context, reference, test) }
}

function isSame(value: JsonValue | undefined, literal: JsonValue): boolean {
  if (value === undefined || value === null || literal === null) return (value ?? null) === literal
  return toText(value) === toText(literal)
}

function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isOrdered(left: number, operator: '>=' | '<=' | '>' | '<', right: number): boolean {
  if (operator === '>') return left > right
  if (operator === '<') return left < right
  return operator === '>=' ? left >= right : left <= right
}

function toNumber(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' ? parseDecimal(value.trim()) : undefined
}

/** Decimal notation only: hexadecimal, `Infinity` and the empty text are not numbers to a reader of YAML. */
function parseDecimal(text: string): number | undefined {
  // A number of more digits than this is text; the bound also keeps the conversion cheap.
  if (text.length > 64 || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

function isOperator(text: string): text is Operator {
  return text === '==' || text === '!=' || text === '>=' || text === '<=' || text === '>' || text === '<'
}
