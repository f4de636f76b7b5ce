import { z } from 'zod'
import { err, ok, packIdSchema } from '@rumi/kernel/base'
import { define } from '../define.ts'
import { packSchema, presentPack } from './view.ts'

const fileSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() })

/** What there is to see before approving: every file, and what changed since the last approval. */
export const showPack = define({
  name: 'packs.show',
  summary: 'Shows a pack: its files, its hash and what changed since the last approval.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/{pack_id}' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: packSchema.extend({
    files: z.array(fileSchema),
    /** Against the approved content; absent when nothing is approved. */
    changes: z
      .object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) })
      .optional(),
  }),
  run: async ({ packs }, input) => {
    await packs.settleModified()
    const review = await packs.review(input.pack_id)
    if (review.ok) {
      const { treeHash, files, changes } = review.value
      const paths = changes && {
        added: changes.added.map((entry) => entry.path),
        removed: changes.removed.map((entry) => entry.path),
        changed: changes.changed.map(({ after }) => after.path),
      }
      return ok({
        ...presentPack(review.value),
        // The hash of the files that are shown, and not of the last scan: it is what the reviewer approves.
        tree_hash: treeHash,
        files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
        ...(paths ? { changes: paths } : {}),
      })
    }
    const view = review.error.code === 'pack.unknown' ? undefined : packs.find(input.pack_id)
    return view ? ok({ ...presentPack(view), files: [] }) : err(review.error)
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
