import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'

/** Sets up. */
export const initKairos = define({
  name: 'kairos.init',
  summary: 'Puts the default skills into the home, or takes over those that are there, as they are.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/kairos/init' },
  input: z.strictObject({
    /** Writes the files of L0 as they are in force, where somebody edited or removed them. */
    repair: z.boolean().default(false),
  }),
  output: z.object({
    kind: z.enum(['new', 'adopted', 'repaired', 'unchanged']),
    skills: z.array(z.string()),
    written: z.array(z.string()),
    chain: z.object({ length: z.number(), head: z.string() }).nullable(),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ kairos }, { repair }, context) => {
    const done = await kairos.setup.init(actorOf(context), repair)
    if (!done.ok) return done
    const { kind, skills, written, chain, diagnostics } = done.value
    return ok({ kind, skills: [...skills], written: [...written], chain, diagnostics: [...diagnostics] })
  },
})

/** Upgrades. */
export const upgradeKairos = define({
  name: 'kairos.upgrade',
  summary: 'Brings what ships with this version: nothing that somebody edited is written to, rules are only proposed.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/kairos/upgrade' },
  input: z.strictObject({ dry_run: z.boolean().default(false) }),
  output: z.object({
    steps: z.array(
      z.object({
        path: z.string(),
        action: z.enum(['unchanged', 'add', 'update', 'keep', 'conflict', 'merged', 'proposal']),
        detail: z.string().nullable(),
      }),
    ),
    proposals: z.array(z.string()),
  }),
  run: async ({ kairos }, { dry_run: isDryRun }, context) => {
    const done = await kairos.setup.upgrade(actorOf(context), isDryRun)
    if (!done.ok) return done
    return ok({ steps: done.value.steps.map((step) => ({ ...step })), proposals: [...done.value.proposals] })
  },
})
