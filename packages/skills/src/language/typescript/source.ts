import type { Diagnostic } from '@rumi/kernel/base'
import type { Place } from '../../base/index.ts'
import { sourceLimits } from '../tree.ts'
import { escapeInvisible } from '../printing/quote.ts'

/** Problems of one source that are told; a hostile one could have a million. */
const MOST_PROBLEMS = 100

/** A problem without its place. */
export interface Finding {
  /**
   * - `skill.syntax`: the text is no TypeScript, or hides characters.
   * - `skill.form`: something stands where only data, or something else, may stand.
   * - `skill.field`: a field is unknown, missing, twice there or has the wrong kind of value.
   * - `skill.limit`: more or larger than a source may be.
   */
  readonly code: 'skill.syntax' | 'skill.form' | 'skill.field' | 'skill.limit'
  readonly message: string
  /** What is allowed there. */
  readonly hint: string
}

/** Anything with a position: a node of the parser, or an offset. */
export interface Located {
  readonly start?: number | null | undefined
}

/** A source while it is read: where problems and places are collected. */
export interface Source {
  readonly text: string
  readonly places: ReadonlyMap<string, Place>
  report(at: Located, finding: Finding): void
  /** Whether as much was reported as is told: advice on another problem would be work for nothing. */
  isFull(): boolean
  /** Remembers where the part that a JSON Pointer names stands. */
  mark(pointer: string, at: Located): void
  /** All that was reported, in the order of the text. */
  diagnostics(): readonly Diagnostic[]
}

/** Opens a source that will be read from `file`. */
export function openSource(text: string, file: string): Source {
  const lineStarts = findLineStarts(text)
  const diagnostics: Diagnostic[] = []
  const places = new Map<string, Place>()
  let hidden = 0
  const report = (at: Located, { code, message, hint }: Finding): void => {
    if (diagnostics.length >= MOST_PROBLEMS) {
      hidden += 1
      return
    }
    const text = escapeInvisible(message)
    diagnostics.push({ severity: 'error', code, message: text, file, ...placeAt(lineStarts, at.start ?? 0), hint })
  }
  return {
    text,
    places,
    report,
    isFull: () => diagnostics.length >= MOST_PROBLEMS,
    mark(pointer, at) {
      if (places.size === sourceLimits.values) {
        report(at, {
          code: 'skill.limit',
          message: `the skill has more than ${sourceLimits.values} values`,
          hint: 'Divide it into several skills.',
        })
      }
      if (places.size <= sourceLimits.values) places.set(pointer, placeAt(lineStarts, at.start ?? 0))
    },
    diagnostics() {
      const sorted = diagnostics.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
      if (hidden === 0) return sorted
      const message = `${hidden} more problems are not shown`
      return [...sorted, { severity: 'error', code: 'skill.limit', message, file, hint: 'Mend the first ones first.' }]
    },
  }
}

/** Lines end as in ECMAScript: LF, CR LF, CR, U+2028, U+2029. */
function findLineStarts(text: string): readonly number[] {
  const starts = [0]
  for (const { 0: ending, index } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(index + ending.length)
  return starts
}

function placeAt(lineStarts: readonly number[], offset: number): Place {
  let low = 0
  let high = lineStarts.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
}
