import { isJsonObject, unreachable, type JsonObject, type JsonValue } from '../base/index.ts'
import { isOperatorOwned } from '../flow/index.ts'
import type { StepRecord } from '../state/index.ts'
import { findExcess, maxRunSteps, maxTurnSteps, valueBounds } from './bounds.ts'
import { flowHandlers, HandlerArgumentError, privilegedHandlers, pureHandlers } from './handlers.ts'
import type { Run, RunEvent, RunFrame, Turn } from './machine.ts'
import { Progress } from './progress.ts'
import { inheritedContext, startContext, type FlowFinder, type PreparedStep } from './prepare.ts'
import { flowResult } from './result.ts'

/** Deepest chain of flows calling flows. (roadmap §5.8 #58) */
export const maxFlowDepth = 10

/**
 * Takes a run one event further: works through every step that needs nobody's help, and stops at the first that does.
 * Pure: the same run, event and flows give the same turn.
 *
 * @param findFlow - The flows a `flow` step may name, as they are now.
 */
export function advance(run: Run, event: RunEvent, findFlow: FlowFinder): Turn {
  const progress = new Progress(run, event.at)
  switch (event.kind) {
    case 'started':
    case 'resumed':
      break
    case 'block-answered':
    case 'handler-answered':
      settle(progress, event)
      break
    case 'stopped':
      progress.interruptAwaited()
      progress.failRun({ errorType: event.status, message: event.message })
      progress.end(event.status)
      break
    default:
      unreachable(event)
  }
  return proceed(progress, findFlow)
}

/** The run that `started` is applied to. Separate, because only here the flow itself comes in. */
export function beginRun(run: Run, flow: RunFrame['flow'], inputs: JsonObject): Run {
  const frame: RunFrame = {
    kind: 'flow',
    flow,
    steps: flow.steps,
    index: 0,
    context: startContext(flow.definition, inputs),
    executed: [],
    path: '',
    opened: undefined,
  }
  return { ...run, frames: [frame] }
}

function proceed(progress: Progress, findFlow: FlowFinder): Turn {
  while (progress.running) {
    const frame = progress.frame
    if (!frame) {
      progress.end(progress.error ? 'failed' : 'completed')
      break
    }
    const step = frame.steps[frame.index]
    if (!step) closeFrame(progress, frame)
    else if (progress.turnSteps >= maxTurnSteps) return progress.turn({ kind: 'pause' })
    else {
      const effect = begin(progress, step, findFlow)
      if (effect) return progress.turn(effect)
    }
  }
  return progress.turn({ kind: 'end' })
}

function begin(progress: Progress, step: PreparedStep, findFlow: FlowFinder): Turn['effect'] | undefined {
  const { definition } = step
  if (progress.stepCount >= maxRunSteps) {
    const message = `a run has at most ${maxRunSteps} steps, those of the flows it calls included`
    progress.failRun({ stepId: definition.id, errorType: 'too_many_steps', message })
    progress.end('failed')
    return undefined
  }
  progress.moveOn()
  const unmet = definition.dependsOn.filter((id) => !progress.wasExecuted(id))
  if (unmet.length > 0) {
    progress.skip(step, `it depends on ${unmet.map((id) => `"${id}"`).join(', ')}, which did not run`)
    if (!progress.failSoft) {
      const error = { errorType: 'dependency', message: `"${definition.id}" depends on a step that did not run` }
      progress.failRun({ stepId: definition.id, ...error })
      progress.failFlow(error)
    }
    return undefined
  }
  if (step.when) {
    const verdict = step.when.evaluate(progress.context)
    if (!verdict.value) {
      progress.skip(
        step,
        verdict.error ? `its condition could not be evaluated: ${verdict.error}` : 'its condition is false',
      )
      return undefined
    }
  }
  return perform(progress, step, findFlow)
}

function perform(progress: Progress, step: PreparedStep, findFlow: FlowFinder): Turn['effect'] | undefined {
  const { definition } = step
  const expansion = step.template?.expand(progress.context)
  const record = progress.open(step, expansion)
  if (expansion?.oversized === true) {
    progress.fail(step, record, { errorType: 'too_large', message: 'expanding the references gives more than 4 MiB' })
    return undefined
  }
  const input = expansion?.value ?? null
  const excess = findExcess(input, valueBounds)
  if (excess !== undefined) {
    progress.fail(step, record, {
      errorType: 'too_large',
      message: `with its references the value is ${excess}`,
    })
    return undefined
  }
  switch (definition.type) {
    case 'set':
      progress.complete(step, record, { value: input, key: definition.key })
      return undefined
    case 'if':
      return branch(progress, step, record)
    case 'block':
      progress.wait(step, record)
      return {
        kind: 'block',
        step: definition,
        input: input ?? {},
        record,
        flowId: progress.flowId,
        flowSource: progress.flowSource,
        flowStack: progress.flowStack,
      }
    case 'handler':
      return handle(
        progress,
        { step, record, handler: definition.handler, args: isJsonObject(input) ? input : {} },
        findFlow,
      )
    case 'flow':
      return callFlow(
        progress,
        { step, record, flowId: definition.flow, args: isJsonObject(input) ? input : {} },
        findFlow,
      )
    default:
      return unreachable(definition)
  }
}

