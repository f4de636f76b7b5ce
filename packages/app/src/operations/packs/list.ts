import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { define } from '../define.ts'
import { packSchema, presentPack } from './view.ts'

/** All packs of the home, with their states. */
export const listPacks = define({
  name: 'packs.list',
  summary: 'Lists all packs with their states.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs' },
  input: z.strictObject({}),
  output: z.array(packSchema),
  run: async ({ packs }) => {
    await packs.settleModified()
    return ok(packs.list().map(presentPack))
  },
})

/** Ids of packs that wait for a decision: installed, pending or modified. */
export const listPendingPacks = define({
  name: 'packs.pending',
  summary: 'Lists the ids of packs that wait for a decision.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/packs/pending' },
  input: z.strictObject({}),
  output: z.array(z.string()),
  run: async ({ packs }) => {
    await packs.settleModified()
    return ok(
      packs.list().flatMap((pack) => (['installed', 'pending', 'modified'].includes(pack.state) ? [pack.packId] : [])),
    )
  },
})
