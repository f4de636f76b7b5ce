import { err, ok, type Result } from '@rumi/kernel/base'
import {
  findSecretNames,
  parseHeaders,
  parseMethod,
  type Destination,
  type EgressFailure,
  type EgressMethod,
  type GrantChain,
  type Header,
  type RequestRefusal,
} from '@rumi/kernel/egress'

/** Longest time a request may ask for, in milliseconds. (egress proxy §request) */
export const maxTimeoutMs = 120_000

/** What a pack asks for. */
export interface EgressRequest {
  /** Who asks, from the channel, never from the message. */
  readonly principal: string
  readonly destination: Destination
  /** GET, HEAD, POST, PUT, DELETE or PATCH, in any case. */
  readonly method: string
  /** Values may hold `${secret:NAME}`. */
  readonly headers: Readonly<Record<string, string>>
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array | undefined
  /** For everything together, 1–120 000. */
  readonly timeoutMs: number
  readonly authorize: EgressAuthority
}

/** What the request may do; asked again at every step, so that a revocation counts at once. */
export interface EgressAuthority {
  /** Grants of the ancestors and then the principal's own; asked before and after the name lookup of each hop. */
  chain(): GrantChain
  /**
   * The value of a secret that may be sent to this destination. Asked once for each name, after the destination and its
   * address were authorised, and never for a redirect. Without this callback every reference is refused.
   */
  resolveSecret?(name: string, destination: Destination): Promise<Result<string, unknown>>
}

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
