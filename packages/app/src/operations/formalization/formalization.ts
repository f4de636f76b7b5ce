import { z } from 'zod'
import { ok, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import type { LedgerEntry } from '@rumi/kernel/ledger'
import { actorOf, define } from '../define.ts'
import { wholeNumber } from '../whole-number.ts'

const categories = ['invariant', 'rule', 'guideline', 'policy', 'philosophy'] as const
const ambiguity = z.enum(['none', 'low', 'medium', 'high'])
const text = z.string().trim().min(1, 'is required').max(4000)

/** Why a text became a definition, or stayed one that only people can judge. (design §フォーマライゼーションツール) */
const decisionSchema = z.strictObject({
  skill_id: text.max(64),
  skill_version: text.max(64),
  /** The words that were looked at. */
  source_text: text,
  /** Where they stand in the content. */
  source_span: z.string().max(256).nullable().default(null),
  result: z.enum(['formalized', 'not_formalized'], "result must be 'formalized' or 'not_formalized'"),
  rationale: text,
  formalization_category: z.enum(categories, `formalization_category must be one of: ${categories.join(', ')}`),
  ambiguity_before: ambiguity.nullable().default(null),
  ambiguity_after: ambiguity.nullable().default(null),
  decided_by: z.enum(['human', 'ai', 'collaborative']).default('human'),
  /** The model that took part, when one did. */
  model: z.string().max(256).nullable().default(null),
  /** 0–1. */
  confidence: z.number().min(0).max(1).nullable().default(null),
  decompile_text: z.string().max(4000).nullable().default(null),
  source_decompile_divergence: z.string().max(4000).nullable().default(null),
})

const decisionViewSchema = z.object({
  seq: z.number(),
  at: z.string(),
  by: z.string(),
  decision: z.record(z.string(), z.unknown()),
})

/** Records a decision. */
export const recordFormalization = define({
  name: 'formalization.record',
  summary: 'Records why a rule in words became a definition, or why it did not.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/formalization' },
  input: decisionSchema,
  output: z.object({ recorded: z.literal(true), length: z.number() }),
  run: async ({ state, ledger }, input, context) => {
    const data: JsonObject = { ...input }
    const entry = { kind: 'kairos.formalization', actor: actorOf(context), subject: input.skill_id, data }
    await state.write((writer) => writer.append(entry))
    return ok({ recorded: true as const, length: ledger.size() })
  },
})

/** Lists decisions. */
export const formalizationHistory = define({
  name: 'formalization.history',
  summary: 'Lists decisions about formalization, newest first.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/formalization' },
  input: z.strictObject({
    skill_id: z.string().max(64).optional(),
    category: z.enum(categories).optional(),
    limit: wholeNumber(1, 1000).default(20),
  }),
  output: z.object({
    entries: z.array(decisionViewSchema),
    count: z.number(),
    formalized: z.number(),
    not_formalized: z.number(),
  }),
  run: async ({ state }, { skill_id: skillId, category, limit }) => {
    const all = state.read(({ ledger }) => ledger.latest(['kairos.formalization'], { limit: Number.MAX_SAFE_INTEGER }))
    const matching = all.filter(
      ({ subject, data }) =>
        (skillId === undefined || subject === skillId) &&
        (category === undefined || data['formalization_category'] === category),
    )
    const entries = matching.slice(0, limit)
    const count = (result: JsonValue): number => entries.filter(({ data }) => data['result'] === result).length
    return ok({
      entries: entries.map(present),
      count: entries.length,
      formalized: count('formalized'),
      not_formalized: count('not_formalized'),
    })
  },
})

function present({ seq, at, actor, data }: LedgerEntry): z.input<typeof decisionViewSchema> {
  return { seq, at, by: actor, decision: { ...data } }
}
