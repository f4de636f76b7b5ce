import { z } from 'zod'
import { err, ok, runIdSchema, type Problem } from '@rumi/kernel/base'
import { runStatusSchema, type RunRecord, type StepRecord } from '@rumi/kernel/state'
import { define } from '../define.ts'
import { wholeNumber } from '../whole-number.ts'

const runSchema = z.object({
  run_id: z.string(),
  flow_id: z.string(),
  file: z.string(),
  status: runStatusSchema,
  started_at: z.string(),
  ended_at: z.string().optional(),
  caller: z.string(),
  error: z.object({ step_id: z.string().optional(), error_type: z.string(), message: z.string() }).optional(),
})

const stepSchema = z.object({
  seq: z.number(),
  step_id: z.string(),
  /** Flows and branches around it, outermost first. */
  path: z.string(),
  type: z.string(),
  phase: z.string(),
  status: z.string(),
  started_at: z.string(),
  duration_ms: z.number().optional(),
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  log: z.string().optional(),
  /** Where a block ran. */
  sandbox: z.string().optional(),
  pack_id: z.string().optional(),
  file: z.string().optional(),
  error: z.object({ error_type: z.string(), message: z.string() }).optional(),
  diagnostics: z.array(z.string()).optional(),
})

/** The newest runs. */
export const listRuns = define({
  name: 'runs.list',
  summary: 'Lists the newest runs.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/runs' },
  input: z.strictObject({ limit: wholeNumber(1, 1000).default(50) }),
  output: z.object({ runs: z.array(runSchema), count: z.number() }),
  run: async ({ state }, { limit }) => {
    const runs = state.read((reader) => reader.runs.list(limit)).map(presentRecord)
    return ok({ runs, count: runs.length })
  },
})

/** One run with every step. */
export const showRun = define({
  name: 'runs.show',
  summary: 'Shows a run with every step: input, output, duration, sandbox and error.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/runs/{run_id}' },
  input: z.strictObject({ run_id: runIdSchema }),
  output: runSchema.extend({
    inputs: z.unknown(),
    result: z.unknown().optional(),
    diagnostics: z.array(z.string()),
    steps: z.array(stepSchema),
  }),
  run: async ({ state }, input) => {
    const run = state.read((reader) => reader.runs.find(input.run_id))
    if (!run) return err(unknownRun(input.run_id))
    const steps = state.read((reader) => reader.runs.steps(input.run_id)).map(presentStep)
    return ok({
      ...presentRecord(run),
      inputs: run.inputs,
      ...(run.result === undefined ? {} : { result: run.result }),
      diagnostics: [...(run.diagnostics ?? [])],
      steps,
    })
  },
})

/** Stops a run and what runs for it. */
export const cancelRun = define({
  name: 'runs.cancel',
  summary: 'Stops a run and the block it waits for.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/runs/{run_id}/cancel' },
  input: z.strictObject({ run_id: runIdSchema }),
  output: z.object({ run_id: z.string(), cancelled: z.boolean(), status: z.string() }),
  run: async ({ runner, state }, input) => {
    const cancelled = await runner.cancel(input.run_id)
    const run = state.read((reader) => reader.runs.find(input.run_id))
    if (!run) return err(unknownRun(input.run_id))
    if (cancelled) return ok({ run_id: run.runId, cancelled, status: run.status })
    return err({ code: 'run.ended', status: 409, message: `The run has already ended (${run.status}).` })
  },
})

function unknownRun(runId: string): Problem {
  return { code: 'run.unknown', status: 404, message: `There is no run "${runId}".`, hint: 'rumi runs list' }
}

function presentRecord(run: RunRecord): z.input<typeof runSchema> {
  const { error } = run
  return {
    run_id: run.runId,
    flow_id: run.flowId,
    file: run.file,
    status: run.status,
    started_at: run.startedAt,
    ...(run.endedAt === undefined ? {} : { ended_at: run.endedAt }),
    caller: run.caller,
    ...(error
      ? {
          error: {
            ...(error.stepId === undefined ? {} : { step_id: error.stepId }),
            error_type: error.errorType,
            message: error.message,
          },
        }
      : {}),
  }
}

function presentStep(step: StepRecord): z.input<typeof stepSchema> {
  const { stepId, startedAt, durationMs, posture, packId, error, ...rest } = step
  return {
    ...rest,
    step_id: stepId,
    started_at: startedAt,
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    ...(posture === undefined ? {} : { sandbox: posture }),
    ...(packId === undefined ? {} : { pack_id: packId }),
    ...(error ? { error: { error_type: error.errorType, message: error.message } } : {}),
  }
}
