import type { FastifyInstance } from 'fastify'
import { err, isJsonObject, parseStrictJson, type JsonValue, type Result } from '@rumi/kernel/base'

/** Bytes of a request body. (rumi: 10 MiB) */
export const maxBodyBytes = 10 * 1024 * 1024

const MAX_BODY_DEPTH = 64
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Accepts a JSON object and nothing else; no body means an empty one. Other content types are refused: a web page can
 * post text/plain without asking first. (HTTP-04)
 */
export function addBodyParser(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (body.length === 0) return done(null, {})
    const parsed = parseJsonBody(Buffer.from(body))
    if (!parsed.ok) return done(requestError(`Invalid JSON in request body: ${parsed.error}`))
    if (!isJsonObject(parsed.value)) return done(requestError('Invalid JSON in request body: an object is needed'))
    return done(null, parsed.value)
  })
}

/** Reads a body as JSON, with the limits of every body. The error is a sentence. */
export function parseJsonBody(bytes: Uint8Array): Result<JsonValue, string> {
  const mark = Buffer.from(bytes.subarray(0, BYTE_ORDER_MARK.length))
  if (mark.equals(BYTE_ORDER_MARK)) return err('a byte order mark is not allowed')
  const parsed = parseStrictJson(bytes, { maxBytes: maxBodyBytes, maxDepth: MAX_BODY_DEPTH })
  if (parsed.ok) return parsed
  // The engine's words for bad syntax quote the body, and a secret may be in it.
  return err(parsed.error.kind === 'syntax' ? 'it is not JSON' : parsed.error.message)
}

function requestError(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 })
}
