import { z } from 'zod'
import { err, flowIdSchema, ok, type JsonObject, type JsonValue, type Problem } from '@rumi/kernel/base'
import type { RunRecord } from '@rumi/kernel/state'
import { actorOf, define } from '../define.ts'
import type { Services } from '../services.ts'

/** `__proto__` is refused: schemas drop it without a word, and a flow must get what was sent or nothing. */
const jsonObjectSchema: z.ZodType<JsonObject> = z
  .unknown()
  .refine((value) => !hasPrototypeKey(value), 'the key "__proto__" is not allowed')
  .pipe(z.record(z.string(), z.json()))

/** Seconds: 1–600; anything that is no number means 300. (rumi: flow time-out) */
const timeoutSchema = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'number' && Number.isFinite(value) ? Math.min(600, Math.max(1, value)) : 300))

/** A run's end as surfaces show it. */
export const runResultSchema = z.object({
  success: z.boolean(),
  status: z.string(),
  flow_id: z.string(),
  run_id: z.string(),
  /** The declared outputs; without any, the whole context. `{_truncated: true, …}` when it is too large. */
  result: z.json(),
  error: z.string().nullable(),
  error_type: z.string().optional(),
  failed_step: z.string().optional(),
  /** Seconds. */
  execution_time: z.number(),
  diagnostics: z.array(z.string()).optional(),
  /** Where its blocks ran, each way once; `host_permissive` means without any sandbox. */
  sandbox: z.array(z.string()),
})

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
    const refusal = await refuseFlow(services, input.flow_id, actorOf(context))
    if (refusal) return err(refusal)
    const startedMs = services.clock.monotonicMs()
    const request = {
      flowId: input.flow_id,
      inputs: input.inputs,
      timeoutMs: input.timeout * 1000,
      caller: actorOf(context),
    }
    const run = await services.runner.run(request, context.signal)
    if (!run.ok) return err(withPendingHint(services, run.error))
    const seconds = (services.clock.monotonicMs() - startedMs) / 1000
    const steps = services.state.read((state) => state.runs.steps(run.value.runId))
    const sandbox = [...new Set(steps.flatMap((step) => step.posture ?? []))].toSorted()
    const seconds6 = Math.round(seconds * 1e6) / 1e6
    return ok({ ...presentRun(run.value, seconds6, services.settings.maxResponseBytes), sandbox })
  },
})

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey)
}

/** A run that was not given the time it needed is a time-out of the request; any other end is an answer. */
function statusOfRun(value: unknown): number {
  return typeof value === 'object' && value !== null && 'status' in value && value.status === 'timed_out' ? 408 : 200
}

/** A pack's flow runs only while the pack may; the refusal is on the ledger before it is said. */
async function refuseFlow(services: Services, flowId: string, actor: string): Promise<Problem | undefined> {
  const source = services.flows.findApproved(flowId)?.definition.source
  const packId = source
    ? source.kind === 'pack'
      ? source.packId
      : undefined
    : services.flows.findWithheld(flowId)?.packId
  if (packId === undefined) return undefined
  const decision = await services.packs.decideRun(packId)
  if (decision.allowed) return undefined
  const reason = decision.reason === 'unknown_pack' ? 'not_approved' : decision.reason
  await services.state.write((state) => {
    state.append({ kind: 'flow.refuse', actor, subject: flowId, data: { pack_id: packId, reason } })
  })
  const why = { not_approved: 'is not approved', modified: 'was changed after its approval', blocked: 'was rejected' }[
    reason
  ]
  return {
    code: `pack.${reason}`,
    status: 403,
    message: `The flow "${flowId}" belongs to the pack "${packId}", which ${why}.`,
    hint: `rumi packs show ${packId}, then: rumi packs approve ${packId}`,
  }
}

/** A flow nobody knows may belong to a pack that nobody has looked at: say so, its files are not read before. */
function withPendingHint(services: Services, problem: Problem): Problem {
  const waiting = problem.code === 'flow.unknown' && services.packs.list().some((pack) => pack.state === 'installed')
  return waiting
    ? { ...problem, hint: 'It may belong to a pack that was never scanned: rumi packs scan, then: rumi flows list' }
    : problem
}

function presentRun(
  run: RunRecord,
  seconds: number,
  maxBytes: number,
): Omit<z.input<typeof runResultSchema>, 'sandbox'> {
  return {
    success: run.status === 'completed',
    status: run.status,
    flow_id: run.flowId,
    run_id: run.runId,
    result: boundResult(run.result ?? null, maxBytes),
    error: run.error ? describe(run.error) : null,
    ...(run.error ? { error_type: run.error.errorType } : {}),
    ...(run.error?.stepId === undefined ? {} : { failed_step: run.error.stepId }),
    execution_time: seconds,
    ...(run.diagnostics ? { diagnostics: [...run.diagnostics] } : {}),
  }
}

function describe(error: NonNullable<RunRecord['error']>): string {
  return error.stepId === undefined ? error.message : `step "${error.stepId}": ${error.message}`
}

/** (rumi: RUMI_MAX_RESPONSE_BYTES) */
function boundResult(result: JsonValue, maxBytes: number): z.core.util.JSONType {
  const parsed: z.core.util.JSONType = JSON.parse(JSON.stringify(result))
  if (Buffer.byteLength(JSON.stringify(result)) <= maxBytes) return parsed
  const keys = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.keys(parsed) : []
  return { _truncated: true, _reason: `the result is larger than ${maxBytes} bytes`, _keys: keys }
}
