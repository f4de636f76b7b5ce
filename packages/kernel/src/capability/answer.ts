import { z } from 'zod'
import { err, ok, type JsonObject, type JsonValue, type Result } from '../base/index.ts'
import { permissionIdSchema, type PermissionId } from '../grant/index.ts'

/** How long a call may take when it does not say, and at most. (pack-development §rumi_capability) */
const defaultTimeoutSeconds = 30
const maxTimeoutSeconds = 120

const callSchema = z.object({
  permission_id: permissionIdSchema,
  // The message is JSON already; a second reading of every value would cost more than the call.
  args: z.custom<JsonObject>(isObject, 'must be an object').nullish(),
  timeout_seconds: z.number().positive().nullish(),
  request_id: z.string().min(1).max(128).nullish(),
})

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A capability call as a block asks for it. Who asks is not in it: the channel says that. */
export interface CapabilityCall {
  readonly permissionId: PermissionId
  readonly args: JsonObject
  /** Greater than 0; a longer wish is cut to 120 000; 30 000 when the call does not say. */
  readonly timeoutMs: number
  /** The block's own name for the call; never a key of anything. */
  readonly requestId?: string
}

/** Why a message is no call: every problem, one text each. */
export interface CapabilityCallProblem {
  readonly kind: 'invalid-request'
  readonly problems: readonly string[]
}

/**
 * Reads a call. Unknown fields are ignored: in particular nothing in a message names a principal.
 *
 * @example parseCapabilityCall({ permission_id: 'store.get', args: { store_id: 's', key: 'k' } })
 */
export function parseCapabilityCall(message: JsonValue): Result<CapabilityCall, CapabilityCallProblem> {
  const call = callSchema.safeParse(message)
  if (!call.success) {
    return err({
      kind: 'invalid-request',
      problems: call.error.issues.map(({ path, message: text }) => `${path.join('.')}: ${text}`),
    })
  }
  const { permission_id: permissionId, args, timeout_seconds: seconds, request_id: requestId } = call.data
  const timeoutMs = Math.min(seconds ?? defaultTimeoutSeconds, maxTimeoutSeconds) * 1_000
  return ok({ permissionId, args: args ?? {}, timeoutMs, ...(typeof requestId === 'string' ? { requestId } : {}) })
}

/** What a block gets for a capability call. (pack-development §rumi_capability) */
export interface CapabilityAnswer {
  readonly success: boolean
  /** The handler's answer; after a failure an object with the same error, because blocks look there too. */
  readonly output: JsonValue
  readonly error: string | null
  readonly error_type: CapabilityErrorType | HandlerErrorType | null
  /** Milliseconds, rounded to a thousandth. */
  readonly latency_ms: number
}

/**
 * Why a call failed, in the word a block sees. A refusal has one word, whether there is no handler, no trust or no
 * grant; `getDenialType` says which. What it was is for the ledger. (CAP-01, CAP-05)
 */
export type CapabilityErrorType =
  | 'invalid_request'
  | 'grant_denied'
  | 'access_denied'
  | 'rate_limited'
  | 'timeout'
  | 'response_too_large'
  | 'handler_error'
  | 'internal_error'

/** What a capability that was allowed can say about a call that it could not serve; its text may name what the block sent. */
export type HandlerErrorType =
  | 'validation_error'
  | 'security_error'
  | 'key_not_found'
  | 'store_not_found'
  | 'conflict'
  | 'payload_too_large'
  | 'quota_exceeded'
  | 'flow_not_found'
  | 'recursive_flow'
  | 'flow_depth_exceeded'
  | 'flow_execution_error'
  | 'busy'

/** One text a type: a text made for the occasion would tell a stranger what the type does not. */
const errorTexts: { readonly [type in CapabilityErrorType]: string } = {
  invalid_request: 'Invalid request',
  grant_denied: 'Permission denied',
  access_denied: 'Access denied or secret not found',
  rate_limited: 'Rate limit exceeded',
  timeout: 'The capability did not answer in time',
  response_too_large: 'The answer is too large',
  handler_error: 'The capability failed',
  internal_error: 'Internal error',
}

/**
 * The word for every refusal of a permission. For secrets it is also the word for "there is no such secret": a pack must
 * not learn which names exist. (pack-development §Secrets)
 */
export function getDenialType(permissionId: PermissionId): CapabilityErrorType {
  return permissionId.startsWith('secrets.') ? 'access_denied' : 'grant_denied'
}

/** The answer to a call that succeeded. `output` is what the handler gave. */
export function answerSuccess(output: JsonValue, latencyMs: number): CapabilityAnswer {
  return { success: true, output, error: null, error_type: null, latency_ms: roundLatency(latencyMs) }
}

/** The answer to a call that failed: the same bytes for the same type, but for the time it took. */
export function answerFailure(errorType: CapabilityErrorType, latencyMs: number): CapabilityAnswer {
  const error = errorTexts[errorType]
  const output = { success: false, error, error_type: errorType }
  return { success: false, output, error, error_type: errorType, latency_ms: roundLatency(latencyMs) }
}

/** The answer of a capability that was allowed and could not serve the call. `details` stand in the output beside the error. */
export function answerRefusal(
  refusal: { readonly errorType: HandlerErrorType; readonly message: string; readonly details?: JsonObject },
  latencyMs: number,
): CapabilityAnswer {
  const { errorType, message, details = {} } = refusal
  const output = { ...details, success: false, error: message, error_type: errorType }
  return { success: false, output, error: message, error_type: errorType, latency_ms: roundLatency(latencyMs) }
}

function roundLatency(latencyMs: number): number {
  // A clock that misbehaves must not put something into the answer that JSON cannot carry.
  return Number.isFinite(latencyMs) && latencyMs > 0 ? Math.round(latencyMs * 1_000) / 1_000 : 0
}
