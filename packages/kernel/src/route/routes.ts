import { z } from 'zod'
import {
  flowIdSchema,
  isJsonObject,
  parseStrictJson,
  type Diagnostic,
  type FlowId,
  type JsonValue,
  type PackId,
} from '../base/index.ts'
import {
  getShape,
  isBeginningOverlapping,
  parseRoutePath,
  type RoutePathProblem,
  type RouteSegment,
} from './route-path.ts'

/** The file in a pack's folder that declares its routes. */
export const routesFileName = 'routes.json'

/** Bounds of one `routes.json`: 2 MiB, 8 levels, 500 routes. */
const routesLimits = { maxBytes: 2 * 1024 * 1024, maxDepth: 8 }
const maxRoutes = 500

const methodSchema = z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
export type RouteMethod = z.infer<typeof methodSchema>

/** One endpoint of a pack. */
export interface PackRoute {
  readonly packId: PackId
  /** Position in `routes.json`, from 0. */
  readonly index: number
  readonly method: RouteMethod
  /** As written. */
  readonly path: string
  readonly segments: readonly RouteSegment[]
  /** The pack's own id, or one that begins with it and a dot. */
  readonly flowId: FlowId
  readonly description: string
  /** 1 000–600 000; absent when the route does not say. */
  readonly timeoutMs?: number
  /** `own`: below `/api/packs/<pack_id>/`. `outside`: elsewhere, which an operator is shown before approval. */
  readonly scope: 'own' | 'outside'
}

/** What a `routes.json` declares. One bad route does not harm the others. */
export interface RoutesReading {
  readonly routes: readonly PackRoute[]
  /** Well-formed routes that name another pack's flow. They run nothing; a request to one is answered 403. */
  readonly outOfScope: readonly PackRoute[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Where a `routes.json` was found. */
export interface RoutesSource {
  readonly packId: PackId
  /** Path relative to the home, for the diagnostics. */
  readonly file: string
}

const routeSchema = z.object({
  method: z
    .string()
    .transform((method) => method.toUpperCase())
    .pipe(methodSchema),
  path: z.string(),
  flow_id: flowIdSchema,
  description: z.string().max(4_096).default(''),
  timeout: z.number().positive().optional(),
})

/**
 * Reads a `routes.json`.
 *
 * Codes: `routes.json`, `routes.too_many`, and for one route `route.field`, `route.path`, `route.foreign_path`,
 * `route.flow_scope`, `route.duplicate` (errors); `route.unknown_key` (warning).
 */
export function parseRoutes(bytes: Uint8Array, source: RoutesSource): RoutesReading {
  const { file } = source
  const refuse = (code: string, message: string): RoutesReading => ({
    routes: [],
    outOfScope: [],
    diagnostics: [{ severity: 'error', code, message, file }],
  })
  const json = parseStrictJson(bytes, routesLimits)
  if (!json.ok) return refuse('routes.json', json.error.message)
  const list = isJsonObject(json.value) ? json.value['routes'] : undefined
  if (!isList(list)) return refuse('routes.json', 'the document must be an object with a list "routes"')
  if (list.length > maxRoutes) return refuse('routes.too_many', `more than ${maxRoutes} routes`)
  const routes = new Map<string, PackRoute>()
  const outOfScope: PackRoute[] = []
  const diagnostics: Diagnostic[] = []
  for (const [index, value] of list.entries()) {
    const reading = readRoute(value, index, source)
    diagnostics.push(...reading.diagnostics)
    if (reading.route === undefined) continue
    const key = `${reading.route.method} ${getShape(reading.route.segments)}`
    const twin = routes.get(key)
    if (twin !== undefined) diagnostics.push(describeTwin(reading.route, twin, file))
    else if (isFlowInScope(source.packId, reading.route.flowId)) routes.set(key, reading.route)
    else outOfScope.push(reading.route)
  }
  return { routes: [...routes.values()], outOfScope, diagnostics }
}

/** Tells whether a pack may offer a flow under its routes: `<pack_id>` or `<pack_id>.…`. Asked again at every request. */
export function isFlowInScope(packId: string, flowId: string): boolean {
  return flowId === packId || flowId.startsWith(`${packId}.`)
}

interface RouteReading {
  readonly route?: PackRoute
  readonly diagnostics: readonly Diagnostic[]
}

function readRoute(value: JsonValue, index: number, { packId, file }: RoutesSource): RouteReading {
  const say = (severity: Diagnostic['severity'], code: string, message: string): Diagnostic => ({
    severity,
    code,
    message: `routes[${index}]: ${message}`,
    file,
  })
  const unknown = isJsonObject(value) ? Object.keys(value).filter((key) => !Object.hasOwn(routeSchema.shape, key)) : []
  const warnings = unknown
    .slice(0, 5)
    .map((key) =>
      say('warning', 'route.unknown_key', `${JSON.stringify(key.slice(0, 64))} is not known and has no effect`),
    )
  const parsed = routeSchema.safeParse(value)
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) =>
      say('error', 'route.field', `${path.join('.')}: ${message}`),
    )
    return { diagnostics: [...errors, ...warnings] }
  }
  const { method, path, flow_id: flowId, description, timeout } = parsed.data
  const segments = parseRoutePath(path)
  if (!segments.ok)
    return { diagnostics: [say('error', 'route.path', describePathProblem(segments.error)), ...warnings] }
  const scope = findScope(segments.value, packId)
  if (scope === undefined) {
    return {
      diagnostics: [say('error', 'route.foreign_path', `${path} can lie below another pack's path`), ...warnings],
    }
  }
  const timeoutMs = timeout === undefined ? {} : { timeoutMs: Math.round(Math.min(Math.max(timeout, 1), 600) * 1_000) }
  const route = { packId, index, method, path, segments: segments.value, flowId, description, ...timeoutMs, scope }
  if (isFlowInScope(packId, flowId)) return { route, diagnostics: warnings }
  const message = `flow scope violation: "${flowId}" is neither "${packId}" nor begins with "${packId}."`
  return { route, diagnostics: [say('error', 'route.flow_scope', message), ...warnings] }
}

const packsBeginning: readonly RouteSegment[] = [
  { kind: 'literal', text: 'api' },
  { kind: 'literal', text: 'packs' },
  { kind: 'param', name: 'pack_id' },
]

/** `undefined`: the path fits something below another pack's own path, where only that pack answers. */
function findScope(segments: readonly RouteSegment[], packId: PackId): PackRoute['scope'] | undefined {
  if (!isBeginningOverlapping(packsBeginning, segments)) return 'outside'
  return getShape(segments.slice(0, packsBeginning.length)) === `/api/packs/${packId}` ? 'own' : undefined
}

function describePathProblem(problem: RoutePathProblem): string {
  if (problem.kind === 'not-absolute') return '"path" must begin with "/"'
  if (problem.kind === 'too-long') return '"path" is too long'
  if (problem.kind === 'param-twice') return `"path" has the parameter "${problem.name}" twice`
  return `"path" has the segment ${JSON.stringify(problem.text.slice(0, 64))}, which is neither plain text nor {name}`
}

function describeTwin(route: PackRoute, twin: PackRoute, file: string): Diagnostic {
  const message = `routes[${route.index}]: ${route.method} ${route.path} is routes[${twin.index}] again, which counts`
  return { severity: 'error', code: 'route.duplicate', message, file }
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
