import { z } from 'zod'
import { ok, packIdSchema, treeHashSchema } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import { packSchema, presentPack } from './view.ts'

/** Approves a pack's content by its hash. Takes effect at once. */
export const approvePack = define({
  name: 'packs.approve',
  summary: 'Approves exactly the content a pack has now, by its hash.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/packs/{pack_id}/approve' },
  input: z.strictObject({
    pack_id: packIdSchema,
    /** The hash that was reviewed. Without it, what the folder holds now is approved. */
    tree_hash: treeHashSchema.optional(),
    /** Kept on the ledger. */
    notes: z.string().max(1000).optional(),
  }),
  output: packSchema,
  run: async ({ packs }, input, context) => {
    const approved = await packs.approve(
      input.pack_id,
      { namedHash: input.tree_hash, notes: input.notes },
      actorOf(context),
    )
    return approved.ok ? ok(presentPack(approved.value)) : approved
  },
})

/** Rejects a pack: it is blocked at once, and what runs of it is ended. */
export const rejectPack = define({
  name: 'packs.reject',
  summary: 'Rejects a pack and ends what runs of it.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/packs/{pack_id}/reject' },
  input: z.strictObject({ pack_id: packIdSchema, reason: z.string().max(1000).default('User rejected') }),
  output: packSchema,
  run: async ({ packs }, input, context) => {
    const rejected = await packs.reject(input.pack_id, input.reason, actorOf(context))
    return rejected.ok ? ok(presentPack(rejected.value)) : rejected
  },
})

/** Forgets every decision about a pack. Its folder stays. */
export const removePack = define({
  name: 'packs.remove',
  summary: 'Forgets the decisions about a pack; its folder stays.',
  effect: 'change',
  who: 'operator',
  http: { method: 'DELETE', path: '/api/packs/{pack_id}' },
  input: z.strictObject({ pack_id: packIdSchema }),
  output: z.object({ pack_id: z.string(), removed: z.literal(true) }),
  run: async ({ packs }, input, context) => {
    const removed = await packs.remove(input.pack_id, actorOf(context))
    return removed.ok ? ok({ pack_id: removed.value, removed: true as const }) : removed
  },
})
