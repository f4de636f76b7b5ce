import type { JsonValue } from '../base/index.ts'

/** Tells whether a JSON value is a list; unlike `Array.isArray` it also narrows readonly lists. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
