import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts'

/** A request to a route, taken apart. */
export interface RouteCall {
  /** `RouteMatch.params`. */
  readonly params: { readonly [name: string]: string }
  /** Decoded names and values in the order they came. */
  readonly query: Iterable<readonly [string, string]>
  /** The body as JSON; `undefined` when there is none or it is something else. */
  readonly body: JsonValue | undefined
  readonly rawBody: Uint8Array
  /** Several values of one name in a list. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly method: string
  /** As it came, without the query. */
  readonly path: string
}

/** Headers that prove to the host who is calling; with one of them a pack could call as its caller. */
const hiddenHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'x-csrf-token',
  'x-xsrf-token',
])

/**
 * What the flow of a route gets as inputs (pack-development §routes.json): path parameters, query parameters and the
 * keys of a JSON object as body, side by side; and `_raw_body` (base64, empty without a body), `_headers` (names in lower
 * case), `_method`, `_path` and `_path_params`.
 *
 * Of one name the path's value counts, then the body's, then the query's; of a query name that repeats, the last. Keys of
 * query and body that begin with `_` are left out: what the host vouches for must not come from the outside. `_headers`
 * holds no `Authorization`, no cookies and no CSRF secret.
 */
export function buildRouteInputs({ params, query, body, rawBody, headers, method, path }: RouteCall): JsonObject {
  const outside: readonly (readonly [string, JsonValue])[] = [
    ...query,
    ...(isJsonObject(body) ? Object.entries(body) : []),
  ]
  return {
    ...Object.fromEntries(outside.filter(([key]) => !key.startsWith('_'))),
    ...params,
    _raw_body: Buffer.from(rawBody).toString('base64'),
    _headers: listHeaders(headers),
    _method: method,
    _path: path,
    _path_params: params,
  }
}

function listHeaders(headers: RouteCall['headers']): JsonObject {
  const shown = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const lower = name.toLowerCase()
    if (value === undefined || hiddenHeaders.has(lower)) return []
    return [[lower, typeof value === 'string' ? value : value.join(', ')]]
  })
  return Object.fromEntries(shown)
}
