import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock, Problem } from '@rumi/kernel/base'
import { deriveDelegateToken, type Caller } from '@rumi/kernel/operation'

/** What is known about the server when a request is judged. */
export interface GuardSettings {
  readonly operatorToken: string
  readonly port: number
  readonly clock: Clock
}

/** Judges a request before a byte of its body is read. */
export interface Guard {
  /** Undefined: go on. */
  refuse(request: IncomingMessage): Problem | undefined
  identify(request: IncomingMessage): Caller | Problem
}

const FAILURES_PER_MINUTE = 10
const TRACKED_ADDRESSES = 1000

/** Host, Origin and token checks. Being on this machine is no authentication: every program and web page here is. */
export function createGuard({ operatorToken, port, clock }: GuardSettings): Guard {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
  const expected = digest(operatorToken)
  const expectedOfDelegate = digest(deriveDelegateToken(operatorToken))
  const failures = new Map<string, number[]>()

  const recentFailures = (address: string): number[] => {
    const since = clock.monotonicMs() - 60_000
    return (failures.get(address) ?? []).filter((at) => at > since)
  }
  const noteFailure = (address: string): void => {
    if (!failures.has(address) && failures.size >= TRACKED_ADDRESSES) failures.delete([...failures.keys()][0] ?? '')
    failures.set(address, [...recentFailures(address), clock.monotonicMs()].slice(-FAILURES_PER_MINUTE))
  }

  return {
    refuse: (request) => refuseHost(request, hosts) ?? refuseTarget(request, hosts) ?? refuseOrigin(request, hosts),
    identify: (request) => {
      const header = request.headers.authorization
      if (header === undefined) return { kind: 'anonymous' }
      const token = /^Bearer ([A-Za-z0-9_.~+/=-]{1,512})$/i.exec(header)?.[1]
      // Digests of equal length: how long the comparison takes tells nothing about the token. (HTTP-15)
      if (token !== undefined && timingSafeEqual(digest(token), expected)) return { kind: 'operator', via: 'http' }
      if (token !== undefined && timingSafeEqual(digest(token), expectedOfDelegate))
        return { kind: 'delegate', via: 'http' }
      const address = request.socket.remoteAddress ?? ''
      if (recentFailures(address).length >= FAILURES_PER_MINUTE) {
        return { code: 'auth.too_many', status: 429, message: 'Too many wrong tokens; wait a minute.' }
      }
      noteFailure(address)
      return { kind: 'anonymous' }
    },
  }
}

/** A name that an attacker's DNS points here is not ours: stops rebinding. (HTTP-03) */
function refuseHost(request: IncomingMessage, hosts: ReadonlySet<string>): Problem | undefined {
  const given = request.rawHeaders.filter((value, index) => index % 2 === 0 && value.toLowerCase() === 'host').length
  if (given !== 1) return { code: 'request.host', status: 400, message: 'Exactly one Host header is needed.' }
  if (hosts.has((request.headers.host ?? '').toLowerCase())) return undefined
  return {
    code: 'request.host',
    status: 421,
    message: 'This host name is not served here.',
    hint: 'Use http://127.0.0.1 and the port.',
  }
}

/** A request line may name a host as well, and that one counts. (RFC 9112 §3.2.2, HTTP-03) */
function refuseTarget({ url = '' }: IncomingMessage, hosts: ReadonlySet<string>): Problem | undefined {
  if (url.startsWith('/')) return undefined
  const host = /^http:\/\/([^/?#]*)/i.exec(url)?.[1]
  if (host !== undefined && hosts.has(host.toLowerCase())) return undefined
  return { code: 'request.host', status: 421, message: 'The request line names something that is not served here.' }
}

/** Browsers say which page asks; only a page of our own may. (HTTP-04) */
function refuseOrigin(request: IncomingMessage, hosts: ReadonlySet<string>): Problem | undefined {
  const { origin } = request.headers
  if (origin === undefined) return undefined
  if (origin.startsWith('http://') && hosts.has(origin.slice('http://'.length).toLowerCase())) return undefined
  return { code: 'request.origin', status: 403, message: 'Requests from other web pages are refused.' }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
