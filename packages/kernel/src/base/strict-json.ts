import type { JsonValue } from './json.ts'
import { err, ok, type Result } from './result.ts'

/** Bounds that hold before anything is built. */
export interface JsonLimits {
  /** Largest input, in bytes of UTF-8. */
  readonly maxBytes: number
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number
}

/** Why a document was refused; `offset` is a character position where one is known. */
export interface JsonProblem {
  readonly kind: 'too-large' | 'not-utf8' | 'too-deep' | 'duplicate-key' | 'syntax'
  readonly message: string
  readonly offset?: number
}

/**
 * Reads JSON that a stranger wrote: UTF-8 must be exact, nesting is bounded before parsing, a key may not occur
 * twice (which of the two counts would depend on the reader), and `__proto__` is data.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): Result<JsonValue, JsonProblem> {
  if (bytes.length > limits.maxBytes) {
    return err({ kind: 'too-large', message: `larger than ${limits.maxBytes} bytes` })
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) return err({ kind: 'not-utf8', message: 'not valid UTF-8' })
  const structure = scanStructure(text, limits.maxDepth)
  if (structure) return err(structure)
  try {
    const value: JsonValue = JSON.parse(text)
    // 1e999 is good JSON and becomes Infinity, which no JSON can carry any further.
    if (mayOverflow(text) && !isCarriable(value)) return err({ kind: 'syntax', message: 'a number is out of range' })
    return ok(value)
  } catch (error) {
    return err({ kind: 'syntax', message: error instanceof Error ? error.message : 'not JSON' })
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined // the only failure of a fatal decoder is invalid UTF-8
  }
}

/** Only a number with 200 digits or an exponent of three can be too large; cheaper than to look at every value. */
function mayOverflow(text: string): boolean {
  return /\d[eE]\+?\d{3}|\d{200}/.test(text)
}

function isCarriable(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isCarriable)
}

/** One pass over the text: depth, and keys of each open object. Syntax proper is left to the parser. */
function scanStructure(text: string, maxDepth: number): JsonProblem | undefined {
  const open: (Set<string> | undefined)[] = []
  let expectKey = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') {
      const end = stringEnd(text, at)
      const keys = open.at(-1)
      if (expectKey && keys) {
        const key = readKey(text.slice(at, end + 1))
        if (keys.has(key))
          return { kind: 'duplicate-key', message: `the key ${JSON.stringify(key)} occurs twice`, offset: at }
        keys.add(key)
        expectKey = false
      }
      at = end
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined)
      expectKey = char === '{'
      if (open.length > maxDepth) return { kind: 'too-deep', message: `nested deeper than ${maxDepth}`, offset: at }
    } else if (char === '}' || char === ']') {
      open.pop()
      expectKey = false
    } else if (char === ',') {
      expectKey = open.at(-1) !== undefined
    }
  }
  return undefined
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function readKey(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted // malformed: the parser reports it
  }
}
