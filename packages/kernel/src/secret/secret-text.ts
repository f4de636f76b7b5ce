import { err, ok, type Result } from '../base/index.ts'

/** Largest secret, in bytes of UTF-8: 1 MiB. */
export const maxSecretBytes = 1_048_576

const redacted = '[redacted]'

/**
 * A secret in memory. However it is printed, logged, compared or put into JSON, it shows `[redacted]`; only `reveal`
 * gives it out, so that a search for that word finds every place that does.
 */
export class SecretText {
  readonly #text: string

  /** Wraps a text. From outside, use `parseSecretText`. */
  constructor(text: string) {
    this.#text = text
  }

  /** The secret itself: for the one answer it was asked for, never for a log, an error or a record. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [Symbol.toPrimitive](): string {
    return redacted
  }

  /** What `console.log` and `util.inspect` show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted
  }
}

/** Why a value is no secret: it is no text, has no UTF-8 form, or is larger than `maxSecretBytes`. */
export type SecretTextRefusal =
  | { readonly kind: 'not-text' }
  | { readonly kind: 'not-unicode' }
  | { readonly kind: 'too-large' }

/** Accepts a value that an operator sets. The empty text is a secret too. */
export function parseSecretText(value: unknown): Result<SecretText, SecretTextRefusal> {
  if (typeof value !== 'string') return err({ kind: 'not-text' })
  if (!value.isWellFormed()) return err({ kind: 'not-unicode' })
  if (Buffer.byteLength(value) > maxSecretBytes) return err({ kind: 'too-large' })
  return ok(new SecretText(value))
}
