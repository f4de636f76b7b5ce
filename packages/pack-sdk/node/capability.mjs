import { ask, NotAsked } from './question.mjs'

/** Capabilities: what the host does for a pack that was granted it. The types are in src/index.ts. */
export const capability = Object.freeze({
  async call(permissionId, args = {}, options = {}) {
    try {
      return await ask({
        kind: 'capability',
        permission_id: permissionId,
        args,
        timeout_seconds: options.timeoutSeconds ?? 30,
        request_id: options.requestId ?? null,
      })
    } catch (error) {
      if (!(error instanceof NotAsked)) throw error
      const error_type = error.invalid ? 'invalid_request' : 'internal_error'
      const failure = { success: false, error: error.message, error_type }
      return { ...failure, output: failure, latency_ms: 0 }
    }
  },
})
