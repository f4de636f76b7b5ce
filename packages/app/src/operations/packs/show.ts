import { z } from 'zod'
import { err, ok, packIdSchema } from '@rumi/kernel/base'
import { define } from '../define.ts'
import { packSchema, presentPack } from './view.ts'

const fileSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() })

/** An HTTP endpoint that an approval would open. */
const routeSchema = z.object({
  method: z.string(),
  path: z.string(),
  flow_id: z.string(),
  /** `own`: below `/api/packs/<pack_id>/`; `outside`: anywhere else. */
  scope: z.enum(['own', 'outside']),
  description: z.string(),
})

/** What there is to see before approving: every file, and what changed since the last approval. */
export const showPack = define({
  name: 'packs.show',
  summary: 'Shows a pack: its files, its routes, its hash and what changed since the last approval.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: packSchema.extend({
    files: z.array(fileSchema),
    /** Approved together with the files; what is wrong with them is among the diagnostics. */
    routes: z.array(routeSchema),
    /** Against the approved content; absent when nothing is approved. */
    changes: z
      .object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) })
      .optional(),
  }),
  run: async ({ packs, routes }, input) => {
    await packs.settleModified()
    const review = await packs.review(input.pack_id)
    if (review.ok) {
      const { treeHash, files, changes } = review.value
      const paths = changes && {
        added: changes.added.map((entry) => entry.path),
        removed: changes.removed.map((entry) => entry.path),
        changed: changes.changed.map(({ after }) => after.path),
      }
      const shown = presentPack(review.value)
      const offered = routes.review(input.pack_id, treeHash)
      return ok({
        ...shown,
        // The hash of the files that are shown, and not of the last scan: it is what the reviewer approves.
        tree_hash: treeHash,
        files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
        routes: offered.routes.map(({ method, path, flowId, scope, description }) => ({
          method,
          path,
          flow_id: flowId,
          scope,
          description,
        })),
        diagnostics: [...shown.diagnostics, ...offered.diagnostics],
        ...(paths ? { changes: paths } : {}),
      })
    }
    const view = review.error.code === 'pack.unknown' ? undefined : packs.find(input.pack_id)
    return view ? ok({ ...presentPack(view), files: [], routes: [] }) : err(review.error)
  },
})

/** A pack's state alone. */
export const packStatus = define({
  name: 'packs.status',
  summary: 'Tells the state of a pack.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}/status' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: packSchema,
  run: async ({ packs }, input) => {
    await packs.settleModified()
    const view = packs.find(input.pack_id)
    if (view) return ok(presentPack(view))
    return err({
      code: 'pack.unknown',
      status: 404,
      message: `Pack not found: "${input.pack_id}".`,
      hint: 'rumi packs list',
    })
  },
})
