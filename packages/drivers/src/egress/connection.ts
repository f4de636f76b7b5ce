import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { err, ok, type Clock, type Result } from '@rumi/kernel/base'
import { isSameAddress, type Destination, type EgressFailure } from '@rumi/kernel/egress'
import { onAbort } from './deadline.ts'
import { denied, errorCode } from './failure.ts'

/** How long one address has to accept a connection. */
const connectTimeoutMs = 10_000
/** Addresses tried before giving up. */
const maxAddresses = 4

/** Begins a TCP connection to an address that was vetted. */
export type Dial = (target: Target) => Socket

/** Dials with this machine's network. An address, never a name: nothing is looked up again (EGR-07). */
export const dialTcp: Dial = ({ address, port }) =>
  connectTcp({ host: address, port, autoSelectFamily: false, noDelay: true })

/** What connecting needs besides the place. */
export interface Line {
  readonly dial: Dial
  readonly clock: Clock
  readonly secureContext: () => SecureContext
  readonly signal: AbortSignal
}

/** An address that was vetted, and where to connect there. */
export interface Target {
  readonly address: string
  readonly port: number
}

/** An open connection to a vetted address. */
export interface Connection {
  readonly socket: Socket
  readonly target: Target
}

/** Connects to the first of the vetted addresses that accepts. */
export async function connectVetted(
  destination: Destination,
  targets: readonly Target[],
  line: Line,
): Promise<Result<Connection, EgressFailure>> {
  let code = 'UNKNOWN'
  for (const target of targets.slice(0, maxAddresses)) {
    const tcp = await openTcp(target, line)
    if (!tcp.ok) {
      code = tcp.error
      if (line.signal.aborted) break
      continue
    }
    if (!isPeer(tcp.value, target)) {
      tcp.value.destroy()
      return err(denied({ kind: 'peer-changed' }))
    }
    if (destination.scheme === 'http') return ok({ socket: tcp.value, target })
    const tls = await openTls(tcp.value, destination, line)
    return tls.ok ? ok({ socket: tls.value, target }) : tls
  }
  return err({ type: 'connection_refused', reason: { kind: 'connect', code } })
}

/** What we are connected to is what was vetted, whatever happened on the way (EGR-08). */
function isPeer(socket: Socket, { address, port }: Target): boolean {
  return socket.remotePort === port && isSameAddress(socket.remoteAddress ?? '', address)
}

function openTcp(target: Target, line: Line): Promise<Result<Socket, string>> {
  const socket = line.dial(target)
  return settleOpening<Socket, string>(socket, line, {
    event: 'connect',
    accept: () => ok(socket),
    fail: (error) => err(error === undefined ? 'ETIMEDOUT' : errorCode(error)),
  })
}

function openTls(raw: Socket, { host, hostKind }: Destination, line: Line): Promise<Result<TLSSocket, EgressFailure>> {
  const socket = connectTls({
    socket: raw,
    host,
    // SNI holds names only (RFC 6066 §3); the certificate of an address is checked against `host`.
    servername: hostKind === 'name' ? host : '',
    secureContext: line.secureContext(),
    // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED does not count.
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  })
  return settleOpening<TLSSocket, EgressFailure>(socket, line, {
    event: 'secureConnect',
    accept: () => ok(socket),
    fail: (error) =>
      err({ type: 'tls_error', reason: { kind: 'tls', code: error === undefined ? 'ETIMEDOUT' : errorCode(error) } }),
  })
}

interface Opening<T, E> {
  readonly event: 'connect' | 'secureConnect'
  accept(): Result<T, E>
  /** `undefined`: time is up. */
  fail(error: Error | undefined): Result<T, E>
}

function settleOpening<T, E>(socket: Socket, { clock, signal }: Line, opening: Opening<T, E>): Promise<Result<T, E>> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const settle = (result: Result<T, E>): void => {
      for (const stop of stops) stop()
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    // Stays: a socket without a listener for errors would end the process. Later failures reach the exchange as well.
    socket.on('error', (error) => settle(opening.fail(error)))
    socket.once('close', () => settle(opening.fail(new Error('closed'))))
    socket.once(opening.event, () => settle(opening.accept()))
    stops.push(clock.after(connectTimeoutMs, () => settle(opening.fail(undefined))))
    stops.push(onAbort(signal, () => settle(opening.fail(undefined))))
  })
}
