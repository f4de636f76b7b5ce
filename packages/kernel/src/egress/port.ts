import type { Result } from '../base/index.ts'
import type { EgressAnswer, EgressRecord } from './answer.ts'
import type { GrantChain } from './decide.ts'
import type { Destination } from './destination.ts'

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

/** What the pack gets, and what is kept. */
export interface EgressOutcome {
  readonly answer: EgressAnswer
  readonly record: EgressRecord
}

/** Sends a request. Every outcome is an answer; rejects only when `signal` is aborted. */
export type PerformEgress = (request: EgressRequest, signal: AbortSignal) => Promise<EgressOutcome>

/** Where a name of the operator's table lies. */
export interface HostEntry {
  readonly address: string
  /** Where to connect; absent: the port of the request. */
  readonly port?: number
  /**
   * The operator says in the table itself that this address may be one of this machine or its network. Without it the
   * pack's grant must say so, as for an address that was looked up.
   */
  readonly allowPrivate: boolean
}

/** Names that are not looked up. */
export type HostTable = ReadonlyMap<string, readonly HostEntry[]>
