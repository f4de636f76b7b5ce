/** A value that JSON can carry; a block takes and gives nothing else. Numbers must be finite. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** What an HTTP request comes to. It never throws: a refusal is an answer with `success: false`; any HTTP status is a success. */
export interface HttpAnswer {
  readonly success: boolean
  /** 0 when there was no answer. */
  readonly status_code: number
  readonly headers: Readonly<Record<string, string>>
  /** Text, or base64 when `headers` has `X-Proxy-Body-Encoding: base64`. */
  readonly body: string
  readonly error: string | null
  /** `egress_denied`, `bad_request`, `timeout`, … */
  readonly error_type: string | null
  readonly latency_ms: number
  /** Redirects followed. */
  readonly redirect_hops: number
  readonly bytes_read: number
  readonly final_url: string
}

/** What a request may have beside its method, URL and body. */
export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** 30 unless given. */
  readonly timeout_seconds?: number
}

/** A request, whole. Bytes are sent as they are. */
export interface HttpRequest extends HttpOptions {
  readonly method: string
  readonly url: string
  readonly body?: string | Uint8Array | null
}

/** What a capability gives. It never throws: a refusal is an answer with `success: false`. */
export interface CapabilityAnswer<Output = JsonValue> {
  readonly success: boolean
  /** What the capability gave; after a failure an object with the same error. */
  readonly output: Output
  readonly error: string | null
  /** `grant_denied`, `invalid_request`, `timeout`, … */
  readonly error_type: string | null
  readonly latency_ms: number
}

/** Whether a connection would be allowed, and why not. */
export interface NetworkAnswer {
  readonly allowed: boolean
  readonly reason: string
}

/**
 * Capabilities: what the host does for a pack that was granted it.
 *
 * @example
 * import { capability } from '@rumi/pack-sdk'
 * const answer = await capability.call('store.get', { store_id: 'weather_cache', key: 'weather/Tokyo' })
 */
export declare const capability: {
  /**
   * @param permissionId - For instance `store.get`.
   * @param options - `timeoutSeconds`: 30 unless given. `requestId`: the block's own name for the call.
   */
  readonly call: (
    permissionId: string,
    args?: { readonly [key: string]: JsonValue },
    options?: { readonly timeoutSeconds?: number; readonly requestId?: string },
  ) => Promise<CapabilityAnswer>
}

/**
 * HTTP through the host, which is the only way out of the sandbox.
 *
 * @example
 * import { http } from '@rumi/pack-sdk'
 * const answer = await http.get('https://api.example.com/weather', { timeout_seconds: 10 })
 */
export declare const http: {
  readonly request: (request: HttpRequest) => Promise<HttpAnswer>
  readonly get: (url: string, options?: HttpOptions) => Promise<HttpAnswer>
  readonly post: (url: string, body?: HttpRequest['body'], options?: HttpOptions) => Promise<HttpAnswer>
  /** Sends `data` as JSON; sets `Content-Type` unless the headers have one. */
  readonly postJson: (url: string, data: JsonValue, options?: HttpOptions) => Promise<HttpAnswer>
  readonly put: (url: string, body?: HttpRequest['body'], options?: HttpOptions) => Promise<HttpAnswer>
  readonly delete: (url: string, options?: HttpOptions) => Promise<HttpAnswer>
  readonly patch: (url: string, body?: HttpRequest['body'], options?: HttpOptions) => Promise<HttpAnswer>
  readonly head: (url: string, options?: HttpOptions) => Promise<HttpAnswer>
}

/** The second argument of `run`: what a block is told about its step. */
export interface BlockContext {
  readonly flow_id: string
  readonly step_id: string
  readonly phase: string
  /** ISO 8601. */
  readonly ts: string
  /** The pack that owns the block. */
  readonly owner_pack: string
  /** The same value as the first argument. */
  readonly inputs: JsonValue
  /** Tells whether a connection would be allowed. Without a grant it is not. The port is 443 unless given. */
  readonly network_check: (domain: string, port?: number) => Promise<NetworkAnswer>
  /** The same as `http.request`. */
  readonly http_request: (request: HttpRequest) => Promise<HttpAnswer>
}

/**
 * A TypeScript block exports a function of this type under the name `run`.
 *
 * @example
 * import type { Block } from '@rumi/pack-sdk'
 * export const run: Block<{ name: string }> = async (input) => ({ message: `Hello, ${input.name}!` })
 */
export type Block<Input = JsonValue, Output = JsonValue> = (
  input: Input,
  context: BlockContext,
) => Output | Promise<Output>
