import { err, flowIdSchema, isJsonObject, ok, type FlowId, type JsonObject } from '@rumi/kernel/base'
import type { Capability, CapabilityResult, CapabilityUse } from '@rumi/kernel/gate'
import { permissionIdSchema } from '@rumi/kernel/grant'
import type { Runner } from '@rumi/kernel/run'

/** Flows in progress above a flow that a capability starts. (roadmap §5.8 #58) */
const maxFlowDepth = 10

/** Flows that the blocks of one pack may have in progress at one depth: others want places as well. */
const maxRunsOfPack = 4

/**
 * `flow.run`: runs a flow and waits for it. It may be the operator's or another pack's: the grant names it. Every block
 * in it acts for its own pack. Depth and cycles count across such calls. (IPC-06)
 *
 * @param prepare - Called before a flow is looked for: to read what may have been changed and put back.
 * @param runner - Asked for when a call comes: the runner and the gate need each other.
 */
export function createFlowRunCapability(
  runner: () => Runner,
  prepare: (flowId: FlowId) => Promise<void> = async () => undefined,
): Capability {
  return {
    permissionId: permissionIdSchema.parse('flow.run'),
    read: (args) => {
      const flowId = flowIdSchema.safeParse(args['flow_id'])
      if (!flowId.success) return err({ kind: 'validation_error', message: '"flow_id" must be the id of a flow' })
      const inputs = args['inputs'] ?? {}
      if (!isJsonObject(inputs)) return err({ kind: 'validation_error', message: '"inputs" must be an object' })
      return ok({
        subject: flowId.data,
        needs: { allowed_flow_ids: [flowId.data] },
        perform: (use, signal) =>
          prepare(flowId.data).then(() => runFlow(runner(), { flowId: flowId.data, inputs, use }, signal)),
      })
    },
  }
}

async function runFlow(
  runner: Runner,
  { flowId, inputs, use }: { readonly flowId: FlowId; readonly inputs: JsonObject; readonly use: CapabilityUse },
  signal: AbortSignal,
): Promise<CapabilityResult> {
  const { flowStack, principalId, revealed } = use.caller
  if (flowStack.includes(flowId)) {
    return { kind: 'refused', errorType: 'recursive_flow', message: `The flow "${flowId}" is already running here` }
  }
  if (flowStack.length >= maxFlowDepth) {
    return { kind: 'refused', errorType: 'flow_depth_exceeded', message: `Flows may call flows ${maxFlowDepth} deep` }
  }
  await use.commit(() => undefined)
  const request = {
    flowId,
    inputs,
    timeoutMs: use.timeoutMs,
    caller: `pack/${principalId}`,
    flowStack,
    revealed,
    share: { owner: `pack/${principalId}/${flowStack.length}`, places: maxRunsOfPack },
  }
  const run = await runner.run(request, signal)
  if (!run.ok) {
    const errorType =
      run.error.code === 'run.busy' ? 'busy' : run.error.status === 404 ? 'flow_not_found' : 'validation_error'
    return { kind: 'refused', errorType, message: run.error.message }
  }
  const { runId, status, result = null, error } = run.value
  const output = { status, flow_id: flowId, run_id: runId, result }
  if (status === 'completed') return { kind: 'answer', output: { success: true, ...output } }
  const message = error === undefined ? `The flow ended as ${status}` : error.message
  return { kind: 'refused', errorType: 'flow_execution_error', message, details: output }
}
