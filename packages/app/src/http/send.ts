import type { FastifyReply } from 'fastify'
import { formatReply, type Reply } from './reply.ts'

/** Sends an envelope. Nothing keeps it, and no page of it could run anything. */
export async function send(reply: FastifyReply, { status, body }: Reply): Promise<FastifyReply> {
  reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(status).type('application/json; charset=utf-8').send(formatReply(body))
}

/** Aborted when the client has hung up: nobody waits for the answer any more. */
export function signalGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
