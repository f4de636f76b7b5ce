import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { err, ok, type Outcome, type Problem } from '@rumi/kernel/base'
import type { RouteCall, RouteMatch } from '@rumi/kernel/route'
import { callRoute, operations, statusOfRun, type RouteAnswer, type Services } from '../operations/index.ts'
import { parseJsonBody } from './body.ts'
import { createMethodFinder } from './places.ts'
import { replyProblem, replyTo } from './reply.ts'
import { send, signalGone } from './send.ts'

/** What pack routes are served with. */
export interface PackRouteSettings {
  readonly services: Services
  /** A refused request's body is not read to keep the connection. */
  readonly closeUnread: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/**
 * Answers what no operation answers: routes of packs, else 404 and 405. The server's guard has judged the request
 * before; its limits for bodies are these as well.
 */
export function addPackRoutes(server: FastifyInstance, { services, closeUnread }: PackRouteSettings): void {
  const refuse = createRefuser(services)
  const find = (request: FastifyRequest): RouteMatch | undefined =>
    services.routes.find({ method: request.method, path: readTarget(request).path })
  // Methods that no route has, HEAD and OPTIONS among them.
  server.setNotFoundHandler(async (request, reply) => refuse(request, reply))
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    // Before the body: nobody need send ten megabytes to learn that there is no such path.
    scope.addHook('onRequest', async (request, reply) =>
      find(request) ? undefined : refuse(request, closeUnread(request, reply)),
    )
    scope.route({
      method: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'],
      url: '/*',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const match = find(request)
        if (!match) return refuse(request, reply) // its pack was rejected while the body came
        const call = readCall(request)
        const answered = call.ok ? await callRoute(services, { match, call: call.value }, signalGone(reply)) : call
        return sendAnswer(reply, answered)
      },
    })
  })
}

type Refuser = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/** Paths and methods that are nobody's. */
function createRefuser({ routes }: Services): Refuser {
  const findMethods = createMethodFinder(operations.map(({ http }) => http))
  return async (request, reply) => {
    const { path } = readTarget(request)
    const methods = [...new Set([...findMethods(path), ...routes.listMethods(path)])].toSorted()
    if (methods.length === 0) {
      return send(reply, replyProblem({ code: 'request.not_found', status: 404, message: 'Not found' }))
    }
    // The router passes an operation over when an id is longer than any id.
    if (methods.includes(request.method)) {
      return send(reply, replyProblem({ code: 'request.path', status: 414, message: 'The request path is too long.' }))
    }
    const message = `This path has no method ${request.method}, only ${methods.join(', ')}.`
    reply.header('allow', methods.join(', '))
    return send(reply, replyProblem({ code: 'request.method', status: 405, message }))
  }
}

/** As it came, still encoded; without the host that a request line may name, which the guard has checked. */
function readTarget({ url }: FastifyRequest): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  return { path, query }
}

function readCall(request: FastifyRequest): Outcome<Omit<RouteCall, 'params'>> {
  const { path, query } = readTarget(request)
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const { headers, method } = request
  const call = { query: new URLSearchParams(query), rawBody, headers, method, path }
  if (rawBody.length === 0 || !isJson(headers['content-type'])) return ok({ ...call, body: undefined })
  const body = parseJsonBody(rawBody)
  return body.ok ? ok({ ...call, body: body.value }) : err(invalidBody(body.error))
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

function invalidBody(reason: string): Problem {
  return { code: 'request.invalid', status: 400, message: `Invalid JSON in request body: ${reason}` }
}

async function sendAnswer(reply: FastifyReply, answered: Outcome<RouteAnswer>): Promise<FastifyReply> {
  if (!answered.ok) return send(reply, replyProblem(answered.error))
  const answer = answered.value
  if (answer.kind === 'usual') return send(reply, replyTo(ok(answer.shown), statusOfRun))
  const { response, body, runId } = answer
  reply.code(response.status).headers(response.headers).header('x-rumi-run-id', runId)
  return response.body.kind === 'none' ? reply.send() : reply.send(body)
}
