import { z } from 'zod'
import {
  err,
  ok,
  type FlowId,
  type JsonObject,
  type JsonValue,
  type Outcome,
  type PackId,
  type Problem,
} from '@rumi/kernel/base'
import type { RunRecord } from '@rumi/kernel/state'
import type { Services } from '../services.ts'

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

/** Who wants which flow to run. */
export interface RunWish {
  readonly flowId: FlowId
  readonly inputs: JsonObject
  /** For the whole run. */
  readonly timeoutMs: number
  /** For the ledger and the run's record. @example 'schedule/weather_pack.fetch' */
  readonly caller: string
  /** See `RunRequest.share`. */
  readonly share?: { readonly owner: string; readonly places: number }
}

/** A run that ended, as it was and as it is shown. */
export interface PerformedRun {
  readonly run: RunRecord
  readonly shown: z.input<typeof runResultSchema>
}

/**
 * Runs a flow to its end, whoever wants it: an operator, a route or a schedule. Problems: `pack.not_approved`,
 * `pack.modified`, `pack.blocked` 403 (nothing was executed, the refusal is on the ledger) and those of `Runner.run`.
 */
export async function performRun(
  services: Services,
  wish: RunWish,
  signal: AbortSignal,
): Promise<Outcome<PerformedRun>> {
  const refusal = await refuseFlow(services, wish)
  if (refusal) return err(refusal)
  // A folder that was changed and put back looks changed until it is read again.
  for (const packId of services.flows.listCalledPacks(wish.flowId)) await services.packs.decideRun(packId)
  const startedMs = services.clock.monotonicMs()
  const run = await services.runner.run(wish, signal)
  if (!run.ok) return err(withPendingHint(services, run.error))
  const seconds = (services.clock.monotonicMs() - startedMs) / 1000
  const steps = services.state.read((state) => state.runs.steps(run.value.runId))
  const sandbox = [...new Set(steps.flatMap((step) => step.posture ?? []))].toSorted()
  const seconds6 = Math.round(seconds * 1e6) / 1e6
  return ok({
    run: run.value,
    shown: { ...presentRun(run.value, seconds6, services.settings.maxResponseBytes), sandbox },
  })
}

/** A run that was not given the time it needed is a time-out of the request; any other end is an answer. */
export function statusOfRun(value: unknown): number {
  return typeof value === 'object' && value !== null && 'status' in value && value.status === 'timed_out' ? 408 : 200
}

/** A pack's flow runs only while the pack may; the refusal is on the ledger before it is said. */
async function refuseFlow(services: Services, { flowId, caller }: RunWish): Promise<Problem | undefined> {
  const source = services.flows.findApproved(flowId)?.definition.source
  const packId = source
    ? source.kind === 'pack'
      ? source.packId
      : undefined
    : services.flows.findWithheld(flowId)?.packId
  return packId === undefined ? undefined : refusePack(services, { packId, flowId, caller })
}

/** Whose pack must be approved, for which flow, and who wants it. */
interface PackQuestion {
  readonly packId: PackId
  readonly flowId: FlowId
  readonly caller: string
}

/**
 * Why nothing of a pack may run now: `pack.not_approved`, `pack.modified`, `pack.blocked` 403; the refusal is on the
 * ledger. Undefined: it may.
 */
export async function refusePack(
  services: Services,
  { packId, flowId, caller }: PackQuestion,
): Promise<Problem | undefined> {
  const decision = await services.packs.decideRun(packId)
  if (decision.allowed) return undefined
  const reason = decision.reason === 'unknown_pack' ? 'not_approved' : decision.reason
  await services.state.write((state) => {
    state.append({ kind: 'flow.refuse', actor: caller, subject: flowId, data: { pack_id: packId, reason } })
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

/**
 * A flow nobody knows may belong to a pack that nobody has looked at, whose files are not read before; or it may stand in
 * a file that cannot be read.
 */
function withPendingHint(services: Services, problem: Problem): Problem {
  if (problem.code !== 'flow.unknown') return problem
  if (services.packs.list().some((pack) => pack.state === 'installed')) {
    return {
      ...problem,
      hint: 'It may belong to a pack that was never scanned: rumi packs scan, then: rumi flows list',
    }
  }
  const broken = services.flows.diagnostics.filter(({ severity }) => severity === 'error')
  const files = [...new Set(broken.flatMap(({ file }) => file ?? []))]
  if (files.length === 0) return problem
  const shown = files.slice(0, 3).join(', ')
  return {
    ...problem,
    hint: `It may be in a file that has errors (${shown}${files.length > 3 ? ', …' : ''}): rumi flows list`,
  }
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
