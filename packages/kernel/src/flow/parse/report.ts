import type { Diagnostic } from '../../base/index.ts'

/** A position in the flow's file, both 1-based. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** What is wrong, without where. */
export interface Finding {
  /** `flow.reason` */
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** Collects everything wrong with one file. */
export interface Report {
  /** The flow will not load. */
  error(place: Place | undefined, finding: Finding): void
  /** The flow loads, but not quite as written. */
  warning(place: Place | undefined, finding: Finding): void
  /** True as soon as one error was reported. */
  hasErrors(): boolean
  /** Everything reported, by position in the file. */
  list(): readonly Diagnostic[]
}

/** A file can hold 10 000 mistakes; nobody reads more than this many, and the list itself must stay small. */
const maxKept = 500

/** Starts an empty report about `file`. */
export function createReport(file: string): Report {
  const kept: Diagnostic[] = []
  let errors = 0
  let dropped = 0
  const add = (severity: Diagnostic['severity'], place: Place | undefined, finding: Finding): void => {
    if (severity === 'error') errors += 1
    const where = place && { line: place.line, column: place.column }
    if (kept.length < maxKept) kept.push({ severity, ...finding, file, ...where })
    else dropped += 1
  }
  return {
    error: (place, finding) => add('error', place, finding),
    warning: (place, finding) => add('warning', place, finding),
    hasErrors: () => errors > 0,
    list: () => {
      const sorted = kept.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
      if (dropped === 0) return sorted
      const severity = errors > 0 ? 'error' : 'warning'
      return [...sorted, { severity, code: 'flow.more', message: `${dropped} more problems are not listed`, file }]
    },
  }
}

/** Quotes a stranger's text for a message: escaped, and cut after 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
