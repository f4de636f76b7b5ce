import { z } from 'zod'
import { ok, packIdSchema } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import { diagnosticSchema, packSchema, presentPack } from './view.ts'

/** Reads packs' folders, copies them into the store and records their hashes. Approves nothing. */
export const scanPacks = define({
  name: 'packs.scan',
  summary: 'Reads the packs and records their hashes; approves nothing.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/packs/scan' },
  input: z.strictObject({ pack_id: packIdSchema.optional() }),
  output: z.object({
    scanned: z.number(),
    packs: z.array(packSchema),
    /** Packs that could not be scanned, and directories that are no pack. */
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ packs }, input, context) => {
    const ids =
      input.pack_id === undefined ? packs.list().flatMap((pack) => (pack.found ? [pack.packId] : [])) : [input.pack_id]
    const shown: z.input<typeof packSchema>[] = []
    const failed: z.input<typeof diagnosticSchema>[] = []
    for (const packId of ids) {
      const scanned = await packs.scan(packId, actorOf(context))
      if (scanned.ok) shown.push(presentPack(scanned.value))
      else if (input.pack_id !== undefined) return scanned
      else
        failed.push({
          severity: 'error',
          code: scanned.error.code,
          message: scanned.error.message,
          file: `ecosystem/${packId}`,
        })
    }
    return ok({ scanned: shown.length, packs: shown, diagnostics: [...packs.diagnostics, ...failed] })
  },
})
