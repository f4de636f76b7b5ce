import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'

/** All routes of approved packs, and which were left out. */
export const listRoutes = define({
  name: 'routes.list',
  summary: 'Lists the routes of approved packs and what is wrong with others.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/routes' },
  input: z.strictObject({}),
  output: z.object({
    routes: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        pack_id: z.string(),
        flow_id: z.string(),
        description: z.string(),
      }),
    ),
    count: z.number(),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ routes }) => {
    const all = routes.routes.toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method))
    return ok({
      routes: all.map(({ method, path, packId, flowId, description }) => ({
        method,
        path,
        pack_id: packId,
        flow_id: flowId,
        description,
      })),
      count: all.length,
      diagnostics: [...routes.diagnostics],
    })
  },
})

/** Reads the routes of approved packs again. Approvals take effect without it. */
export const reloadRoutes = define({
  name: 'routes.reload',
  summary: 'Reads the routes of approved packs again; approvals take effect without it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/routes/reload' },
  input: z.strictObject({}),
  output: z.object({ reloaded: z.literal(true), route_count: z.number() }),
  run: async ({ routes }) => {
    routes.reload()
    return ok({ reloaded: true as const, route_count: routes.routes.length })
  },
})

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1
}
