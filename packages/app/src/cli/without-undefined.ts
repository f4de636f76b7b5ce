import type { JsonObject, JsonValue } from '@rumi/kernel/base'

/** The members that were given: an operation takes absent ones, not undefined ones. */
export function withoutUndefined(members: { readonly [key: string]: JsonValue | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}
