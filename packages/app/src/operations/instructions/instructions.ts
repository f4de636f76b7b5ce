import { z } from 'zod'
import { err, ok } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import { nameSchema } from '../knowledge/views.ts'
import { reasonSchema } from '../skills/source.ts'
import { presentReview, reviewViewSchema } from '../skills/views.ts'

/** Shows the instructions. */
export const showInstructions = define({
  name: 'instructions.show',
  summary: 'Shows the instructions that agents get at the start, and the modes there are.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/instructions' },
  input: z.strictObject({}),
  output: z.object({
    mode: z.string(),
    path: z.string().nullable(),
    text: z.string().nullable(),
    modes: z.array(z.string()),
  }),
  run: async ({ kairos }) => {
    const active = await kairos.instructions.active()
    return active.ok ? ok({ ...active.value, modes: [...active.value.modes] }) : active
  },
})

/** Proposes other instructions. */
export const updateInstructions = define({
  name: 'instructions.update',
  summary: 'Proposes other instructions, or another mode; they count as L0.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/instructions' },
  input: z.strictObject({
    command: z.enum(['create', 'update', 'delete', 'set_mode']),
    mode: nameSchema,
    /** For create and update. */
    content: z
      .string()
      .max(256 * 1024)
      .optional(),
    reason: reasonSchema,
    dry_run: z.boolean().default(false),
  }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, { command, mode, content, reason, dry_run: isDryRun }, context) => {
    const needsContent = command === 'create' || command === 'update'
    if (needsContent === (content === undefined)) {
      return err({ code: 'request.invalid', status: 400, message: 'content is for create and update, which need it.' })
    }
    const wish = needsContent ? { command, mode, reason, content: content ?? '' } : { command, mode, reason }
    const review = await kairos.instructions.propose(wish, { by: actorOf(context), isDryRun })
    return review.ok ? ok(presentReview(review.value, clock.now())) : review
  },
})
