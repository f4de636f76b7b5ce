import type { JsonValue } from '../base/index.ts'
import type { NewLedgerEntry } from '../ledger/index.ts'

const redacted = '[redacted]'

/** Shorter texts occur everywhere by accident, and are no secrets. */
const minLength = 4

/**
 * Takes secrets that a run was given out of what is kept of it: in every text, keys included, as they are and in the
 * forms in which programs write them: percent-encoded, inside of JSON, base64, base64url and hexadecimal.
 *
 * @param secrets - Empty: the value itself is given back.
 */
export function redactSecrets<Value extends object>(value: Value, secrets: ReadonlySet<string>): Value {
  const forms = listForms(secrets)
  if (forms.length === 0) return value
  const clean = (text: string): string => forms.reduce((rest, form) => rest.replaceAll(form, redacted), text)
  const copy: Value = JSON.parse(JSON.stringify(redactValue(JSON.parse(JSON.stringify(value)), clean)))
  return copy
}

/**
 * Takes them out of what an entry tells. Its kind and actor stay: they are ours, and a secret may be a word like any
 * other. A pack could name a host, a store or a flow after the secret that it was given. (AUD-09)
 */
export function redactEntry(entry: NewLedgerEntry, secrets: ReadonlySet<string> = new Set()): NewLedgerEntry {
  return {
    ...redactMembers(entry, ['subject'], secrets),
    data: redactMembers(entry.data, Object.keys(entry.data), secrets),
  }
}

/**
 * Takes secrets out of these members of a record, and leaves the others and all names of members as they are: a secret
 * can be a word like `completed`, and a record whose status nobody knows cannot be read again.
 */
export function redactMembers<Value extends object>(
  record: Value,
  names: readonly (keyof Value & string)[],
  secrets: ReadonlySet<string>,
): Value {
  const present = names.filter((name) => Object.hasOwn(record, name))
  return { ...record, ...Object.fromEntries(present.map((name) => [name, redactSecrets([record[name]], secrets)[0]])) }
}

function redactValue(value: JsonValue, clean: (text: string) => string): JsonValue {
  if (typeof value === 'string') return clean(value)
  if (typeof value === 'number') return clean(String(value)) === String(value) ? value : redacted
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map((item) => redactValue(item, clean))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [clean(key), redactValue(member, clean)]))
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** The longest first, so that no form is left over inside of a longer one. */
function listForms(secrets: ReadonlySet<string>): readonly string[] {
  const forms = [...secrets].flatMap((secret) => {
    if (secret.length < minLength) return []
    const bytes = Buffer.from(secret)
    const base64 = bytes.toString('base64').replace(/=+$/, '')
    return [
      secret,
      encodeURIComponent(secret.toWellFormed()),
      base64,
      bytes.toString('base64url'),
      bytes.toString('hex'),
      JSON.stringify(secret.toWellFormed()).slice(1, -1),
    ]
  })
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length)
}
