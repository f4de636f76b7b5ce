import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { err, ok, type Clock, type Result } from '@rumi/kernel/base'
import {
  answerFailure,
  createRateLimiter,
  defaultRateLimits,
  parseRedirect,
  pickRedirectHeaders,
  redactText,
  type EgressAuthority,
  type EgressFailure,
  type EgressHop,
  type EgressOutcome,
  type EgressRequest,
  type HostTable,
  type RateLimits,
} from '@rumi/kernel/egress'
import { readBody } from './body.ts'
import { dialTcp, type Dial, type Line } from './connection.ts'
import { startDeadline } from './deadline.ts'
import type { Reply } from './exchange.ts'
import { denied } from './failure.ts'
import { performHop, type Hop, type Station } from './hop.ts'
import { createConnectionPool } from './pool.ts'
import { prepareRequest } from './request.ts'
import type { EgressResolver } from './resolver.ts'

const mebibyte = 1024 * 1024
const maxRedirects = 3
/** Headers that name the program which asks, and follow a redirect. */
const namingHeaders: readonly string[] = ['user-agent']

/** What the client works with, and its bounds. */
export interface EgressClientOptions {
  readonly resolver: EgressResolver
  readonly clock: Clock
  /** Addresses of this machine, read for every request; never reachable (EGR-20). */
  readonly ownAddresses: () => readonly string[]
  /** Ports on which the system listens; not reachable on loopback either, whatever a grant says. */
  readonly ownPorts?: () => readonly number[]
  /** Certificates (PEM) trusted beside those that Node trusts. */
  readonly extraCa?: string
  /** Names that are not looked up, with their addresses, which are classified like any other. */
  readonly hosts?: HostTable
  /** Cap of an answer's body, as it comes and decoded. 4 MiB. */
  readonly maxBodyBytes?: number
  /** Cap of a request's body. 1 MiB. */
  readonly maxRequestBytes?: number
  /** Requests, and redirects, of one principal. 60 in any minute. */
  readonly rate?: RateLimits
  /** Requests of one principal at the same time: each may hold a whole body in memory. 20. */
  readonly maxInFlight?: number
  /** How connections begin. */
  readonly dial?: Dial
}

/** The way out of the sandbox: requests to granted places, and nothing else. */
export interface EgressClient {
  /**
   * Sends a request and follows its redirects. Every outcome is an answer; write the record before handing the answer
   * on. Rejects only when `signal` is aborted.
   */
  request(request: EgressRequest, signal: AbortSignal): Promise<EgressOutcome>
  /** Closes idle connections. */
  close(): void
}

/** Builds a client with its own connections and counters. */
export function createEgressClient(options: EgressClientOptions): EgressClient {
  const { clock, maxBodyBytes = 4 * mebibyte, maxRequestBytes = mebibyte, maxInFlight = 20 } = options
  const pool = createConnectionPool(clock)
  const station: Station = {
    resolver: options.resolver,
    hosts: options.hosts ?? new Map(),
    ownAddresses: options.ownAddresses,
    ownPorts: options.ownPorts ?? (() => []),
    limiter: createRateLimiter(options.rate ?? defaultRateLimits),
    pool,
    maxBodyBytes,
  }
  const lineParts = { dial: options.dial ?? dialTcp, clock, secureContext: once(() => trust(options.extraCa)) }
  const inFlight = new Map<string, number>()
  return {
    request: async (request, signal) => {
      signal.throwIfAborted()
      const trip: Trip = { request, startMs: clock.monotonicMs(), hops: [], requestBytes: 0, secrets: new Map() }
      const prepared = prepareRequest(request, maxRequestBytes)
      if (!prepared.ok) return conclude(trip, prepared, clock)
      const { principal, destination } = request
      const running = inFlight.get(principal) ?? 0
      if (running >= maxInFlight) {
        return conclude(trip, err({ type: 'rate_limited', reason: { kind: 'too-many-in-flight' } }), clock)
      }
      inFlight.set(principal, running + 1)
      const deadline = startDeadline(clock, request.timeoutMs, signal)
      try {
        trip.requestBytes = prepared.value.body?.length ?? 0
        const line: Line = { ...lineParts, signal: deadline.signal }
        const authorize = watchSecrets(request.authorize, trip.secrets)
        const result = await follow({ ...prepared.value, principal, destination, authorize }, { trip, station, line })
        signal.throwIfAborted()
        return conclude(trip, result, clock)
      } finally {
        deadline.end()
        leave(inFlight, principal)
      }
    },
    close: () => pool.close(),
  }
}

