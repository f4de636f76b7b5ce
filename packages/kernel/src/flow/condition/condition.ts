import { err, type JsonObject, type Result } from '../../base/index.ts'
import { compileExpression } from './expression.ts'
import { parseComparison } from './comparison.ts'

/** What a condition said about one context. */
export interface Verdict {
  /** False also when a field was missing or the evaluation failed: a guard that cannot be checked does not pass. */
  readonly value: boolean
  /** Names of the fields that were not there, for example `ctx.user.name`. */
  readonly missing: readonly string[]
  /** Why the evaluation failed, one English sentence; absent when it did not. */
  readonly error?: string
}

/** A condition that has been checked and can be evaluated many times. */
export interface Condition {
  readonly text: string
  /** Never throws, changes nothing, and its work is bounded whatever the context holds. */
  evaluate(context: JsonObject): Verdict
}

/**
 * Why a condition was refused.
 * - `too-long`: more than `maxConditionLength` characters.
 * - `syntax`: neither a comparison nor a CEL expression, or types that can never fit.
 * - `forbidden`: a function, name or nesting that is not allowed (see `auditExpression`).
 */
export interface ConditionProblem {
  readonly kind: 'too-long' | 'syntax' | 'forbidden'
  readonly message: string
  readonly hint?: string
}

/** Longest condition, in characters. */
export const maxConditionLength = 1024

/**
 * Reads the text of `when` or of an `if` step. One of two grammars applies:
 *
 * 1. **The plain form**, when outside of quotes the text has at most one comparison operator
 *    (`== != >= <= > <`) and none of `&& || ! ( )`, its left side is exactly one reference (quotes around it are
 *    allowed), and its right side is a quoted text without backslash or reference, `true`, `false`, `none` or `null`
 *    (any case), a number, or bare words (letters, digits, `_ . : / @ # -`; not `and`, `or`, `not`, `in`).
 *    - `==` and `!=` compare as texts: numbers in their shortest form (the number 5 equals `5`, `5.0` and
 *      `"5"`), lists and objects as JSON. Only a missing value or null equals `none`, and it equals nothing else.
 *    - `< > <= >=` compare as numbers; texts that are decimal numbers count, true is 1, false is 0. Anything else: false.
 *    - Without an operator, one reference or one such literal (but bare words) is true unless it is missing, null,
 *      `""`, false, 0, or an empty list or object. The empty text is false.
 * 2. **CEL** (cel.dev) over the variable `ctx` otherwise: `ctx.n > 5 && ctx.user.name == "a"`. `${ctx.a.b}` and
 *    `$ctx.a.b` outside of quotes stand for `ctx.a.b`. A result that is not true or false counts as above. A field that
 *    is missing makes the condition false; ask with `has(ctx.a)`. Whole numbers are `int`, others `double`; they compare
 *    and calculate with each other. `compileExpression` says what is left out of CEL.
 *
 * (pack-development §Flow definition; the plain form is the one its users know)
 */
export function compileCondition(text: string): Result<Condition, ConditionProblem> {
  if (text.length > maxConditionLength) {
    const message = `a condition has at most ${maxConditionLength} characters`
    return err({ kind: 'too-long', message, hint: 'Compute the value in a block and test its result.' })
  }
  const plain = parseComparison(text)
  return plain === undefined ? compileExpression(text) : { ok: true, value: plain }
}
