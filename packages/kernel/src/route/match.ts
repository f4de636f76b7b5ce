import { getShape } from './route-path.ts'
import type { PackRoute } from './routes.ts'

/** Routes in the order in which they are tried. */
export interface RouteTable {
  /** Routes without parameters, by `METHOD /path`. */
  readonly exact: ReadonlyMap<string, PackRoute>
  /** Routes with parameters, the more literal first. */
  readonly templates: readonly PackRoute[]
}

/** A request as far as it chooses a route. */
export interface RouteRequest {
  readonly method: string
  /** As it came, still percent-encoded, without the query. */
  readonly path: string
}

/** The route that answers, and what its parameters stand for. */
export interface RouteMatch {
  readonly route: PackRoute
  /** Decoded once. */
  readonly params: { readonly [name: string]: string }
}

/** Longest path that is looked at. */
const maxPathLength = 8_192

/** Prepares the routes of all packs; those that collide (`findCollisions`) must be left out before. */
export function buildRouteTable(routes: readonly PackRoute[]): RouteTable {
  const isExact = (route: PackRoute): boolean => route.segments.every((segment) => segment.kind === 'literal')
  const exact = new Map(routes.filter(isExact).map((route) => [`${route.method} ${getShape(route.segments)}`, route]))
  const templates = routes
    .filter((route) => !isExact(route))
    .sort((left, right) => rank(left).localeCompare(rank(right)))
  return { exact, templates }
}

/** A text that sorts literals before parameters, from the left. */
function rank(route: PackRoute): string {
  return route.segments.map((segment) => (segment.kind === 'literal' ? '0' : '1')).join('')
}

/**
 * The route that answers a request; a path without parameters goes before one with, whatever their order in the file. A
 * slash at the end is ignored. No route answers a path whose segments, decoded, are empty or hold NUL, `/` or `..`: a
 * flow may use a value as part of a name.
 */
export function findRoute(table: RouteTable, { method, path }: RouteRequest): RouteMatch | undefined {
  const segments = findSegments(path)
  if (segments === undefined) return undefined
  const exact = table.exact.get(`${method} /${segments.join('/')}`)
  if (exact !== undefined) return { route: exact, params: {} }
  for (const route of table.templates) {
    const params = route.method === method ? findParams(route, segments) : undefined
    if (params !== undefined) return { route, params }
  }
  return undefined
}

function findSegments(path: string): readonly string[] | undefined {
  if (!path.startsWith('/') || path.length > maxPathLength) return undefined
  const segments = path
    .replace(/\/$/, '')
    .split('/')
    .slice(1)
    .map((part) => findDecoded(part))
  return segments.every((segment) => segment !== undefined) ? segments : undefined
}

/** Decodes once, never again: what is left encoded after that is the value. */
function findDecoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part)
    return text === '' || text === '.' || /\0|\/|\.\./.test(text) ? undefined : text
  } catch {
    return undefined // not percent-encoded UTF-8: no route has such a path
  }
}

function findParams({ segments }: PackRoute, values: readonly string[]): RouteMatch['params'] | undefined {
  if (segments.length > values.length) return undefined
  const params: [string, string][] = []
  for (const [at, value] of values.entries()) {
    const segment = segments[at]
    if (segment === undefined) return undefined
    if (segment.kind === 'param') params.push([segment.name, value])
    else if (segment.text !== value) return undefined
  }
  return Object.fromEntries(params)
}