function branch(progress: Progress, step: PreparedStep, record: StepRecord): undefined {
  const verdict = step.condition?.evaluate(progress.context) ?? { value: false, missing: [] }
  const steps = verdict.value ? step.thenSteps : step.elseSteps
  progress.complete(step, record, {
    value: verdict.value,
    silent: true,
    diagnostics: verdict.error ? [verdict.error] : [],
  })
  if (steps.length > 0) progress.enterBranch(steps, `${step.definition.id}/${verdict.value ? 'then' : 'else'}`)
}

interface HandlerCall {
  readonly step: PreparedStep
  readonly record: StepRecord
  readonly handler: string
  readonly args: JsonObject
}

function handle(progress: Progress, call: HandlerCall, findFlow: FlowFinder): Turn['effect'] | undefined {
  const pure = pureHandlers.get(call.handler)
  if (pure) {
    try {
      const answer = pure(call.args, progress.context)
      progress.complete(call.step, call.record, { value: answer.value, changes: answer.changes })
    } catch (error) {
      if (!(error instanceof HandlerArgumentError)) throw error
      progress.fail(call.step, call.record, { errorType: 'bad_request', message: `${call.handler}: ${error.message}` })
    }
    return undefined
  }
  if (!privilegedHandlers.has(call.handler)) {
    progress.fail(call.step, call.record, {
      errorType: 'handler_not_found',
      message: `there is no handler "${call.handler}"`,
    })
    return undefined
  }
  // A stranger's flow could approve itself or read others' data with these. (facts: any pack flow could call any handler)
  if (!isOperatorOwned(progress.flowSource)) {
    progress.fail(call.step, call.record, {
      errorType: 'denied',
      message: `"${call.handler}" is for flows of the operator`,
    })
    return undefined
  }
  const flowId = call.args['flow_id']
  if (flowHandlers.has(call.handler)) {
    const args = call.args['inputs'] ?? call.args['context']
    return callFlow(
      progress,
      { ...call, flowId: typeof flowId === 'string' ? flowId : '', args: isJsonObject(args) ? args : {} },
      findFlow,
    )
  }
  progress.wait(call.step, call.record)
  return { kind: 'handler', handler: call.handler, args: call.args, record: call.record }
}

interface FlowCall {
  readonly step: PreparedStep
  readonly record: StepRecord
  readonly flowId: string
  readonly args: JsonObject
}

function callFlow(progress: Progress, call: FlowCall, findFlow: FlowFinder): undefined {
  const refusal = refuseFlow(progress, call.flowId, findFlow)
  const flow = findFlow(call.flowId)
  if (refusal !== undefined || !flow) {
    progress.fail(
      call.step,
      call.record,
      refusal ?? {
        errorType: 'flow_not_found',
        message: `no flow "${call.flowId}" may run: there is none, or its pack is not approved as it is now`,
      },
    )
    return
  }
  progress.enterFlow(
    flow,
    inheritedContext(flow.definition, { flow: progress.flow, context: progress.context }, call.args),
    call,
  )
}

function refuseFlow(
  progress: Progress,
  flowId: string,
  findFlow: FlowFinder,
): { errorType: string; message: string } | undefined {
  const stack = progress.flowStack
  if (stack.some((running) => running === flowId)) {
    return { errorType: 'recursive_flow', message: `Recursive: the flow "${flowId}" is already running in this run` }
  }
  if (stack.length >= maxFlowDepth) {
    return { errorType: 'flow_depth_exceeded', message: `depth limit: flows may call flows ${maxFlowDepth} deep` }
  }
  const target = findFlow(flowId)?.definition.source
  const source = progress.flowSource
  // A stranger's flow must not drive the operator's flows or another pack's with inputs of its choosing.
  if (source.kind === 'pack' && target && (target.kind !== 'pack' || target.packId !== source.packId)) {
    return { errorType: 'denied', message: `a flow of the pack "${source.packId}" may only run that pack's flows` }
  }
  return undefined
}

function closeFrame(progress: Progress, frame: RunFrame): void {
  const { result, missing } =
    frame.kind === 'flow' ? flowResult(frame.flow.definition, frame.context) : { result: null, missing: [] }
  progress.leave(frame, result, missing)
}

function settle(
  progress: Progress,
  event: Extract<RunEvent, { readonly kind: 'block-answered' | 'handler-answered' }>,
): void {
  const awaited = progress.takeAwaited()
  if (!awaited) return // a run that was stopped meanwhile
  const { step, record } = awaited
  const about = event.kind === 'block-answered' ? { log: event.outcome.log, posture: event.outcome.posture } : {}
  const settled: StepRecord = { ...record, ...about, durationMs: event.durationMs }
  const { outcome } = event
  if (!outcome.ok) {
    progress.fail(step, settled, { errorType: outcome.errorType, message: outcome.message })
    return
  }
  const abort = readAbort(outcome.value)
  if (abort === undefined) progress.complete(step, settled, { value: withoutWrapper(outcome.value) })
  else progress.abort(step, settled, abort)
}

/** `{"__flow_control": "abort", "reason": …}` ends the flow. (pack-development §Flow制御プロトコル) */
function readAbort(value: JsonValue): string | undefined {
  if (!isJsonObject(value) || value['__flow_control'] !== 'abort') return undefined
  const reason = value['reason']
  return typeof reason === 'string' ? reason.slice(0, 1000) : 'no reason given'
}

/** Words of the system never reach the context, even when a block writes them itself. (pack-development §戻り値) */
function withoutWrapper(value: JsonValue): JsonValue {
  if (!isJsonObject(value) || !Object.keys(value).some((key) => key.startsWith('_kernel_step_'))) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('_kernel_step_')))
}
