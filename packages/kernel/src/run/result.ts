import type { JsonObject, JsonValue } from '../base/index.ts'
import type { FlowDefinition } from '../flow/index.ts'

/** What a flow gives back. `missing` are declared outputs that nothing set. */
export interface FlowResult {
  readonly result: JsonValue
  readonly missing: readonly string[]
}

/**
 * Declared `outputs` select the result, key by key, `null` for what nothing set. A flow that declares none gives its
 * whole context but for keys that begin with `_`, which are the system's. (pack-development §Flow定義)
 */
export function flowResult(flow: FlowDefinition, context: JsonObject): FlowResult {
  if (flow.outputs === undefined) {
    return { result: Object.fromEntries(Object.entries(context).filter(([key]) => !key.startsWith('_'))), missing: [] }
  }
  const missing = flow.outputs.filter((key) => !Object.hasOwn(context, key))
  const selected = flow.outputs.map((key): [string, JsonValue] => [
    key,
    Object.hasOwn(context, key) ? (context[key] ?? null) : null,
  ])
  return { result: Object.fromEntries(selected), missing }
}
