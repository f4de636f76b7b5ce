import { err, ok, type Result } from '@rumi/kernel/base'
import { conditionLimits, type ConditionProblem } from './syntax.ts'

/** One word of a condition; `column` counts from 1. */
export type Token = { readonly column: number } & (
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /** A Ruby symbol, which is read as its name. */
  | { readonly kind: 'symbol'; readonly value: string }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' }
)

interface Lexeme {
  readonly token: Token
  /** Where the next one may start, from 0. */
  readonly end: number
}

const operands = ['a name', 'a number', 'a quoted text', 'true, false or null', 'a list in [ ]', 'a condition in ( )']
const signs = ['==', '!=', '<=', '>=', '&&', '||', '<', '>', '!', '(', ')', '[', ']', ',']
const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['t', '\t'],
])

/** What may stand where a value is wanted, for problems. */
export const operandWords: readonly string[] = operands

/** Splits a condition into words; ends with one of kind `end`. Takes time in proportion to the length. */
export function readTokens(text: string): Result<readonly Token[], ConditionProblem> {
  if (text.length > conditionLimits.length) {
    const message = `a condition has at most ${conditionLimits.length} characters; this has ${text.length}`
    return err({ kind: 'too-long', column: conditionLimits.length + 1, message, expected: ['the end'] })
  }
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const read = readLexeme(text, at)
    if (!read.ok) return read
    tokens.push(read.value.token)
    at = skipSpace(text, read.value.end)
  }
  tokens.push({ kind: 'end', column: text.length + 1 })
  return ok(tokens)
}

function readLexeme(text: string, at: number): Result<Lexeme, ConditionProblem> {
  const char = text[at] ?? ''
  if (isNameStart(char)) return readName(text, at)
  if (isDigit(char) || (char === '-' && isDigit(text[at + 1] ?? ''))) return readNumber(text, at)
  if (char === '"' || char === "'") return readQuoted(text, { at, kind: 'text', column: at + 1 })
  if (char === ':') return readSymbol(text, at)
  // The longest sign first: `<=` is not `<` and `=`.
  const sign = signs.find((candidate) => text.startsWith(candidate, at))
  if (sign === undefined) return err(unexpectedSign(text, at))
  if ((sign === '==' || sign === '!=') && text[at + 2] === '=') return err(unexpectedSign(text, at))
  return ok({ token: { kind: 'sign', text: sign, column: at + 1 }, end: at + sign.length })
}

function unexpectedSign(text: string, at: number): ConditionProblem {
  const shown = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const hint: Readonly<Record<string, readonly string[]>> = {
    '=': ['== (two signs)'],
    '!': ['!= (two signs)'],
    '&': ['&& or and'],
    '|': ['|| or or'],
  }
  const expected = Object.hasOwn(hint, shown) ? hint[shown] : undefined
  const allowed = expected ?? [...operands, 'and, or, not, in', '== != < <= > >=']
  return syntaxProblem({ column: at + 1, message: `${JSON.stringify(shown)} means nothing here`, expected: allowed })
}

/** Letters, digits and `_`, segments joined by `.`; a `?` may end it, as in Ruby's questions. */
function readName(text: string, at: number): Result<Lexeme, ConditionProblem> {
  let end = at
  while (isNamePart(text[end] ?? '') || (text[end] === '.' && isNameStart(text[end + 1] ?? ''))) end += 1
  if (text[end] === '?') end += 1
  return ok({ token: { kind: 'name', text: text.slice(at, end), column: at + 1 }, end })
}

function readNumber(text: string, at: number): Result<Lexeme, ConditionProblem> {
  let end = at + 1
  while (/[0-9A-Za-z_.]/.test(text[end] ?? '') || (/[+-]/.test(text[end] ?? '') && /[eE]/.test(text[end - 1] ?? ''))) {
    end += 1
  }
  const written = text.slice(at, end)
  const value = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(written) ? Number(written) : Number.NaN
  if (!Number.isFinite(value)) {
    const message = `${JSON.stringify(written.slice(0, 40))} is no number`
    return err(syntaxProblem({ column: at + 1, message, expected: ['a decimal number such as 3, -1 or 0.8'] }))
  }
  return ok({ token: { kind: 'number', value, column: at + 1 }, end })
}

function readSymbol(text: string, at: number): Result<Lexeme, ConditionProblem> {
  const next = text[at + 1] ?? ''
  if (next === '"' || next === "'") return readQuoted(text, { at: at + 1, kind: 'symbol', column: at + 1 })
  let end = at + 1
  while (isNamePart(text[end] ?? '')) end += 1
  if (!isNameStart(next)) {
    return err(syntaxProblem({ column: at + 1, message: 'a ":" starts a symbol', expected: [':name', ':"name"'] }))
  }
  if (text[end] === '?') end += 1
  return ok({ token: { kind: 'symbol', value: text.slice(at + 1, end), column: at + 1 }, end })
}

interface Quoted {
  /** Of the opening quote. */
  readonly at: number
  readonly kind: 'text' | 'symbol'
  readonly column: number
}

function readQuoted(text: string, { at, kind, column }: Quoted): Result<Lexeme, ConditionProblem> {
  const quote = text[at] ?? ''
  let value = ''
  for (let end = at + 1; end < text.length; end += 1) {
    const char = text[end] ?? ''
    if (char === quote) return ok({ token: { kind, value, column }, end: end + 1 })
    if (char !== '\\') {
      value += char
      continue
    }
    end += 1
    const plain = escapes.get(text[end] ?? '')
    if (plain === undefined) {
      return err(syntaxProblem({ column: end, message: 'this escape is unknown', expected: ['\\\\ \\\' \\" \\n \\t'] }))
    }
    value += plain
  }
  return err(syntaxProblem({ column, message: 'the quoted text does not end', expected: [`a closing ${quote}`] }))
}

/** A problem of kind `syntax`. */
export function syntaxProblem(problem: Omit<ConditionProblem, 'kind'>): ConditionProblem {
  return { kind: 'syntax', ...problem }
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (/[ \t\r\n]/.test(text[next] ?? '')) next += 1
  return next
}

function isDigit(char: string): boolean {
  return /^[0-9]$/.test(char)
}

/** ASCII only: a Cyrillic letter that looks like a Latin one would name something else than the reader sees. */
function isNameStart(char: string): boolean {
  return /^[A-Za-z_]$/.test(char)
}

function isNamePart(char: string): boolean {
  return /^[A-Za-z0-9_]$/.test(char)
}
