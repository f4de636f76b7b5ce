import type { JsonValue } from '@rumi/kernel/base'

/** Whether JSON can hold half of a character at all: only an escape can spell one, and no honest writer escapes a letter. */
export function mayHoldLoneSurrogate(json: Buffer): boolean {
  return json.includes('\\ud') || json.includes('\\uD')
}

/** A text with half of a character has no canonical form: it could be neither hashed nor recorded. (RFC 8785 §3.2.2.2) */
export function isWellFormed(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member))
}
