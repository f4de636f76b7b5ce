import type { JsonValue } from '@rumi/kernel/base'

/** How two values are compared. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/**
 * One part of a condition that was read; only `parseCondition` makes them, so depth and count are bounded.
 *
 * @example { kind: 'compare', operator: '<', left: { kind: 'name', name: 'a' }, right: { kind: 'literal', value: 3 } }
 */
export type Expression =
  | { readonly kind: 'literal'; readonly value: JsonValue }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  /** A bound value, with dots between the segments. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  /** `left in right`: an item of a list, or a key of a map. */
  | { readonly kind: 'in'; readonly left: Expression; readonly right: Expression }
  /** Whether the skill in question lets the field change. */
  | { readonly kind: 'can-evolve'; readonly field: Expression }
  /** Whether the skill in question lets nothing change. */
  | { readonly kind: 'denies-all' }

/** A condition that was read. */
export interface Condition {
  /** As it was written. */
  readonly text: string
  readonly root: Expression
}

/** Why a text is no condition. */
export interface ConditionProblem {
  readonly kind: 'too-long' | 'too-deep' | 'too-many-parts' | 'syntax'
  /** Where it stops being one: from 1, in UTF-16 code units from the start of the text. */
  readonly column: number
  readonly message: string
  /** What may stand there instead. */
  readonly expected: readonly string[]
}

/** Bounds of a condition. */
export const conditionLimits = {
  /** UTF-16 code units. */
  length: 2000,
  /** Of parentheses, lists and negations inside each other. */
  depth: 32,
  /** Parts in all: names, literals, operators. */
  nodes: 500,
} as const
