/**
 * Something wrong that did not stop us (fail soft): it is shown, never thrown.
 *
 * @example { severity: 'error', code: 'flow.yaml', message: '…', file: 'flows/a.flow.yaml', line: 3, column: 5 }
 */
export interface Diagnostic {
  readonly severity: 'warning' | 'error'
  /** `noun.reason`, stable. */
  readonly code: string
  readonly message: string
  /** Path relative to the home. */
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
  /** What to change. */
  readonly hint?: string
}
