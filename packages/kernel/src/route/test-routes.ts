import { packIdSchema } from '../base/index.ts'
import { parseRoutes, type PackRoute, type RoutesReading } from './routes.ts'

/** Reads a document as `packId`'s file. */
export function readRoutes(document: unknown, packId = 'my_pack'): RoutesReading {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  return parseRoutes(Buffer.from(text), { packId: packIdSchema.parse(packId), file: 'p/routes.json' })
}

/** Routes from texts like `GET /api/x`, all of the pack's own flow. */
export function routesOf(texts: readonly string[], packId = 'my_pack'): readonly PackRoute[] {
  const routes = texts.map((text) => {
    const [method, path] = text.split(' ')
    return { method, path, flow_id: packId }
  })
  const reading = readRoutes({ routes }, packId)
  if (reading.diagnostics.length > 0) throw new Error(JSON.stringify(reading.diagnostics))
  return reading.routes
}
