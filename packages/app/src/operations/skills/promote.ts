import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { printSkill, skillTreeSchema } from '@rumi/skills/language'
import { actorOf, define } from '../define.ts'
import { nameSchema, planViewSchema, presentPlan } from '../knowledge/views.ts'
import { reasonSchema } from './source.ts'

const layerSchema = z.enum(['L0', 'L1', 'L2'])

/** Raises a document by one layer. */
export const promoteSkill = define({
  name: 'skills.promote',
  summary: 'Raises a document by one layer: L2 becomes L1; L1 becomes the draft of a skill, which changes nothing yet.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/promote' },
  input: z.strictObject({
    source_name: nameSchema,
    from_layer: layerSchema.default('L2'),
    to_layer: layerSchema.default('L1'),
    session_id: nameSchema.optional(),
    target_name: nameSchema.optional(),
    reason: reasonSchema.default(''),
  }),
  output: z.object({
    kind: z.enum(['document', 'draft']),
    document: planViewSchema.nullable(),
    /** The source of a skill that could be proposed. */
    draft: z.string().nullable(),
  }),
  run: async ({ kairos }, input, context) => {
    const wish = {
      ...{ from: input.from_layer, to: input.to_layer, name: input.source_name },
      ...(input.session_id === undefined ? {} : { session: input.session_id }),
      ...(input.target_name === undefined ? {} : { targetName: input.target_name }),
    }
    const promoted = await kairos.documents.promote(wish, { by: actorOf(context), reason: input.reason })
    if (!promoted.ok) return promoted
    if (promoted.value.kind === 'document')
      return ok({ kind: 'document' as const, document: presentPlan(promoted.value.plan), draft: null })
    const { id, title, content } = promoted.value.draft
    const tree = skillTreeSchema.parse({ id, title, content, version: '0.1' })
    return ok({ kind: 'draft' as const, document: null, draft: printSkill(tree) })
  },
})
