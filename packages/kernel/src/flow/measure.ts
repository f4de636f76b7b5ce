import type { JsonValue } from '../base/index.ts'
import { isJsonList } from './json-list.ts'

/**
 * About how many characters a value has as JSON text (escapes not counted). Stops counting as soon as the result is
 * more than `limit`, so that a value which holds the same part a million times costs no more than `limit` steps.
 */
export function measureJson(value: JsonValue, limit: number): number {
  const waiting: (readonly JsonValue[])[] = [[value]]
  let size = 0
  for (let items = waiting.pop(); items !== undefined && size <= limit; items = waiting.pop()) {
    for (const item of items) {
      size += typeof item === 'string' ? item.length + 3 : 4
      if (size > limit) return size
      if (typeof item !== 'object' || item === null) continue
      if (isJsonList(item)) {
        waiting.push(item)
        continue
      }
      for (const key of Object.keys(item)) size += key.length + 4
      waiting.push(Object.values(item))
    }
  }
  return size
}
