import type { JsonValue } from '../../base/index.ts'

/**
 * What a value means where a yes or no is needed: missing, null, `""`, false, 0, and empty lists and objects are no,
 * everything else is yes (the text "false" too).
 */
export function isTruthy(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'object') return value !== '' && value !== false && value !== 0
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0
}
