import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { isJsonObject, parseStrictJson, type Problem } from '@rumi/kernel/base'
import { invoke, type Caller } from '@rumi/kernel/operation'
import { operations, type Services } from '../operations/index.ts'
import { createGuard, type Guard } from './guard.ts'
import { replyProblem, replyTo, type Reply } from './reply.ts'

/** How to serve. */
export interface ServerSettings {
  readonly services: Services
  readonly operatorToken: string
  readonly bindAddress: string
  /** 0: any free one. */
  readonly port: number
  /** Turns an exception into the problem to show, and records it. */
  readonly onException: (error: unknown) => Problem
}

/** A server that listens. */
export interface ApiServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Bytes of a request body. (rumi: 10 MiB) */
export const maxBodyBytes = 10 * 1024 * 1024

const MAX_BODY_DEPTH = 64

/** Serves every operation over HTTP. Rejects when the address cannot be bound. */
export async function startServer(settings: ServerSettings): Promise<ApiServer> {
  const server = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    http: { maxHeaderSize: 16_384, headersTimeout: 5000, connectionsCheckingInterval: 1000 },
    frameworkErrors: (error, _request, reply) => {
      void send(
        reply,
        replyProblem({
          code: 'request.invalid',
          status: error.statusCode ?? 400,
          message: 'The request path cannot be read.',
        }),
      )
    },
    clientErrorHandler: (error, socket) => {
      const late = 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      const status = late ? '408 Request Timeout' : '400 Bad Request'
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    },
  })
  const holder: { guard?: Guard } = {}
  const callers = new WeakMap<FastifyRequest, Caller>()
  addGuard(server, holder, callers)
  addBodyParser(server)
  addOperations(server, settings, callers)
  await server.listen({ host: settings.bindAddress, port: settings.port })
  const { port } = addressOf(server)
  holder.guard = createGuard({ operatorToken: settings.operatorToken, port, clock: settings.services.clock })
  return { url: `http://127.0.0.1:${port}`, port, close: async () => server.close() }
}

/** Host, Origin, token: before the body, and also for paths that do not exist. */
function addGuard(
  server: FastifyInstance,
  holder: { readonly guard?: Guard },
  callers: WeakMap<FastifyRequest, Caller>,
): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
    const { guard } = holder
    if (!guard)
      return send(reply, replyProblem({ code: 'system.starting', status: 503, message: 'The system is starting.' }))
    const refusal = guard.refuse(request.raw)
    if (refusal) return send(reply, replyProblem(refusal))
    const caller = guard.identify(request.raw)
    if ('code' in caller) return send(reply, replyProblem(caller))
    callers.set(request, caller)
    const isOpen = request.routeOptions.config !== undefined && 'open' in request.routeOptions.config
    if (caller.kind === 'anonymous' && !isOpen) return send(reply, replyProblem(unauthorized))
    return undefined
  })
  server.setNotFoundHandler(async (_request, reply) =>
    send(reply, replyProblem({ code: 'request.not_found', status: 404, message: 'Not found' })),
  )
  server.setErrorHandler(async (error, _request, reply) => send(reply, replyProblem(describeRequestError(error))))
}

const unauthorized: Problem = {
  code: 'auth.required',
  status: 401,
  message: 'Unauthorized',
  hint: 'Send "Authorization: Bearer <token>"; the token: rumi token',
}

function addBodyParser(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) return done(null, {})
    const parsed = parseStrictJson(Buffer.from(body), { maxBytes: maxBodyBytes, maxDepth: MAX_BODY_DEPTH })
    if (!parsed.ok) return done(requestError(400, `Invalid JSON in request body: ${parsed.error.message}`))
    if (!isJsonObject(parsed.value)) return done(requestError(400, 'Invalid JSON in request body: an object is needed'))
    return done(null, parsed.value)
  })
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
      config: operation.who === 'anyone' ? { open: true } : {},
      handler: async (request, reply) => {
        const caller = callers.get(request) ?? { kind: 'anonymous' }
        const signal = new AbortController().signal
        const outcome = await invoke(operation, {
          services,
          input: readInput(request),
          context: { caller, signal },
          onException,
        })
        return send(reply, replyTo(outcome, operation.http.statusOf))
      },
    })
  }
}

/** What the path says wins: nobody can name one pack in the path and another in the body. */
function readInput(request: FastifyRequest): Record<string, unknown> {
  const query = request.method === 'GET' ? asRecord(request.query) : {}
  return { ...query, ...asRecord(request.body), ...asRecord(request.params) }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

async function send(reply: FastifyReply, { status, body }: Reply): Promise<FastifyReply> {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify(body)}\n`)
}

function describeRequestError(error: unknown): Problem {
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
  return { code: 'internal', status: 500, message: 'Internal server error' }
}

function requestError(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode })
}

function addressOf(server: FastifyInstance): AddressInfo {
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address
}
