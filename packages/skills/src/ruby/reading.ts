import type { Diagnostic } from '@rumi/kernel/base'
import type { Place } from '../base/index.ts'
import type { ByteSpan, SourceMap } from './source-map.ts'

/** One skill, or one literal, while it is read: what was found wrong is collected, and the first problem decides nothing. */
export interface Reading {
  readonly source: SourceMap
  readonly file: string
  /** Begins every message. @example 'Skill "core_safety"' */
  readonly subject: string
  readonly problems: Diagnostic[]
  readonly places: Map<string, Place>
}

/** A problem with a part of a source. */
export interface Trouble {
  readonly code: 'skill.syntax' | 'skill.form' | 'skill.field' | 'skill.limit' | 'skill.duplicate'
  readonly message: string
  readonly hint?: string
}

/** Notes an error at a part of the source; returns undefined, for the value that could not be read. */
export function report(reading: Reading, at: { readonly location: ByteSpan }, trouble: Trouble): undefined {
  const { line, column } = reading.source.place(at.location.startOffset)
  const message = `${reading.subject}: ${trouble.message}`
  reading.problems.push({ severity: 'error', ...trouble, message, file: reading.file, line, column })
  return undefined
}

/** Notes where a part of the tree stands. */
export function notePlace(reading: Reading, at: { readonly location: ByteSpan }, pointer: string): void {
  reading.places.set(pointer, reading.source.place(at.location.startOffset))
}

/** A name as a segment of a JSON Pointer (RFC 6901 §3). */
export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
