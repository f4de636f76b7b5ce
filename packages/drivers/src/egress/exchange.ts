import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http'
import { err, ok, type Result } from '@rumi/kernel/base'
import type { Destination, EgressFailure, EgressMethod, Header } from '@rumi/kernel/egress'
import type { Connection } from './connection.ts'
import { onAbort } from './deadline.ts'
import { errorCode, protocolError } from './failure.ts'

const maxHeaderBytes = 16 * 1024

/** One request on one connection. */
export interface Exchange {
  readonly destination: Destination
  readonly method: EgressMethod
  /** With secrets in place. */
  readonly headers: readonly Header[]
  readonly body: Uint8Array | undefined
  readonly maxBodyBytes: number
  /** Called when the connection can carry another request. */
  readonly onFree: () => void
}

/** What came back. */
export interface Reply {
  readonly status: number
  /** Names and values in turn, as the server wrote them. */
  readonly rawHeaders: readonly string[]
  readonly contentEncoding: string
  /** Set when the answer is a redirect that is to be followed; its body was not read. */
  readonly location?: string
  readonly body: Buffer
}

/** A failure, and whether any of an answer had arrived before it. */
export interface ExchangeFailure {
  readonly failure: EgressFailure
  readonly hasBegun: boolean
}

/**
 * Sends a request and reads the answer within its bounds. `Host`, `Content-Length` and `Connection` are ours; the parser
 * is the strict one (EGR-24) and takes 16 kB of headers (EGR-17).
 */
export function exchange(
  connection: Connection,
  wanted: Exchange,
  signal: AbortSignal,
): Promise<Result<Reply, ExchangeFailure>> {
  return new Promise((resolve) => {
    const { socket } = connection
    const opened = tryOpen(connection, wanted)
    if (!opened.ok) {
      socket.destroy()
      resolve(err({ failure: opened.error, hasBegun: false }))
      return
    }
    const request = opened.value
    const startBytes = socket.bytesRead
    let hasBegun = false
    let isSettled = false
    let stop = (): void => undefined
    const settle = (result: Result<Reply, EgressFailure>): void => {
      // Once: afterwards the connection may already carry somebody else's request.
      if (isSettled) return
      isSettled = true
      stop()
      // After a failure, or a body we did not read, the connection is in an unknown state.
      if (!result.ok || result.value.location !== undefined) request.destroy()
      resolve(result.ok ? result : err({ failure: result.error, hasBegun }))
    }
    stop = onAbort(signal, () => settle(protocolError('ABORTED')))
    socket.once('free', wanted.onFree)
    request.on('error', (error) => settle(protocolError(errorCode(error))))
    request.on('close', () => settle(protocolError('CLOSED')))
    request.on('response', (response) => {
      hasBegun = true
      readReply(response, { ...wanted, wireBytes: () => socket.bytesRead - startBytes }, settle)
    })
    request.end(wanted.body)
  })
}

/** Whatever Node refuses to send must not leave a connection behind. */
function tryOpen(connection: Connection, wanted: Exchange): Result<ReturnType<typeof openRequest>, EgressFailure> {
  try {
    return ok(openRequest(connection, wanted))
  } catch (error) {
    return protocolError(errorCode(error))
  }
}

function openRequest({ socket }: Connection, { destination, method, headers, body }: Exchange): ClientRequest {
  const hasEncoding = headers.some(([name]) => name.toLowerCase() === 'accept-encoding')
  return requestHttp({
    method,
    path: destination.target,
    headers: Object.fromEntries([
      ['Host', destination.authority],
      ...(hasEncoding ? [] : [['Accept-Encoding', 'identity']]),
      ...headers,
      ...(needsLength(method, body) ? [['Content-Length', String(body?.length ?? 0)]] : []),
      ['Connection', 'keep-alive'],
    ]),
    setHost: false,
    setDefaultHeaders: false,
    insecureHTTPParser: false,
    maxHeaderSize: maxHeaderBytes,
    // No agent, and so no proxy of the environment (EGR-25) and no lookup: the connection exists.
    createConnection: () => socket,
  })
}

function needsLength(method: EgressMethod, body: Uint8Array | undefined): boolean {
  return body !== undefined || method === 'POST' || method === 'PUT' || method === 'PATCH'
}

interface Bounds extends Exchange {
  /** Bytes that came over the wire since the request began. */
  readonly wireBytes: () => number
}

function readReply(
  response: IncomingMessage,
  { method, maxBodyBytes, wireBytes }: Bounds,
  settle: (result: Result<Reply, EgressFailure>) => void,
): void {
  const { statusCode = 0, rawHeaders, headers } = response
  const reply = { status: statusCode, rawHeaders, contentEncoding: headers['content-encoding']?.toLowerCase() ?? '' }
  const mayFollow = method === 'GET' || method === 'HEAD'
  if (mayFollow && isRedirect(statusCode) && headers.location !== undefined) {
    settle(ok({ ...reply, location: headers.location, body: Buffer.alloc(0) }))
    return
  }
  const tooLarge = err({ type: 'too_large', reason: { kind: 'too-large', limitBytes: maxBodyBytes } } as const)
  if (method !== 'HEAD' && Number(headers['content-length'] ?? 0) > maxBodyBytes) {
    settle(tooLarge)
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    // Tiny chunks with long extensions cost more on the wire than they carry.
    if (size > maxBodyBytes || wireBytes() > 2 * maxBodyBytes + 4 * maxHeaderBytes) settle(tooLarge)
  })
  response.on('error', (error) => settle(protocolError(errorCode(error))))
  response.on('end', () => {
    settle(response.complete ? ok({ ...reply, body: Buffer.concat(chunks) }) : protocolError('INCOMPLETE'))
  })
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}
