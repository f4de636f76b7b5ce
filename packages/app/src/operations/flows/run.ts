import { z } from 'zod'
import { flowIdSchema, ok, type JsonObject } from '@rumi/kernel/base'
import { actorOf, define } from '../define.ts'
import { hasPrototypeKey } from '../prototype-key.ts'
import { performRun, runResultSchema, statusOfRun } from './perform.ts'

const jsonObjectSchema: z.ZodType<JsonObject> = z
  .unknown()
  .refine((value) => !hasPrototypeKey(value), 'the key "__proto__" is not allowed')
  .pipe(z.record(z.string(), z.json()))

/** Seconds: 1–600; anything that is no number means 300. (rumi: flow time-out) */
const timeoutSchema = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'number' && Number.isFinite(value) ? Math.min(600, Math.max(1, value)) : 300))

/** Runs a flow to its end. */
export const runFlow = define({
  name: 'flows.run',
  summary: 'Runs a flow and waits for its result.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/flows/{flow_id}/run', statusOf: statusOfRun },
  input: z.strictObject({
    flow_id: z.string().pipe(flowIdSchema),
    inputs: jsonObjectSchema.default({}),
    timeout: timeoutSchema,
  }),
  output: runResultSchema,
  run: async (services, input, context) => {
    const { flow_id: flowId, inputs, timeout } = input
    const actor = actorOf(context)
    const performed = await performRun(
      services,
      { flowId, inputs, timeoutMs: timeout * 1000, caller: actor },
      context.signal,
    )
    return performed.ok ? ok(performed.value.shown) : performed
  },
})
