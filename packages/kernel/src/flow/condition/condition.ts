import { err, type Result } from '../../base/index.ts'
import { compileExpression } from './expression.ts'
import { parseComparison } from './comparison.ts'
import type { Condition, ConditionProblem } from './verdict.ts'

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
