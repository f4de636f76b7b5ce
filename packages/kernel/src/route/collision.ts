import type { Diagnostic, PackId } from '../base/index.ts'
import { isBeginningOverlapping, isOverlapping, parseRoutePath, type RouteSegment } from './route-path.ts'
import type { PackRoute } from './routes.ts'

/** What a route gets in the way of. */
export type RouteHolder =
  | { readonly kind: 'system'; readonly path: string }
  | { readonly kind: 'pack'; readonly packId: PackId; readonly route: PackRoute }

/** A route that is refused, and what it collides with. */
export interface RouteCollision {
  readonly route: PackRoute
  readonly holder: RouteHolder
}

/** Paths that are given away already. */
export interface TakenPaths {
  /** The system's own, as templates; `/console/*` takes everything below. Throws for a text that is no path. */
  readonly systemPaths: readonly string[]
  /** Routes of other packs that already answer. */
  readonly others: readonly PackRoute[]
}

/**
 * Finds routes that some request could reach beside a path of the system (under any method) or beside another pack's
 * route of the same method. Templates count as all they fit: a more literal route would take requests away from its
 * neighbour. Every collision is listed; a route with one is refused.
 */
export function findCollisions(
  routes: readonly PackRoute[],
  { systemPaths, others }: TakenPaths,
): readonly RouteCollision[] {
  const system = systemPaths.map((path) => ({ path, isTaken: readSystemPath(path) }))
  return routes.flatMap((route) => [
    ...system
      .filter(({ isTaken }) => isTaken(route.segments))
      .map(({ path }): RouteCollision => ({ route, holder: { kind: 'system', path } })),
    ...others
      .filter((other) => isRival(route, other))
      .map((other): RouteCollision => ({ route, holder: { kind: 'pack', packId: other.packId, route: other } })),
  ])
}

function isRival(route: PackRoute, other: PackRoute): boolean {
  return other.packId !== route.packId && other.method === route.method && isOverlapping(route.segments, other.segments)
}

function foldCase(segment: RouteSegment): RouteSegment {
  return segment.kind === 'literal' ? { ...segment, text: segment.text.toLowerCase() } : segment
}

function readSystemPath(path: string): (segments: readonly RouteSegment[]) => boolean {
  if (path === '/') return () => false // a route has at least one segment
  const isTree = path.endsWith('/*')
  const taken = parseRoutePath((isTree ? path.slice(0, -2) : path).toLowerCase())
  if (!taken.ok) throw new TypeError(`no path: ${JSON.stringify(path)}`)
  const isTaken = isTree ? isBeginningOverlapping : isOverlapping
  // `/API/packs` is no path of the system's, but somebody who reads it takes it for one.
  return (segments) => isTaken(taken.value, segments.map(foldCase))
}

/** The error to show, with both names. @param file - The pack's `routes.json`, relative to the home. */
export function describeCollision({ route, holder }: RouteCollision, file: string): Diagnostic {
  const name = `${route.method} ${route.path} of pack "${route.packId}"`
  const other =
    holder.kind === 'system'
      ? `${holder.path} of the system`
      : `${holder.route.method} ${holder.route.path} of pack "${holder.packId}"`
  const message = `routes[${route.index}]: ${name} collides with ${other}`
  return {
    severity: 'error',
    code: 'route.collision',
    message,
    file,
    hint: `Use a path below /api/packs/${route.packId}/.`,
  }
}
