import { err, ok, type Result } from '@rumi/kernel/base'
import {
  findSecretNames,
  parseHeaders,
  parseMethod,
  type EgressFailure,
  type EgressMethod,
  type EgressRequest,
  type Header,
  type RequestRefusal,
} from '@rumi/kernel/egress'

/** Longest time a request may ask for, in milliseconds. (egress proxy §request) */
export const maxTimeoutMs = 120_000

/** A request whose own form is right. */
export interface PreparedRequest {
  readonly method: EgressMethod
  readonly headers: readonly Header[]
  readonly secretNames: readonly string[]
  readonly body: Uint8Array | undefined
}

/** Checks everything about a request that needs no decision and no network. */
export function prepareRequest(
  { method, headers, body, timeoutMs }: EgressRequest,
  maxRequestBytes: number,
): Result<PreparedRequest, EgressFailure> {
  const parsedMethod = parseMethod(method)
  if (!parsedMethod.ok) return refuse(parsedMethod.error)
  const parsedHeaders = parseHeaders(headers)
  if (!parsedHeaders.ok) return refuse(parsedHeaders.error)
  const secretNames = findSecretNames(parsedHeaders.value)
  if (!secretNames.ok) return refuse(secretNames.error)
  if (!(timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) return refuse({ kind: 'timeout' })
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes !== undefined && bytes.length > maxRequestBytes) return refuse({ kind: 'body-too-large' })
  return ok({
    method: parsedMethod.value,
    headers: parsedHeaders.value,
    secretNames: secretNames.value,
    body: bytes,
  })
}

/** A request that is wrong in itself. */
export function refuse(refusal: RequestRefusal): Result<never, EgressFailure> {
  return err({ type: 'bad_request', reason: { kind: 'request', refusal } })
}
