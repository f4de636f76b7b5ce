import { err, ok, type Result } from '../base/index.ts'
import { isHeaderValue, type Header, type RequestRefusal } from './headers.ts'

/** What stands where a secret was. */
export const redactedText = '[redacted]'

const reference = /\$\{secret:([A-Z0-9_]{1,64})\}/g

/**
 * The names of the secrets that headers refer to as `${secret:NAME}`, each once. Names are 1–64 of `A–Z`, `0–9`, `_`.
 * A reference that is cut off or names anything else is refused: sent as it is, it would look like it had worked.
 */
export function findSecretNames(headers: readonly Header[]): Result<readonly string[], RequestRefusal> {
  const names = new Set<string>()
  for (const [header, value] of headers) {
    for (const match of value.matchAll(reference)) names.add(match[1] ?? '')
    if (value.replaceAll(reference, '').includes('${secret:')) {
      return err({ kind: 'secret-reference', header: header.toLowerCase().slice(0, 64) })
    }
  }
  // A part of an answer could hold a part of the secret, in which nobody would find it.
  const part = names.size > 0 ? headers.find(([header]) => /^(?:range|if-range)$/i.test(header)) : undefined
  if (part) return err({ kind: 'secret-reference', header: part[0].toLowerCase() })
  return ok([...names])
}

/**
 * Puts the values of secrets in the place of their references, in one pass, so that a value which looks like a
 * reference stays what it is. Refuses a value that must not be in a header, and a reference without a value.
 */
export function insertSecrets(
  headers: readonly Header[],
  secrets: ReadonlyMap<string, string>,
): Result<readonly Header[], RequestRefusal> {
  const filled: Header[] = []
  for (const [name, template] of headers) {
    // A missing value leaves a character that no header may hold.
    const value = template.replaceAll(reference, (_, key: string) => secrets.get(key) ?? '\0')
    if (!isHeaderValue(value)) return err({ kind: 'header-value', header: name.toLowerCase().slice(0, 64) })
    filled.push([name, value])
  }
  return ok(filled)
}

/**
 * Replaces every occurrence of a value, byte for byte. A header is sent as Latin-1, and a server that sends it back may
 * have made UTF-8 of it: both forms are found.
 */
export function redactBytes(bytes: Uint8Array, values: readonly string[]): Uint8Array {
  const forms = values.flatMap(listForms).flatMap((value) => [Buffer.from(value).toString('latin1'), value])
  const pattern = findAny(forms)
  if (pattern === undefined) return bytes
  // A character for each byte, so that bytes can be searched like text.
  const binary = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return Buffer.from(binary.replaceAll(pattern, redactedText), 'latin1')
}

/** Replaces every occurrence of a value, also of its percent-encoded form. */
export function redactText(text: string, values: readonly string[]): string {
  const forms = values.flatMap(listForms)
  const pattern = findAny(forms)
  return pattern === undefined ? text : text.replaceAll(pattern, redactedText)
}

/** As it is, and as honest programs write it: percent-encoded, inside of JSON, base64, hexadecimal. Short ones only as they are. */
function listForms(value: string): readonly string[] {
  const wellFormed = value.toWellFormed()
  const plain = [value, encodeURIComponent(wellFormed), encodeURI(wellFormed), JSON.stringify(wellFormed).slice(1, -1)]
  if (value.length < 6) return plain
  const bytes = Buffer.from(value)
  return [...plain, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')]
}

/** All texts in one pass, so that nothing is replaced inside of a replacement; of two that begin alike the longer. */
function findAny(texts: readonly string[]): RegExp | undefined {
  // An empty value occurs everywhere and hides nothing.
  const distinct = [...new Set(texts)].filter((text) => text !== '').sort((a, b) => b.length - a.length)
  const escaped = distinct.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return escaped.length === 0 ? undefined : new RegExp(escaped.join('|'), 'g')
}
