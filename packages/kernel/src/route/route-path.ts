import { err, ok, type Result } from '../base/index.ts'

/** One part of a route's path between slashes. `param` stands for exactly one segment. */
export type RouteSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }

/**
 * Why a text is no route path. `not-absolute`: it does not begin with `/`. `too-long`: more than 1 024 characters or 32
 * segments. `segment`: that part is empty, `.`, `..`, neither plain text nor one whole `{name}`. `param-twice`: two
 * segments have that name.
 */
export type RoutePathProblem =
  | { readonly kind: 'not-absolute' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'segment'; readonly text: string }
  | { readonly kind: 'param-twice'; readonly name: string }

const maxPathLength = 1_024
const maxSegments = 32

/**
 * Reads the path of a route. A slash at the end is ignored. Literals are plain: a percent sign, a control character or a
 * `*` would mean one thing to a reviewer and another to a router. (pack-development §routes.json)
 *
 * @example parseRoutePath('/api/orgs/{org_id}/tasks/{task_id}')
 */
export function parseRoutePath(text: string): Result<readonly RouteSegment[], RoutePathProblem> {
  if (!text.startsWith('/')) return err({ kind: 'not-absolute' })
  const parts = text.replace(/\/$/, '').split('/').slice(1)
  if (text.length > maxPathLength || parts.length > maxSegments) return err({ kind: 'too-long' })
  const segments: RouteSegment[] = []
  const names = new Set<string>()
  for (const part of parts.length === 0 ? [''] : parts) {
    const segment = findSegment(part)
    if (segment === undefined) return err({ kind: 'segment', text: part })
    if (segment.kind === 'param' && names.has(segment.name)) return err({ kind: 'param-twice', name: segment.name })
    if (segment.kind === 'param') names.add(segment.name)
    segments.push(segment)
  }
  return ok(segments)
}

function findSegment(part: string): RouteSegment | undefined {
  const [, name] = /^\{([A-Za-z][A-Za-z0-9_-]{0,63})\}$/.exec(part) ?? []
  if (name !== undefined) return { kind: 'param', name }
  if (part.includes('..') || !/^[A-Za-z0-9_~@:+,=-][A-Za-z0-9._~@:+,=-]*$/.test(part)) return undefined
  return { kind: 'literal', text: part }
}

/** Tells whether some path fits both templates. */
export function isOverlapping(left: readonly RouteSegment[], right: readonly RouteSegment[]): boolean {
  return left.length === right.length && isBeginningOverlapping(left, right)
}

/** Tells whether some path that fits `route` begins with something that fits `beginning`. */
export function isBeginningOverlapping(beginning: readonly RouteSegment[], route: readonly RouteSegment[]): boolean {
  return beginning.every((segment, at) => {
    const other = route[at]
    if (other === undefined) return false
    return segment.kind === 'param' || other.kind === 'param' || segment.text === other.text
  })
}

/** The template without the names of its parameters: two routes of one shape fit the same paths. */
export function getShape(segments: readonly RouteSegment[]): string {
  return segments.map((segment) => (segment.kind === 'param' ? '/{}' : `/${segment.text}`)).join('')
}
