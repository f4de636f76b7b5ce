/** A JSON object with string keys. */
export type JsonObject = { readonly [key: string]: JsonValue }

/** Any value JSON can carry. Numbers are finite; `undefined` never appears. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** Tells whether a JSON value is an object (not null, not an array). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
