import { err, ok, type Result } from '../base/index.ts'

/** Longest key, in characters; they are ASCII. */
export const maxStoreKeyLength = 512

/** Why a text is no key. `security_error`: it tries to leave the store. */
export interface StoreKeyRefusal {
  readonly kind: 'validation_error' | 'security_error'
  readonly message: string
}

/**
 * Reads a store's key: 1–512 of `[a-zA-Z0-9_/.-]`, no slash at either end, no `..` and no `__proto__` between slashes.
 * A key is data and never becomes a path; these rules keep it harmless wherever it is used next. (CAP-09)
 */
export function parseStoreKey(key: unknown): Result<string, StoreKeyRefusal> {
  if (typeof key !== 'string' || key === '') return refuse('"key" must be a text that is not empty')
  if (key.length > maxStoreKeyLength) return refuse(`"key" has more than ${maxStoreKeyLength} characters`)
  const segments = key.split('/')
  if (segments.includes('..')) return err({ kind: 'security_error', message: '"key" must not contain ".."' })
  if (!/^[a-zA-Z0-9_/.-]+$/.test(key)) return refuse('"key" may hold a–z, A–Z, 0–9, "_", "/", "." and "-"')
  if (segments.includes('__proto__')) return refuse('"__proto__" is reserved')
  return segments.at(0) === '' || segments.at(-1) === '' ? refuse('"key" must not begin or end with "/"') : ok(key)
}

/** Reads the prefix of a listing: the beginning of a key, or nothing. */
export function parseStorePrefix(prefix: unknown): Result<string, StoreKeyRefusal> {
  if (prefix === undefined || prefix === null || prefix === '') return ok('')
  const fits = typeof prefix === 'string' && prefix.length <= maxStoreKeyLength && /^[a-zA-Z0-9_/.-]+$/.test(prefix)
  return fits ? ok(prefix) : refuse('"prefix" is no beginning of a key')
}

function refuse(message: string): Result<never, StoreKeyRefusal> {
  return err({ kind: 'validation_error', message })
}
