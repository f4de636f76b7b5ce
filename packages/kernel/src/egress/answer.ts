import type { EgressRefusal } from './destination.ts'
import type { AddressDenial, EgressDenial } from './decide.ts'
import type { RequestRefusal } from './headers.ts'

/**
 * What went wrong, as a pack is told. `egress_denied`: policy, without a word why; `rate_limited`: too many requests,
 * or too many at once; `too_large`: the answer exceeds the byte cap; `dns_error`: a granted name did not resolve;
 * `connection_refused`: no connection to any address; `tls_error`: no trusted certificate for this host;
 * `protocol_error`: the answer was not HTTP, or broke off; `bad_request`: the request itself is malformed.
 */
export type EgressErrorType =
  | 'egress_denied'
  | 'rate_limited'
  | 'too_large'
  | 'too_many_redirects'
  | 'timeout'
  | 'tls_error'
  | 'connection_refused'
  | 'protocol_error'
  | 'bad_request'
  | 'dns_error'

/** The answer of a request, as a pack sees it (pack-development §Network access). Any HTTP status is a success. */
export interface EgressAnswer {
  readonly success: boolean
  /** 0 when there was no answer. */
  readonly status_code: number
  /** In the spelling of the server; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Text, or base64 when `headers` has `X-Proxy-Body-Encoding: base64`. */
  readonly body: string
  readonly error: string | null
  readonly error_type: EgressErrorType | null
  readonly latency_ms: number
  /** Redirects followed. */
  readonly redirect_hops: number
  /** Bytes of the body as they came, before decoding. */
  readonly bytes_read: number
  /** Where the answer came from; the URL of the request when there was none. */
  readonly final_url: string
}

/** Why a request got no answer: for the record, never for the pack. Holds no address, no query and no header value. */
export type EgressReason =
  | EgressDenial
  | AddressDenial
  | { readonly kind: 'destination'; readonly refusal: EgressRefusal['kind'] }
  | { readonly kind: 'request'; readonly refusal: RequestRefusal }
  | { readonly kind: 'rate'; readonly retryAfterMs: number }
  | { readonly kind: 'too-many-in-flight' }
  | { readonly kind: 'secret-refused'; readonly name: string }
  | { readonly kind: 'secret-in-clear' }
  | { readonly kind: 'peer-changed' }
  | { readonly kind: 'dns'; readonly code: string }
  | { readonly kind: 'connect'; readonly code: string }
  | { readonly kind: 'tls'; readonly code: string }
  | { readonly kind: 'protocol'; readonly code: string }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'too-many-redirects'; readonly limit: number }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }

/** Why there is no answer: what the pack is told, and what the record keeps. */
export interface EgressFailure {
  readonly type: EgressErrorType
  readonly reason: EgressReason
}

/** One attempt to reach one destination: the first, or a redirect's. */
export interface EgressHop {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly pathHash: string
  /** Of the answer; absent when there was none. */
  readonly status?: number
}

/** What is kept of a request (EGR-21): enough to account for it, nothing that it carried. */
export interface EgressRecord {
  readonly principal: string
  /** As asked, upper case, at most 16 characters. */
  readonly method: string
  readonly outcome: 'answered' | EgressErrorType
  readonly reason?: EgressReason
  readonly hops: readonly EgressHop[]
  /** Of the body. */
  readonly requestBytes: number
  /** Of the body, as they came. */
  readonly responseBytes: number
  /** Names of the secrets that were handed out for it. */
  readonly secrets: readonly string[]
  readonly latencyMs: number
}

/** What every refusal by policy says, so that the text tells nothing about the machine (security rule 18). */
const deniedText = 'Request blocked by security policy'

const errorTexts: Readonly<Record<Exclude<EgressErrorType, 'bad_request'>, string>> = {
  egress_denied: deniedText,
  rate_limited: 'Too many requests; try again later',
  too_large: 'The answer is larger than allowed',
  too_many_redirects: 'Too many redirects',
  timeout: 'The request took longer than allowed',
  tls_error: 'No trusted TLS connection could be made',
  connection_refused: 'No connection could be made',
  protocol_error: 'The answer was not valid HTTP, or broke off',
  dns_error: 'The host name could not be resolved',
}

/** What an answer without an answer says besides the failure. */
export interface FailedRequest {
  /** As the pack wrote it. */
  readonly url: string
  readonly latencyMs: number
  readonly redirectHops: number
}

/** The answer that tells a pack about a failure. */
export function answerFailure(
  { type, reason }: EgressFailure,
  { url, latencyMs, redirectHops }: FailedRequest,
): EgressAnswer {
  return {
    success: false,
    status_code: 0,
    headers: {},
    body: '',
    error: type === 'bad_request' ? describeBadRequest(reason) : errorTexts[type],
    error_type: type,
    latency_ms: latencyMs,
    redirect_hops: redirectHops,
    bytes_read: 0,
    final_url: url,
  }
}

/** Only what the pack wrote itself is told back to it. */
function describeBadRequest(reason: EgressReason): string {
  if (reason.kind === 'destination') return `Invalid URL: ${reason.refusal}`
  if (reason.kind !== 'request') return 'Invalid request'
  const { refusal } = reason
  return 'header' in refusal
    ? `Invalid request: ${refusal.kind} (${refusal.header})`
    : `Invalid request: ${refusal.kind}`
}
