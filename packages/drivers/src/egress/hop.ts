import { err, ok, type Result } from '@rumi/kernel/base'
import {
  classifyAddress,
  decideAddress,
  decideEgress,
  formatHostPort,
  insertSecrets,
  type AddressClass,
  type Destination,
  type EgressAuthority,
  type EgressFailure,
  type EgressMethod,
  type Header,
  type HostTable,
  type RateLimiter,
} from '@rumi/kernel/egress'
import { connectVetted, type Connection, type Line, type Target } from './connection.ts'
import { untilAborted } from './deadline.ts'
import { exchange, type ExchangeFailure, type Reply } from './exchange.ts'
import { denied, errorCode } from './failure.ts'
import type { ConnectionPool } from './pool.ts'
import { refuse } from './request.ts'
import type { EgressResolver } from './resolver.ts'

/** What every hop of every request uses. */
export interface Station {
  readonly resolver: EgressResolver
  readonly hosts: HostTable
  readonly ownAddresses: () => readonly string[]
  readonly ownPorts: () => readonly number[]
  readonly limiter: RateLimiter
  readonly pool: ConnectionPool
  readonly maxBodyBytes: number
}

/** One attempt to reach one destination. */
export interface Hop {
  readonly principal: string
  readonly destination: Destination
  readonly method: EgressMethod
  /** With secrets as references. */
  readonly headers: readonly Header[]
  readonly secretNames: readonly string[]
  readonly body: Uint8Array | undefined
  readonly authorize: EgressAuthority
}

/** Grant, rate, name, addresses, secrets, connection: in this order, and every hop from the top (EGR-09). */
export async function performHop(hop: Hop, station: Station, line: Line): Promise<Result<Reply, EgressFailure>> {
  const granted = decideEgress(hop.authorize.chain(), hop.destination)
  if (!granted.allowed) return err(denied(granted.reason))
  const rate = station.limiter.take(hop.principal, line.clock.monotonicMs())
  if (!rate.allowed) {
    return err({ type: 'rate_limited', reason: { kind: 'rate', retryAfterMs: rate.retryAfterMs } })
  }
  const targets = await resolveHost(hop.destination, station, line.signal)
  if (!targets.ok) return targets
  const classes = vetAddresses(targets.value, hop, station)
  if (!classes.ok) return classes
  const secrets = await readSecrets(hop, classes.value, line.signal)
  if (!secrets.ok) return secrets
  const headers = insertSecrets(hop.headers, secrets.value)
  if (!headers.ok) return refuse(headers.error)
  return send({ ...hop, headers: headers.value }, targets.value, { station, line })
}

/** A target, and whether the operator's own table says that it may be private. */
interface FoundTarget extends Target {
  readonly allowPrivate: boolean
}

/** One lookup for each connection. An address is never looked up, and classified all the same (EGR-03, EGR-08). */
async function resolveHost(
  { host, hostKind, port }: Destination,
  { resolver, hosts }: Station,
  signal: AbortSignal,
): Promise<Result<readonly FoundTarget[], EgressFailure>> {
  if (hostKind !== 'name') return ok([{ address: host, port, allowPrivate: false }])
  const listed = hosts.get(host)
  if (listed !== undefined) return ok(listed.map((entry) => ({ port, ...entry })))
  try {
    const answers = await untilAborted(resolver.resolve(host, signal), signal)
    if (!answers.ok) return answers
    const found = answers.value.map(({ address }) => ({ address, port, allowPrivate: false }))
    return found.length > 0 ? ok(found) : dnsError('ENODATA')
  } catch (error) {
    return dnsError(errorCode(error))
  }
}

function dnsError(code: string): Result<never, EgressFailure> {
  return err({ type: 'dns_error', reason: { kind: 'dns', code } })
}

/** Classifies all answers. The grant is asked again: it may have been taken back while the name was looked up. */
function vetAddresses(
  targets: readonly FoundTarget[],
  { authorize, destination }: Hop,
  { ownAddresses, ownPorts }: Station,
): Result<readonly ('public' | AddressClass)[], EgressFailure> {
  const chain = authorize.chain()
  const granted = decideEgress(chain, destination)
  if (!granted.allowed) return err(denied(granted.reason))
  const own = ownAddresses()
  const classes = targets.map(({ address }) => classifyAddress(address, own))
  // The table is the operator's word about one address; every other class than private and loopback stays refused.
  const isTabled = targets.every(({ allowPrivate }) => allowPrivate)
  const place = formatHostPort(destination, destination.port)
  const widened = isTabled
    ? chain.map((grant) => grant && { ...grant, allowPrivate: [...grant.allowPrivate, place] })
    : chain
  const closed = ownPorts()
  const isOwn = targets.some(({ port }, at) => classes[at] === 'loopback' && closed.includes(port))
  const vetted = decideAddress(classes, destination, { chain: widened, ownPorts: isOwn ? [destination.port] : closed })
  return vetted.allowed ? ok(classes) : err(denied(vetted.reason))
}

async function readSecrets(
  { secretNames, authorize, destination }: Hop,
  classes: readonly ('public' | AddressClass)[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, string>, EgressFailure>> {
  const secrets = new Map<string, string>()
  if (secretNames.length === 0) return ok(secrets)
  // Anybody on the way reads http; only what never leaves this machine may carry a secret without TLS.
  const isInClear = destination.scheme === 'http' && !classes.every((found) => found === 'loopback')
  if (isInClear) return err(denied({ kind: 'secret-in-clear' }))
  for (const name of secretNames) {
    if (authorize.resolveSecret === undefined) return err(denied({ kind: 'secret-refused', name }))
    const secret = await untilAborted(authorize.resolveSecret(name, destination), signal)
    if (!secret.ok) return secret
    if (!secret.value.ok) return err(denied({ kind: 'secret-refused', name }))
    secrets.set(name, secret.value.value)
  }
  return ok(secrets)
}

interface Means {
  readonly station: Station
  readonly line: Line
}

async function send(
  hop: Hop,
  targets: readonly Target[],
  { station, line }: Means,
): Promise<Result<Reply, EgressFailure>> {
  const idle = takeIdle(hop, targets, station)
  if (idle !== undefined) {
    const reply = await sendOn(idle, hop, { station, line })
    // The server may have closed it a moment ago. What has no effect may be asked again, on a fresh connection.
    if (reply.ok || reply.error.hasBegun || line.signal.aborted) return withoutProgress(reply)
  }
  const connection = await connectVetted(hop.destination, targets, line)
  if (!connection.ok) return connection
  return withoutProgress(await sendOn(connection.value, hop, { station, line }))
}

function takeIdle(hop: Hop, targets: readonly Target[], { pool }: Station): Connection | undefined {
  if (hop.method !== 'GET' && hop.method !== 'HEAD') return undefined
  for (const target of targets) {
    const connection = pool.take(poolKey(hop, target))
    if (connection !== undefined) return connection
  }
  return undefined
}

function sendOn(connection: Connection, hop: Hop, { station, line }: Means): Promise<Result<Reply, ExchangeFailure>> {
  const { maxBodyBytes, pool } = station
  const onFree = (): void => pool.put(poolKey(hop, connection.target), connection)
  return exchange(connection, { ...hop, maxBodyBytes, onFree }, line.signal)
}

function withoutProgress(reply: Result<Reply, ExchangeFailure>): Result<Reply, EgressFailure> {
  return reply.ok ? reply : err(reply.error.failure)
}

function poolKey({ principal, destination: { scheme, host, port } }: Hop, target: Target): string {
  return JSON.stringify([principal, scheme, host, port, target.address, target.port])
}
