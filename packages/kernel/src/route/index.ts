export {
  describeCollision,
  findCollisions,
  type RouteCollision,
  type RouteHolder,
  type TakenPaths,
} from './collision.ts'
export { buildRouteInputs, type RouteCall } from './inputs.ts'
export { buildRouteTable, findRoute, type RouteMatch, type RouteRequest, type RouteTable } from './match.ts'
export { readRouteResponse, type RouteBody, type RouteResponse, type RouteResponseReading } from './response.ts'
export {
  isFlowInScope,
  parseRoutes,
  routesFileName,
  type PackRoute,
  type RouteMethod,
  type RoutesReading,
  type RoutesSource,
} from './routes.ts'
