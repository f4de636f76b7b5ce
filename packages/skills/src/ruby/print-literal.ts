import { isJsonObject, type JsonObject, type JsonValue } from '@rumi/kernel/base'

/** How texts of several lines are written. */
export type TextStyle = 'heredoc' | 'quoted'

/** A name as a symbol, where it can be one without quotes. */
export function printName(name: string): string {
  return isSimple(name) ? `:${name}` : printQuoted(name)
}

/** Names between commas. */
export function printNames(names: readonly string[]): string {
  return names.map(printName).join(', ')
}

/** A text in double quotes; nothing in it is code. */
export function printQuoted(text: string): string {
  return `"${text.replaceAll(/["\\#\p{Cc}\p{Cf}\u2028\u2029]/gu, escape)}"`
}

/** A text as a heredoc of that margin where it can be one, and in quotes otherwise. */
export function printText(text: string, margin: string, style: TextStyle): string {
  if (style === 'quoted' || !fitsHeredoc(text)) return printQuoted(text)
  const lines = text.slice(0, -1).split('\n')
  const tag = /\\|#[{$@]/.test(text) ? "'MD'" : 'MD'
  const body = lines.map((line) => (line === '' ? '' : `${margin}  ${line}`))
  return [`<<~${tag}`, ...body, `${margin}MD`].join('\n')
}

/** A value on one line. */
export function printLiteral(value: JsonValue): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return printQuoted(value)
  if (typeof value === 'number') return printNumber(value)
  if (typeof value === 'boolean') return String(value)
  if (isJsonObject(value)) return Object.keys(value).length === 0 ? '{}' : `{ ${printPairs(value)} }`
  return `[${value.map(printLiteral).join(', ')}]`
}

/** The pairs of an object, as keyword arguments. */
export function printPairs(value: JsonObject): string {
  return Object.entries(value)
    .map(([key, item]) => (isSimple(key) ? `${key}: ` : `${printQuoted(key)} => `) + printLiteral(item))
    .join(', ')
}

/** Tells whether a name needs no quotes as a symbol or a key. */
export function isSimple(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}

/** An integer that is too large for one is a float, which has a point or an exponent in Ruby. */
function printNumber(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value)
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['#', '\\#'],
  ['\n', '\\n'],
  ['\t', '\\t'],
])

function escape(character: string): string {
  return shortEscapes.get(character) ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** The margin is found by the line with the least of it, so that one line has to have none of its own. */
function fitsHeredoc(text: string): boolean {
  if (!text.endsWith('\n') || /[^\P{C}\n]/u.test(text)) return false
  const lines = text.slice(0, -1).split('\n')
  return lines.some((line) => /^\S/.test(line)) && lines.every((line) => line.trim() !== 'MD')
}
