import {
  canonicalJson,
  err,
  isJsonObject,
  ok,
  type FlowId,
  type JsonObject,
  type JsonValue,
  type Outcome,
  type Problem,
} from '@rumi/kernel/base'
import {
  buildRouteInputs,
  isFlowInScope,
  readRouteResponse,
  type RouteCall,
  type RouteMatch,
  type RouteResponse,
} from '@rumi/kernel/route'
import { hasPrototypeKey } from '../prototype-key.ts'
import { performRun, refusePack, type PerformedRun } from '../flows/perform.ts'
import type { Services } from '../services.ts'

/** What a route answers: the end of its run as `flows.run` shows it, or what its flow set. */
export type RouteAnswer =
  | { readonly kind: 'usual'; readonly shown: PerformedRun['shown'] }
  | { readonly kind: 'response'; readonly response: RouteResponse; readonly body: string; readonly runId: string }

/** For the whole run of a route that does not say. (pack-development §routes.json) */
const defaultTimeoutMs = 300_000

/**
 * Runs the flow of a route, on the same way as `flows.run`. Problems of its own: `route.flow_scope` 403,
 * `route.bad_response` 502; each is on the ledger before it is said.
 *
 * @param call - The request, from somebody who may call everything: the guard has seen the operator's token.
 */
export async function callRoute(
  services: Services,
  { match, call }: { readonly match: RouteMatch; readonly call: Omit<RouteCall, 'params'> },
  signal: AbortSignal,
): Promise<Outcome<RouteAnswer>> {
  if (hasPrototypeKey(call.body)) {
    return err({ code: 'request.invalid', status: 400, message: 'The key "__proto__" is not allowed in the body.' })
  }
  const { route, params } = match
  const { packId, flowId } = route
  const place: RoutePlace = { flowId, caller: `route/${route.method} ${route.path}` }
  // The route's own pack: the flow may be another's, when an operator's flow replaces it.
  const refusal = (await refusePack(services, { packId, ...place })) ?? (await refuseScope(services, match, place))
  if (refusal) return err(refusal)
  const inputs = buildRouteInputs({ ...call, params })
  const outputs = services.flows.findApproved(flowId)?.definition.outputs
  const wish = { ...place, inputs, timeoutMs: route.timeoutMs ?? defaultTimeoutMs }
  const performed = await performRun(services, wish, signal)
  return performed.ok ? readAnswer(services, performed.value, { place, inputs, outputs }) : performed
}

interface RoutePlace {
  readonly flowId: FlowId
  readonly caller: string
}

/** Asked again at every request: a route runs a flow of its own pack, or the operator's of that name. */
async function refuseScope(
  services: Services,
  { route: { packId, flowId } }: RouteMatch,
  place: RoutePlace,
): Promise<Problem | undefined> {
  const source = services.flows.findApproved(flowId)?.definition.source
  // Another pack may have a flow whose name begins with this one's.
  const isForeign = source?.kind === 'pack' && source.packId !== packId
  if (isFlowInScope(packId, flowId) && !isForeign) return undefined
  await refuse(services, place, { pack_id: packId, reason: 'route.flow_scope' })
  return {
    code: 'route.flow_scope',
    status: 403,
    message: `Flow scope violation: the pack "${packId}" may not offer the flow "${flowId}".`,
    hint: `Its routes run "${packId}" or "${packId}.…" of its own: rumi routes list`,
  }
}

interface Asked {
  readonly place: RoutePlace
  readonly inputs: JsonObject
  /** The outputs that the flow declared when it began. */
  readonly outputs: readonly string[] | undefined
}

async function readAnswer(
  services: Services,
  { run, shown }: PerformedRun,
  { place, inputs, outputs }: Asked,
): Promise<Outcome<RouteAnswer>> {
  if (run.status !== 'completed') return ok({ kind: 'usual', shown })
  const reading = readRouteResponse(dropEcho(run.result ?? null, inputs), outputs)
  if (reading.kind === 'usual') return ok({ kind: 'usual', shown })
  const badResponse = async (reason: string): Promise<Outcome<RouteAnswer>> => {
    await refuse(services, place, { run_id: run.runId, reason: 'route.bad_response', detail: reason })
    const message = `The flow "${place.flowId}" set an answer that cannot be sent: ${reason}.`
    return err({ code: 'route.bad_response', status: 502, message, hint: `rumi runs show ${run.runId}` })
  }
  if (reading.kind === 'refused') return badResponse(reading.diagnostics.map(({ message }) => message).join('; '))
  const { response, diagnostics } = reading
  const body = formatBody(response)
  const { maxResponseBytes } = services.settings
  if (Buffer.byteLength(body) > maxResponseBytes) return badResponse(`it is larger than ${maxResponseBytes} bytes`)
  if (diagnostics.length > 0) {
    const data = { flow_id: place.flowId, left_out: diagnostics.map(({ message }) => message) }
    await services.state.write((state) =>
      state.append({ kind: 'route.trim', actor: place.caller, subject: run.runId, data }),
    )
  }
  return ok({ kind: 'response', response, body, runId: run.runId })
}

/** A flow that declares `_headers` and sets none still has those of the request: they are no answer. */
function dropEcho(result: JsonValue, inputs: JsonObject): JsonValue {
  if (!isJsonObject(result) || !Object.hasOwn(result, '_headers')) return result
  if (canonicalJson(result['_headers'] ?? null) !== canonicalJson(inputs['_headers'] ?? null)) return result
  return Object.fromEntries(Object.entries(result).filter(([key]) => key !== '_headers'))
}

function formatBody({ body }: RouteResponse): string {
  if (body.kind === 'none') return ''
  return body.kind === 'text' ? body.text : `${JSON.stringify(body.value)}\n`
}

async function refuse(services: Services, { flowId, caller }: RoutePlace, data: JsonObject): Promise<void> {
  await services.state.write((state) =>
    state.append({ kind: 'route.refuse', actor: caller, subject: flowId, data: { flow_id: flowId, ...data } }),
  )
}
