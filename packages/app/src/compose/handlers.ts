import type { JsonObject } from '@rumi/kernel/base'
import type { HandlerOutcome } from '@rumi/kernel/run'
import type { FlowLibrary, PackLibrary } from '../library/index.ts'

/** Privileged handlers: reachable only from flows of the operator. */
export function createHandlers(
  packs: PackLibrary,
  flows: FlowLibrary,
): (handler: string, args: JsonObject) => Promise<HandlerOutcome> {
  return async (handler) => {
    if (handler === 'kernel:approval.scan') {
      const views = packs.list()
      for (const view of views) if (view.found) await packs.scan(view.packId, 'flow')
      const after = packs.list()
      const idsIn = (state: string): string[] => after.flatMap((view) => (view.state === state ? [view.packId] : []))
      return {
        ok: true,
        value: { approved: idsIn('approved'), pending: idsIn('pending'), modified: idsIn('modified') },
      }
    }
    if (handler === 'kernel:flow.load_all') {
      flows.reload()
      const errors = flows.diagnostics.filter((one) => one.severity === 'error').length
      return {
        ok: true,
        value: { flows_registered: flows.list().map((flow) => flow.flowId), flow_error_count: errors },
      }
    }
    return { ok: false, errorType: 'handler_not_found', message: `there is no handler "${handler}"` }
  }
}
