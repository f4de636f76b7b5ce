import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { define } from '../define.ts'
import { wholeNumber } from '../whole-number.ts'

const layerSchema = z.enum(['L0', 'L1', 'L2'])
const foundSchema = z.object({
  layer: layerSchema,
  name: z.string(),
  session_id: z.string().nullable(),
  title: z.string(),
  tags: z.array(z.string()),
  score: z.number(),
  excerpt: z.string(),
})

/** Finds skills and documents. */
export const searchSkills = define({
  name: 'skills.search',
  summary: 'Finds skills, knowledge and contexts by what is in them, best first.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/search' },
  input: z.strictObject({
    /** Any text; several words must all occur. */
    query: z.string().min(1).max(1000),
    layer: layerSchema.optional(),
    limit: wholeNumber(1, 100).default(10),
  }),
  output: z.object({ results: z.array(foundSchema), count: z.number() }),
  run: async ({ kairos }, { query, layer, limit }) => {
    const found = await kairos.search.find(query, { limit, ...(layer === undefined ? {} : { layers: [layer] }) })
    const results = found.map(({ session, tags, ...rest }) => ({ ...rest, session_id: session, tags: [...tags] }))
    return ok({ results, count: results.length })
  },
})

/** Finds knowledge. */
export const searchKnowledge = define({
  name: 'knowledge.search',
  summary: 'Finds documents of L1 by what is in them, best first.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/knowledge-search' },
  input: z.strictObject({ query: z.string().min(1).max(1000), limit: wholeNumber(1, 100).default(10) }),
  output: z.object({ results: z.array(foundSchema), count: z.number() }),
  run: async ({ kairos }, { query, limit }) => {
    const found = await kairos.search.find(query, { limit, layers: ['L1'] })
    const results = found.map(({ session, tags, ...rest }) => ({ ...rest, session_id: session, tags: [...tags] }))
    return ok({ results, count: results.length })
  },
})
