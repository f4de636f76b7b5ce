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
  const source: FlowSource =
    pack === undefined ? { kind: 'shared' } : { kind: 'pack', packId: packIdSchema.parse(pack) }
  const document = { phases: ['main'], ...rest, steps: steps.map((step) => ({ phase: 'main', ...step })) }
  const file = pack === undefined ? 'user_data/shared/flows' : `ecosystem/${pack}/flows`
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  const { flow, diagnostics } = parseFlow(bytes, { file: `${file}/${rest.flow_id}.flow.json`, source })
  if (!flow) throw new Error(`the test's flow is refused: ${JSON.stringify(diagnostics)}`)
  return flow
}

/** A step that sets one key of the context. @example setStep('s', { greeting: 'Hello' }) */
export function setStep(id: string, change: JsonObject, more: JsonObject = {}): JsonObject {
  const [[key, value] = ['', null]] = Object.entries(change)
  return { id, type: 'set', input: { key, value }, ...more }
}

/** A step that runs `blocks/<id>.py` of `demo_pack`, its result under its own name. */
export function blockStep(id: string, more: JsonObject = {}): JsonObject {
  return { id, type: 'python_file_call', owner_pack: 'demo_pack', file: `blocks/${id}.py`, output: id, ...more }
}

/** A step that calls a handler. */
export function handlerStep(
  id: string,
  input: { readonly handler: string; readonly args: JsonObject },
  more: JsonObject = {},
): JsonObject {
  return { id, type: 'handler', input, ...more }
}

/** A step that runs a flow. */
export function flowStep(id: string, flow: string, more: JsonObject = {}): JsonObject {
  return { id, type: 'flow', flow, ...more }
}

/** A step that chooses between two lists of steps. */
export function ifStep(id: string, branches: Branches, more: JsonObject = {}): JsonObject {
  const { condition, yes, no = [] } = branches
  // oxlint-disable-next-line unicorn/no-thenable -- the key of the file format; nobody awaits it
  return { id, type: 'if', condition, then: yes, else: no, ...more }
}

interface Branches {
  readonly condition: string
  readonly yes: readonly JsonObject[]
  readonly no?: readonly JsonObject[]
}