/** One request on its way. */
interface Trip {
  readonly request: EgressRequest
  readonly startMs: number
  readonly hops: EgressHop[]
  /** Values by name. Never recorded. */
  readonly secrets: Map<string, string>
  requestBytes: number
}

interface Arrival {
  readonly reply: Reply
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly url: string
}

interface Journey {
  readonly trip: Trip
  readonly station: Station
  readonly line: Line
}

async function follow(hop: Hop, journey: Journey): Promise<Result<Arrival, EgressFailure>> {
  const { trip, station } = journey
  const hopped = await tryHop(hop, journey)
  if (!hopped.ok) return hopped
  const reply = hopped.value
  if (reply.location === undefined) {
    const secrets = [...trip.secrets.values()]
    const readable = await readBody(reply, secrets, station.maxBodyBytes)
    const url = redactText(hop.destination.url, secrets)
    return readable.ok ? ok({ reply, ...readable.value, url }) : readable
  }
  if (trip.hops.length > maxRedirects) {
    return err({ type: 'too_many_redirects', reason: { kind: 'too-many-redirects', limit: maxRedirects } })
  }
  const destination = parseRedirect(hop.destination, reply.location)
  if (!destination.ok) return err(denied({ kind: 'destination', refusal: destination.error.kind }))
  const headers = pickRedirectHeaders(hop.headers, namingHeaders)
  return follow({ ...hop, destination: destination.value, headers, secretNames: [], body: undefined }, journey)
}

async function tryHop(hop: Hop, { trip, station, line }: Journey): Promise<Result<Reply, EgressFailure>> {
  const { scheme, host, port, pathHash } = hop.destination
  const index = trip.hops.push({ scheme, host, port, pathHash }) - 1
  const reply = await performHop(hop, station, line)
  if (reply.ok) {
    trip.hops[index] = { scheme, host, port, pathHash, status: reply.value.status }
    return reply
  }
  // Whatever broke when time was up broke because of that; a decision stays the decision.
  const isOver = line.signal.aborted && reply.error.type !== 'egress_denied' && reply.error.type !== 'rate_limited'
  const { timeoutMs } = trip.request
  return isOver ? err({ type: 'timeout', reason: { kind: 'timeout', timeoutMs } }) : reply
}

/** Remembers what secrets were handed out: they are taken out of the answer, and their names are recorded. */
function watchSecrets(authorize: EgressAuthority, secrets: Map<string, string>): EgressAuthority {
  return {
    chain: () => authorize.chain(),
    resolveSecret: async (name, destination) => {
      const secret = (await authorize.resolveSecret?.(name, destination)) ?? err('no-secrets')
      if (secret.ok) secrets.set(name, secret.value)
      return secret
    },
  }
}

function conclude(trip: Trip, result: Result<Arrival, EgressFailure>, clock: Clock): EgressOutcome {
  const { request, hops, requestBytes } = trip
  const latencyMs = clock.monotonicMs() - trip.startMs
  const redirectHops = Math.max(0, hops.length - 1)
  const record = {
    principal: request.principal,
    method: request.method.slice(0, 16).toUpperCase(),
    hops,
    requestBytes,
    secrets: [...trip.secrets.keys()],
    latencyMs,
  }
  if (!result.ok) {
    return {
      answer: answerFailure(result.error, { url: request.destination.url, latencyMs, redirectHops }),
      record: { ...record, outcome: result.error.type, reason: result.error.reason, responseBytes: 0 },
    }
  }
  const { reply, headers, body, url } = result.value
  return {
    answer: {
      success: true,
      status_code: reply.status,
      headers,
      body,
      error: null,
      error_type: null,
      latency_ms: latencyMs,
      redirect_hops: redirectHops,
      bytes_read: reply.body.length,
      final_url: url,
    },
    record: { ...record, outcome: 'answered', responseBytes: reply.body.length },
  }
}

function leave(inFlight: Map<string, number>, principal: string): void {
  const rest = (inFlight.get(principal) ?? 1) - 1
  if (rest === 0) inFlight.delete(principal)
  else inFlight.set(principal, rest)
}

function trust(extraCa: string | undefined): SecureContext {
  const ca = extraCa === undefined ? undefined : [...getCACertificates('default'), extraCa]
  return createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
}

/** Reading all certificates takes long enough to do it once, and only when somebody needs it. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
