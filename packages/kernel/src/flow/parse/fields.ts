import { findNearest } from './nearest.ts'
import { quote, type Place, type Report } from './report.ts'
import type { MapNode, Member, SourceNode } from './source-node.ts'

/** One mapping of the file while it is being read. */
export interface Fields {
  readonly map: MapNode
  readonly report: Report
  /** How messages name the mapping: `the flow`, `step "a"`. */
  readonly owner: string
}

/** A text and where it stood. */
export interface TextField extends Place {
  readonly text: string
}

/** The member called `key`; `undefined` when it is absent or null (`when:` with nothing behind it). */
export function findMember(map: MapNode, key: string): Member | undefined {
  const member = map.members.get(key)
  return member?.value.kind === 'scalar' && member.value.value === null ? undefined : member
}

/** The text of a single value as it was written: `42`, `true` and `007` keep their digits and letters. */
export function scalarText(node: SourceNode | undefined): string | undefined {
  if (node?.kind !== 'scalar' || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : node.written
}

/** Reads a condition: a text, or plainly true or false. */
export function readConditionText(fields: Fields, key: string): TextField | undefined {
  const value = findMember(fields.map, key)?.value
  const isBoolean = value?.kind === 'scalar' && typeof value.value === 'boolean'
  return isBoolean ? { text: value.written, line: value.line, column: value.column } : readText(fields, key)
}

/** Reads a text; a number or boolean becomes its written form with a warning, a list or map is an error. */
export function readText(fields: Fields, key: string): TextField | undefined {
  const value = findMember(fields.map, key)?.value
  if (value === undefined) return undefined
  const text = scalarText(value)
  if (text === undefined || value.kind !== 'scalar') {
    fields.report.error(value, { code: 'flow.type', message: `${fields.owner}: "${key}" must be a text` })
    return undefined
  }
  if (typeof value.value !== 'string') {
    fields.report.warning(value, {
      code: 'flow.converted',
      message: `${fields.owner}: "${key}" is a ${typeof value.value} and was converted to the text ${quote(text)}`,
      hint: 'Quote the value.',
    })
  }
  return { text, line: value.line, column: value.column }
}

/** Reads a text that must be there and must not be empty. */
export function requireText(fields: Fields, key: string): TextField | undefined {
  const field = readText(fields, key)
  if (field !== undefined && field.text !== '') return field
  // A list or a map has been reported as such.
  if (field !== undefined || findMember(fields.map, key) === undefined) reportMissing(fields, key, field)
  return undefined
}

/** Reports that `key` is required. */
export function reportMissing(fields: Fields, key: string, place: Place = fields.map): void {
  fields.report.error(place, { code: 'flow.required', message: `${fields.owner}: "${key}" is required` })
}

/** Reads a mapping; anything else is an error. */
export function readMap(fields: Fields, key: string): MapNode | undefined {
  const value = findMember(fields.map, key)?.value
  if (value === undefined || value.kind === 'map') return value
  fields.report.error(value, { code: 'flow.type', message: `${fields.owner}: "${key}" must be a mapping` })
  return undefined
}

/** Warns about every key that is not in `known`, with the one that was probably meant. */
export function reportUnknownKeys(fields: Fields, known: readonly string[]): void {
  for (const [key, place] of fields.map.members) {
    if (known.includes(key)) continue
    const nearest = findNearest(key, known)
    const hint = nearest === undefined ? `Known keys are ${known.join(', ')}.` : `Did you mean "${nearest}"?`
    fields.report.warning(place, {
      code: 'flow.unknown_key',
      message: `${fields.owner}: the key ${quote(key)} is not known and is ignored`,
      hint,
    })
  }
}

/** Tells whether a text can name a step, a phase or a result: 1–128 characters, no control characters, not `__proto__`. */
export function isName(text: string): boolean {
  return /^[^\u0000-\u001f\u007f]{1,128}$/.test(text) && text.isWellFormed() && text !== '__proto__'
}

/** Reads a required name (see `isName`). */
export function requireName(fields: Fields, key: string): TextField | undefined {
  const field = requireText(fields, key)
  return field && checkName(fields, key, field) ? field : undefined
}

/** Reads a name that may be absent. */
export function readName(fields: Fields, key: string): TextField | undefined {
  const field = readText(fields, key)
  return field && checkName(fields, key, field) ? field : undefined
}

function checkName(fields: Fields, key: string, field: TextField): boolean {
  if (isName(field.text)) return true
  fields.report.error(field, {
    code: 'flow.name',
    message: `${fields.owner}: ${quote(field.text)} cannot be the "${key}"`,
    hint: 'Use 1–128 characters without control characters; "__proto__" is reserved.',
  })
  return false
}
