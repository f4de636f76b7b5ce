/** Where something stands in a source text. */
export interface Place {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
}
