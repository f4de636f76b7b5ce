import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Problem } from '@rumi/kernel/base'
import { forbidden, invoke, type Caller } from '@rumi/kernel/operation'
import { operations, type Services } from '../operations/index.ts'
import { addBodyParser, maxBodyBytes } from './body.ts'
import { answerClientError, maxHeaderBytes } from './client-error.ts'
import { createGuard, type Guard } from './guard.ts'
import { addPackRoutes } from './pack-routes.ts'
import { createRefusalRecorder, type RefusalRecorder } from './refusals.ts'
import { replyProblem, replyTo } from './reply.ts'
import { send, signalGone } from './send.ts'

/** How to serve. */
export interface ServerSettings {
  readonly services: Services
  readonly operatorToken: string
  readonly bindAddress: string
  /** 0: any free one. */
  readonly port: number
  /** Turns an exception into the problem to show, and records it. */
  readonly onException: (error: unknown) => Problem
  /** How long a request may take to arrive, in milliseconds: its headers, and all of it. (HTTP-06) */
  readonly arrivesWithin?: { readonly headersMs: number; readonly requestMs: number }
}

/** A server that listens. */
export interface ApiServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Connections at a time; more are closed at once. (HTTP-12) */
const MAX_CONNECTIONS = 1000

/** Milliseconds. */
const ARRIVES_WITHIN = { headersMs: 5000, requestMs: 10_000 } as const

/** Serves every operation over HTTP. Rejects when the address cannot be bound. */
export async function startServer(settings: ServerSettings): Promise<ApiServer> {
  const holder: GuardHolder = {}
  const { headersMs, requestMs } = settings.arrivesWithin ?? ARRIVES_WITHIN
  const server = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    requestTimeout: requestMs,
    keepAliveTimeout: 5000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    // A missing Host is refused by the guard, in the words of every refusal.
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      connectionsCheckingInterval: headersMs / 5,
      requireHostHeader: false,
    },
    frameworkErrors: (error, request, reply) => {
      const unreadable = {
        code: 'request.path',
        status: error.statusCode ?? 400,
        message: 'The request path cannot be read.',
      }
      const judged = judge(holder, request.raw)
      void send(reply, replyProblem(judged.refusal ?? (judged.caller.kind === 'anonymous' ? unauthorized : unreadable)))
    },
    clientErrorHandler: answerClientError,
  })
  server.server.maxConnections = MAX_CONNECTIONS
  answerExpectations(server)
  const callers = new WeakMap<FastifyRequest, Caller>()
  addGuard(
    server,
    { holder, refusals: createRefusalRecorder(settings.services.state, settings.services.clock) },
    callers,
  )
  addFallbacks(server, settings)
  addBodyParser(server)
  addOperations(server, settings, callers)
  await server.listen({ host: settings.bindAddress, port: settings.port })
  const { port } = addressOf(server)
  settings.services.ownPorts.add(port)
  holder.guard = createGuard({ operatorToken: settings.operatorToken, port, clock: settings.services.clock })
  const host = isIPv6(settings.bindAddress) ? `[${settings.bindAddress}]` : '127.0.0.1'
  return { url: `http://${host}:${port}`, port, close: async () => server.close() }
}

/** A client that asks before it sends is not told to go on with what would be refused. (HTTP-06) */
function answerExpectations({ server }: FastifyInstance): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= maxBodyBytes) response.writeContinue()
    server.emit('request', request, response)
  })
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

/** Filled once the port is known. */
interface GuardHolder {
  guard?: Guard
}

type Judgement =
  | { readonly refusal: Problem; readonly caller?: undefined }
  | { readonly refusal?: undefined; readonly caller: Caller }

function judge({ guard }: GuardHolder, request: IncomingMessage): Judgement {
  if (!guard) return { refusal: { code: 'system.starting', status: 503, message: 'The system is starting.' } }
  const refusal = guard.refuse(request)
  if (refusal) return { refusal }
  const caller = guard.identify(request)
  return 'code' in caller ? { refusal: caller } : { caller }
}

/** Host, Origin, token: before the body, and also for paths that do not exist. */
function addGuard(
  server: FastifyInstance,
  { holder, refusals }: { readonly holder: GuardHolder; readonly refusals: RefusalRecorder },
  callers: WeakMap<FastifyRequest, Caller>,
): void {
  server.addHook('onRequest', async (request, reply) => {
    const { refusal, caller } = judge(holder, request.raw)
    const problem = refusal ?? refuseCaller(caller, request)
    if (problem) {
      if (problem.code !== 'system.starting')
        await refusals.record(problem.code, request.raw.socket.remoteAddress ?? '')
      return send(closeUnread(request, reply), replyProblem(problem))
    }
    if (caller) callers.set(request, caller)
    return undefined
  })
}

/** Before the body. What does not say that a delegate may have it, routes of packs among it, is the operator's alone. */
function refuseCaller({ kind }: Caller, request: FastifyRequest): Problem | undefined {
  const { config } = request.routeOptions
  const who = config !== undefined && 'who' in config ? config.who : 'operator'
  if (kind === 'operator' || who === 'anyone') return undefined
  if (kind === 'delegate') return who === 'delegate' ? undefined : forbidden
  return unauthorized
}

const unauthorized: Problem = {
  code: 'auth.required',
  status: 401,
  message: 'Unauthorized',
  hint: 'Send "Authorization: Bearer <token>"; the token: rumi token',
}

const MAX_DISCARDED_BYTES = 65_536

/** A refused request's body is not read to keep the connection: only a small one is worth it. (HTTP-06) */
function closeUnread(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { headers } = request.raw
  const isSmall =
    headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= MAX_DISCARDED_BYTES
  return isSmall ? reply : reply.header('connection', 'close')
}

/** Routes of packs, paths and methods that are nobody's, and requests that went wrong before or after their operation. */
function addFallbacks(server: FastifyInstance, { services, onException }: ServerSettings): void {
  addPackRoutes(server, { services, closeUnread })
  server.setErrorHandler(async (error, _request, reply) =>
    send(reply, replyProblem(describeRequestError(error) ?? onException(error))),
  )
}

function addOperations(
  server: FastifyInstance,
  settings: ServerSettings,
  callers: WeakMap<FastifyRequest, Caller>,
): void {
  const { services, onException } = settings
  for (const operation of operations) {
    server.route({
      method: operation.http.method,
      url: operation.http.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { who: operation.who },
      handler: async (request, reply) => {
        const caller = callers.get(request) ?? { kind: 'anonymous' }
        const context = { caller, signal: signalGone(reply) }
        const outcome = await invoke(operation, { services, input: readInput(request), context, onException })
        return send(reply, replyTo(outcome, operation.http.statusOf))
      },
    })
  }
}

/** What the path says wins: nobody can name one pack in the path and another in the body. */
function readInput(request: FastifyRequest): Record<string, unknown> {
  const query = request.method === 'GET' || request.method === 'HEAD' ? asRecord(request.query) : {}
  return { ...query, ...asRecord(request.body), ...asRecord(request.params) }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Undefined: the fault is ours. */
function describeRequestError(error: unknown): Problem | undefined {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413)
    return {
      code: 'request.too_large',
      status,
      message: `The request body is too large: at most ${maxBodyBytes} bytes.`,
    }
  if (status === 415) return { code: 'request.content_type', status, message: 'The body must be application/json.' }
  if (status >= 400 && status < 500 && error instanceof Error)
    return { code: 'request.invalid', status, message: error.message.slice(0, 200) }
  return undefined
}

function addressOf(server: FastifyInstance): AddressInfo {
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address
}
