import { err, ok, type Result } from '../base/index.ts'

/** Most headers of a request, longest name and longest value in characters. (egress proxy §request) */
export const headerLimits = { count: 100, nameLength: 256, valueLength: 8192 } as const

/** Methods a pack may use. `CONNECT` would be a tunnel, `TRACE` an echo of injected secrets. */
export const egressMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const
export type EgressMethod = (typeof egressMethods)[number]

/**
 * Why a request was refused before anything was decided about its destination. `header-reserved`: the header belongs
 * to the connection, not to the request (EGR-11); `header-repeated`: twice, in another case; `secret-reference`:
 * `${secret:` that does not continue as one.
 */
export type RequestRefusal =
  | { readonly kind: 'method' | 'too-many-headers' | 'timeout' | 'body-too-large' }
  | {
      readonly kind: 'header-name' | 'header-value' | 'header-reserved' | 'header-repeated' | 'secret-reference'
      /** Lower case; cut at 64 characters, since it comes from a pack. */
      readonly header: string
    }

/** A header as it is sent: the name in the spelling of the pack. */
export type Header = readonly [name: string, value: string]

/** Accepts a method in any case. */
export function parseMethod(text: string): Result<EgressMethod, RequestRefusal> {
  const method = egressMethods.find((name) => name === text.toUpperCase())
  return method === undefined ? err({ kind: 'method' }) : ok(method)
}

/** Checks the headers of a request, one by one; what comes out may be written to a connection. (EGR-11, EGR-12) */
export function parseHeaders(headers: Readonly<Record<string, string>>): Result<readonly Header[], RequestRefusal> {
  const entries = Object.entries(headers)
  if (entries.length > headerLimits.count) return err({ kind: 'too-many-headers' })
  const seen = new Set<string>()
  for (const [name, value] of entries) {
    const lower = name.toLowerCase()
    const kind = findProblem(name, value)
    if (kind !== undefined) return err({ kind, header: lower.slice(0, 64) })
    if (seen.has(lower)) return err({ kind: 'header-repeated', header: lower.slice(0, 64) })
    seen.add(lower)
  }
  return ok(entries)
}

/** @param name - As the pack wrote it: what is looked at is what is sent, and some letters become ASCII in lower case. */
function findProblem(name: string, value: string): 'header-name' | 'header-value' | 'header-reserved' | undefined {
  if (name.length > headerLimits.nameLength || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return 'header-name'
  if (isReservedHeader(name.toLowerCase())) return 'header-reserved'
  return isHeaderValue(value) ? undefined : 'header-value'
}

/** Tells whether a text may be a header's value: tab, printable ASCII and Latin-1; no CR, LF or NUL (EGR-12). */
export function isHeaderValue(value: string): boolean {
  return value.length <= headerLimits.valueLength && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

/** Headers that frame the message or belong to the hop: a pack that sets them speaks for the connection (EGR-11). */
const reservedHeaders: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'keep-alive',
  'http2-settings',
])

function isReservedHeader(name: string): boolean {
  return reservedHeaders.has(name) || name.startsWith('proxy-')
}

/** Headers that say nothing about who asks; every other one stays with the host it was meant for. */
const redirectHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
])

/**
 * The headers that follow a redirect, also one to the same host: never `Authorization`, `Cookie`, `X-Api-Key` or
 * whatever else a pack invents, and none that holds a secret.
 *
 * @param headers - As the pack wrote them, with secrets still as references.
 * @param naming - Lower-case names of headers which only name the program that asks; they follow as well.
 */
export function pickRedirectHeaders(headers: readonly Header[], naming: readonly string[]): readonly Header[] {
  return headers.filter(([name, value]) => {
    const lower = name.toLowerCase()
    return (redirectHeaders.has(lower) || naming.includes(lower)) && !value.includes('${secret:')
  })
}
