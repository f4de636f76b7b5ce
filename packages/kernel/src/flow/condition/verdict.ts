import type { JsonObject } from '../../base/index.ts'

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
