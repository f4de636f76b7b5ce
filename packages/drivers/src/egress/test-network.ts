import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import type { Clock } from '@rumi/kernel/base'
import {
  networkGrantSchema,
  parseDestination,
  type Destination,
  type EgressRequest,
  type NetworkGrant,
} from '@rumi/kernel/egress'
import { createEgressClient, type EgressClient, type EgressClientOptions } from './client.ts'
import type { EgressResolver } from './resolver.ts'

const certificates = new URL('../../../../vectors/tls/', import.meta.url)
const readCertificate = (name: string): string => readFileSync(new URL(name, certificates), 'utf8')

/** The authority that signed the certificate of the test servers. */
export const testAuthority = readCertificate('authority.pem')

/** A request as a test server saw it. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A server on this machine for the time of a test. */
export interface TestServer extends AsyncDisposable {
  readonly port: number
  readonly requests: readonly SeenRequest[]
  /** Connections accepted so far. */
  readonly connections: () => number
}

/** Starts a server that answers with `respond`, over TLS with the test certificate or not. */
export async function startServer(scheme: 'http' | 'https', respond: RequestListener): Promise<TestServer> {
  const requests: SeenRequest[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
      respond(request, response)
    })
  }
  const options = { key: readCertificate('server-key.pem'), cert: readCertificate('server.pem') }
  const server: Server = scheme === 'https' ? createHttpsServer(options, listener) : createHttpServer(listener)
  const listening = await listen(server)
  return {
    ...listening,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await listening[Symbol.asyncDispose]()
    },
  }
}

/** Starts a server that speaks whatever `converse` writes. */
export function startRawServer(converse: (socket: Socket) => void): Promise<Omit<TestServer, 'requests'>> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => socket.destroy())
      converse(socket)
    }),
  )
}

async function listen(server: TcpServer): Promise<Omit<TestServer, 'requests'>> {
  const sockets = new Set<Socket>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    count += 1
    sockets.add(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    connections: () => count,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A resolver that answers from a table and remembers what it was asked. */
export function countingResolver(
  answer: (host: string, count: number) => readonly string[] | Promise<readonly string[]>,
): EgressResolver & { readonly asked: readonly string[] } {
  const asked: string[] = []
  return {
    asked,
    resolve: async (host) => {
      asked.push(host)
      const addresses = await answer(host, asked.length)
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
  }
}

/** A clock that stands still until it is told otherwise. */
export function manualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0
  const waiting = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, callback) => {
      const entry = { atMs: nowMs + delayMs, callback }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance: (ms) => {
      nowMs += ms
      for (const entry of waiting) {
        if (entry.atMs > nowMs) continue
        waiting.delete(entry)
        entry.callback()
      }
    },
  }
}

/** Reads a URL that a test knows to be one. */
export function destinationOf(url: string): Destination {
  const parsed = parseDestination(url)
  if (!parsed.ok) throw new Error(parsed.error.kind)
  return parsed.value
}

/** A grant for hosts on one port, which may be on this machine. */
export function grantFor(port: number, ...domains: readonly string[]): NetworkGrant {
  const exact = domains.filter((domain) => !domain.startsWith('*'))
  return networkGrantSchema.parse({ domains, ports: [port], allowPrivate: exact.map((domain) => `${domain}:${port}`) })
}

/** A request with everything a test does not care about. */
export function requestTo(url: string, grant: NetworkGrant, parts: Partial<EgressRequest> = {}): EgressRequest {
  return {
    principal: 'weather_pack',
    destination: destinationOf(url),
    method: 'GET',
    headers: {},
    timeoutMs: 30_000,
    authorize: { chain: () => [grant] },
    ...parts,
  }
}

/** A client for which every name is this machine, and which trusts the test certificate. */
export function testClient(options: Partial<EgressClientOptions> = {}): EgressClient {
  return createEgressClient({
    resolver: countingResolver(() => ['127.0.0.1']),
    clock: manualClock(),
    ownAddresses: () => [],
    extraCa: testAuthority,
    ...options,
  })
}
