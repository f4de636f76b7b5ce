/** A value that JSON can carry; a block takes and gives nothing else. Numbers must be finite. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** What `http_request` answers. It never throws: a refusal is an answer with `success: false`. */
export interface HttpAnswer {
  readonly success: boolean
  /** 0 when nothing was sent. */
  readonly status_code: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly error: string
  /** `egress_denied`, … */
  readonly error_type: string
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
  /** Tells whether a connection would be allowed. Without a grant it is not. */
  readonly network_check: (
    domain: string,
    port: number,
  ) => Promise<{ readonly allowed: boolean; readonly reason: string }>
  /** Sends a request through the host. Without a grant it is refused. */
  readonly http_request: (request: {
    readonly method: string
    readonly url: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly timeout_seconds?: number
  }) => Promise<HttpAnswer>
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
