import { isJsonObject, type Diagnostic, type JsonObject, type JsonValue } from '../base/index.ts'

/** What a route answers when its flow says so. */
export interface RouteResponse {
  /** 200–599. */
  readonly status: number
  /** Names in lower case; those that confine the answer in a browser are always among them. */
  readonly headers: { readonly [name: string]: string }
  readonly body: RouteBody
}

/** The body to send. */
export type RouteBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'json'; readonly value: JsonValue }
  /** The status allows no body. */
  | { readonly kind: 'none' }

/**
 * What a flow's result means for the answer. `usual`: the flow declares none of the three keys, and the usual envelope
 * goes out. `response`: what it set, with a warning for each header that was left out. `refused`: what it set is no
 * answer; the caller gets an error of the server.
 */
export type RouteResponseReading =
  | { readonly kind: 'usual' }
  | { readonly kind: 'response'; readonly response: RouteResponse; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }

const responseKeys = ['_status_code', '_headers', '_body'] as const

/**
 * Always sent. A page that a pack writes comes from the origin of the console and of the API: without these it could run
 * scripts there and act as whoever looks at it.
 */
const confiningHeaders = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
} as const

/** Statuses that have no body. (RFC 9110 §15) */
const bodilessStatuses: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * Reads `_status_code`, `_headers` and `_body` from a flow's result, each only if the flow declares it as an output: a
 * block cannot set them behind the flow's back. Without `_body` the other outputs are the body.
 *
 * Codes: `route.status`, `route.headers` (errors); `route.header` (warning).
 *
 * @param result - The flow's declared outputs.
 * @param declaredOutputs - Their names; `undefined` when the flow declares none.
 */
export function readRouteResponse(
  result: JsonValue,
  declaredOutputs: readonly string[] | undefined,
): RouteResponseReading {
  const declared = responseKeys.filter((key) => declaredOutputs?.includes(key))
  if (declared.length === 0 || !isJsonObject(result)) return { kind: 'usual' }
  const read = (key: (typeof responseKeys)[number]): JsonValue =>
    declared.includes(key) && Object.hasOwn(result, key) ? (result[key] ?? null) : null
  const status = read('_status_code') ?? 200
  const headers = read('_headers') ?? {}
  const errors = [...checkStatus(status), ...checkHeaders(headers)]
  if (typeof status !== 'number' || !isJsonObject(headers) || errors.length > 0)
    return { kind: 'refused', diagnostics: errors }
  const body = bodilessStatuses.has(status) ? ({ kind: 'none' } as const) : readBody(read('_body'), result)
  const { kept, diagnostics } = pickHeaders(headers)
  const defaults = { 'cache-control': 'no-store', ...typeOf(body) }
  return {
    kind: 'response',
    response: { status, headers: { ...defaults, ...kept, ...confiningHeaders }, body },
    diagnostics,
  }
}

function checkStatus(status: JsonValue): readonly Diagnostic[] {
  if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599) return []
  return [{ severity: 'error', code: 'route.status', message: '"_status_code" must be a whole number from 200 to 599' }]
}

function checkHeaders(headers: JsonValue): readonly Diagnostic[] {
  if (isJsonObject(headers)) return []
  return [{ severity: 'error', code: 'route.headers', message: '"_headers" must be an object of texts' }]
}

function readBody(body: JsonValue, result: JsonObject): RouteBody {
  if (typeof body === 'string') return { kind: 'text', text: body }
  if (body !== null) return { kind: 'json', value: body }
  const others = Object.entries(result).filter(([key]) => !responseKeys.some((special) => special === key))
  return { kind: 'json', value: Object.fromEntries(others) }
}

function typeOf(body: RouteBody): { readonly 'content-type'?: string } {
  if (body.kind === 'none') return {}
  return { 'content-type': body.kind === 'text' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8' }
}

/** Printable ASCII: a line break would end the header and begin another. */
const plainValue = /^[\x20-\x7e]{1,1024}$/

/**
 * Headers that a flow may set, with the form of their values. Not among them: whatever sets cookies, frames the message,
 * lets other origins in or loosens what confines the answer.
 */
const safeHeaders: ReadonlyMap<string, RegExp> = new Map([
  ['cache-control', plainValue],
  ['content-disposition', plainValue],
  ['content-language', plainValue],
  ['content-type', /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}(?:; ?[a-z0-9_-]{1,32}=[a-z0-9_.:'+-]{1,64}){0,4}$/i],
  ['etag', plainValue],
  ['expires', plainValue],
  ['last-modified', plainValue],
  ['retry-after', plainValue],
  // Within this host only: the name of a trusted host must not lead to a stranger's. `//x` and `/\x` are other hosts.
  ['location', /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1023}$/],
])

interface PickedHeaders {
  readonly kept: { readonly [name: string]: string }
  readonly diagnostics: readonly Diagnostic[]
}

function pickHeaders(headers: JsonObject): PickedHeaders {
  const kept = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const form = safeHeaders.get(lower)
    if (form === undefined) diagnostics.push(warnOfHeader(name, 'is not one a flow may set'))
    else if (kept.has(lower)) diagnostics.push(warnOfHeader(name, 'is set twice; the first counts'))
    else if (typeof value !== 'string' || !form.test(value))
      diagnostics.push(warnOfHeader(name, 'has a value that is refused'))
    else kept.set(lower, value)
  }
  return { kept: Object.fromEntries(kept), diagnostics: diagnostics.slice(0, 20) }
}

function warnOfHeader(name: string, problem: string): Diagnostic {
  const message = `the header ${JSON.stringify(name.slice(0, 64))} ${problem}; it is left out`
  return { severity: 'warning', code: 'route.header', message }
}
