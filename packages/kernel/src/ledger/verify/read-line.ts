import type { z } from 'zod'
import {
  canonicalJson,
  err,
  ok,
  parseStrictJson,
  readPlainCanonicalJson,
  type JsonValue,
  type Result,
} from '../../base/index.ts'
import { entryLimits } from '../entry-bounds.ts'

/**
 * Why a line is refused: `not-json` is no JSON, too large, too deep or names a key twice; `wrong-shape` has other
 * members or values than its schema; `not-canonical` says the right thing in another form than RFC 8785.
 */
export type LineFault = 'not-json' | 'wrong-shape' | 'not-canonical'

/** The line holds an entry, and the entry its data. */
const LIMITS = { maxBytes: entryLimits.lineBytes, maxDepth: entryLimits.dataDepth + 1 }

/**
 * Reads one line in the only form it can have. The form matters: two readers that took two spellings of one value, or
 * the first and the second of two equal keys, would disagree about what was signed.
 *
 * @param schema - Must admit well-formed texts and finite numbers only, because only those have a canonical form.
 */
export function readLine<T>(line: string, schema: z.ZodType<T>): Result<T, LineFault> {
  const isSmall = line.length * LARGEST_UNIT <= LIMITS.maxBytes
  const plain = isSmall ? readPlainCanonicalJson(line, LIMITS.maxDepth) : undefined
  if (plain !== undefined) return judge(plain, schema)
  const json = parseStrictJson(Buffer.from(line), LIMITS)
  if (!json.ok) return err('not-json')
  const read = judge(json.value, schema)
  if (!read.ok) return read
  // Compared as text: a lone surrogate in the line became U+FFFD in the bytes and differs here.
  return canonicalJson(json.value) === line ? read : err('not-canonical')
}

/** Bytes that a UTF-16 code unit can take in UTF-8. */
const LARGEST_UNIT = 3

function judge<T>(value: JsonValue, schema: z.ZodType<T>): Result<T, LineFault> {
  const read = schema.safeParse(value)
  return read.success ? ok(read.data) : err('wrong-shape')
}
