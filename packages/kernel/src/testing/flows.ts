import { packIdSchema, type JsonObject, type JsonValue } from '../base/index.ts'
import { parseFlow, type FlowSource } from '../flow/index.ts'
import { prepareFlow, type FlowFinder } from '../run/index.ts'

/** A flow in short: its file is JSON, `phases` is `[main]` and every step is in it when nothing else is said. */
export interface TestFlow {
  readonly flow_id: string
  readonly steps: readonly JsonObject[]
  /** A pack's name; absent: the operator's. */
  readonly pack?: string
  readonly [key: string]: JsonValue | undefined
}

/** Reads the flows as files are read, and finds them as a home does. Throws for a flow with an error. */
export function createFlows(...flows: readonly TestFlow[]): FlowFinder {
  const prepared = new Map(flows.map((flow) => [flow.flow_id, prepareFlow(readFlow(flow))]))
  return (flowId) => prepared.get(flowId)
}

function readFlow({ pack, steps, ...rest }: TestFlow): Parameters<typeof prepareFlow>[0] {
  const source: FlowSource = pack === undefined ? { kind: 'shared' } : { kind: 'pack', packId: packIdSchema.parse(pack) }
  const document = { phases: ['main'], ...rest, steps: steps.map((step) => ({ phase: 'main', ...step })) }
  const file = pack === undefined ? 'user_data/shared/flows' : `ecosystem/${pack}/flows`
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  const { flow, diagnostics } = parseFlow(bytes, { file: `${file}/${rest.flow_id}.flow.json`, source })
  if (!flow) throw new Error(`the test's flow is refused: ${JSON.stringify(diagnostics)}`)
  return flow
}

/** A step that sets a key of the context. */
export function setStep(id: string, key: string, value: JsonValue, more: JsonObject = {}): JsonObject {
  return { id, type: 'set', input: { key, value }, ...more }
}

/** A step that runs `blocks/<id>.py` of `demo_pack`, its result under its own name. */
export function blockStep(id: string, more: JsonObject = {}): JsonObject {
  return { id, type: 'python_file_call', owner_pack: 'demo_pack', file: `blocks/${id}.py`, output: id, ...more }
}

/** A step that calls a handler. */
export function handlerStep(id: string, handler: string, args: JsonObject, more: JsonObject = {}): JsonObject {
  return { id, type: 'handler', input: { handler, args }, ...more }
}

/** A step that runs a flow. */
export function flowStep(id: string, flow: string, more: JsonObject = {}): JsonObject {
  return { id, type: 'flow', flow, ...more }
}
