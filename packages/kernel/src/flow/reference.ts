import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts'
import { isJsonList } from './json-list.ts'

/**
 * A place in the run's context. Written `${ctx.a.b}` or `$ctx.a.b`; `flow` instead of `ctx` means the same.
 * In braces a segment is letters, digits, `_` and `-` of any script; without braces only `[A-Za-z0-9_]`, so that
 * punctuation ends it: `Name $ctx.n.` refers to `n`. A segment of digits is an index when it meets a list.
 * `$env` does not exist: a flow never reads the host's environment. (pack-development §Variables)
 */
export interface Reference {
  /** At least one segment. */
  readonly path: readonly string[]
  /** For people, always in this form: `ctx.a.b`. */
  readonly name: string
}

/** One piece of a text: literal characters, or a reference to expand. */
export type TextPart = string | Reference

// A second "$" in front escapes. No two parts of the pattern match the same character: it is linear in the text.
const referencePattern =
  /\$?\$(?:\{\s*(?:ctx|flow)((?:\.[\p{L}\p{M}\p{N}_-]+)+)\s*\}|(?:ctx|flow)((?:\.[A-Za-z0-9_]+)+))/gu

/**
 * Cuts a text at its references; neighbouring literals are joined and empty ones left out.
 * `$$ctx.a` and `$${ctx.a}` are the literal texts `$ctx.a` and `${ctx.a}`. Anything else with a `$` is literal as it is.
 */
export function splitReferences(text: string): readonly TextPart[] {
  if (!text.includes('$')) return [text]
  const parts: TextPart[] = []
  let literal = ''
  let end = 0
  for (const match of text.matchAll(referencePattern)) {
    literal += text.slice(end, match.index)
    end = match.index + match[0].length
    if (match[0].startsWith('$$')) {
      literal += match[0].slice(1)
      continue
    }
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(toReference((match[1] ?? match[2] ?? '').slice(1)))
  }
  literal += text.slice(end)
  if (literal !== '' || parts.length === 0) parts.push(literal)
  return parts
}

/** The reference that is the whole text, or `undefined`. */
export function findWholeReference(text: string): Reference | undefined {
  const parts = splitReferences(text)
  const [first] = parts
  return parts.length === 1 && typeof first === 'object' ? first : undefined
}

function toReference(dotted: string): Reference {
  return { path: dotted.split('.'), name: `ctx.${dotted}` }
}

/**
 * The value a reference points to; `undefined` when there is none. Only own members of objects and items of lists are
 * found: `__proto__`, `constructor` or `length` are missing unless the data holds them.
 *
 * A key of the context may itself hold dots (`_step_out.fetch`): when the context has no member named like the first
 * segment, the longest such key counts.
 */
export function findValue(context: JsonObject, path: readonly string[]): JsonValue | undefined {
  const [first = ''] = path
  if (Object.hasOwn(context, first)) return walk(context, path)
  for (let count = path.length; count > 1; count -= 1) {
    const key = path.slice(0, count).join('.')
    if (Object.hasOwn(context, key)) return walk(context[key], path.slice(count))
  }
  return undefined
}

function walk(start: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = start
  for (const segment of path) {
    if (isJsonList(value)) value = /^(?:0|[1-9]\d{0,8})$/.test(segment) ? value[Number(segment)] : undefined
    else if (isJsonObject(value) && Object.hasOwn(value, segment)) value = value[segment]
    else return undefined
  }
  return value
}
