import { z } from 'zod'
import { err, ok, type JsonObject, type JsonValue, type Outcome, type Problem } from '@rumi/kernel/base'
import type { Messages } from '../messages/index.ts'
import { lookUpOperation } from '../operations/lookup/index.ts'

/** Bytes of an answer; a ledger export is the largest there is. */
const MAX_ANSWER_BYTES = 400 * 1024 * 1024

const envelopeSchema = z.object({
  success: z.boolean(),
  data: z.unknown(),
  error: z.string().nullable(),
  problem: z.object({ code: z.string(), hint: z.string().optional() }).optional(),
})

/** A running system. */
export interface HttpTarget {
  readonly url: string
  readonly operatorToken: string
  readonly messages: Messages
}

/** Performs an operation in a running system. Problems of its own: `server.gone`, `server.answer`. */
export async function callOverHttp(
  target: HttpTarget,
  call: { readonly name: string; readonly input: JsonObject },
  signal: AbortSignal,
): Promise<Outcome<unknown>> {
  const operation = await lookUpOperation(call.name)
  // Checked here too: a name such as ".." must not become part of a path.
  const parsed = operation.input.safeParse(call.input)
  if (!parsed.success) return err(invalidInput(parsed.error))
  const { method, path } = operation.http
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(asText(call.input[name])))
  const rest = Object.entries(call.input).filter(([name]) => !inPath.has(name))
  const query = new URLSearchParams(rest.map(([name, value]): [string, string] => [name, asText(value)])).toString()
  const answer =
    method === 'GET'
      ? await send(target, { method, path: query === '' ? filled : `${filled}?${query}`, body: undefined }, signal)
      : await send(target, { method, path: filled, body: JSON.stringify(Object.fromEntries(rest)) }, signal)
  return answer === undefined ? err(gone(target.messages)) : readEnvelope(answer, target.messages)
}

interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** Undefined: the connection ended before the answer did. */
async function send(
  { url, operatorToken }: HttpTarget,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string | undefined },
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const headers = {
    authorization: `Bearer ${operatorToken}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const { request } = process.getBuiltinModule('node:http') // not imported: see server-file.ts
  return new Promise((resolve) => {
    const sent = request(`${url}${path}`, { method, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > MAX_ANSWER_BYTES) sent.destroy()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      response.on('error', () => resolve(undefined))
    })
    sent.on('error', () => resolve(undefined))
    sent.on('close', () => resolve(undefined))
    sent.end(body)
  })
}

function readEnvelope({ status, body }: HttpAnswer, messages: Messages): Outcome<unknown> {
  const parsed = envelopeSchema.safeParse(parseJson(body))
  const { answer: message, answerHint: hint } = messages.server
  if (!parsed.success) return err({ code: 'server.answer', status: 502, message, hint })
  const { problem, error, data } = parsed.data
  // A failure with data is an answer all the same: a run that timed out.
  if (problem === undefined || (data !== undefined && data !== null)) return ok(data)
  const { code, hint: advice } = problem
  return err({ code, status, message: error ?? code, ...(advice === undefined ? {} : { hint: advice }) })
}

/** Inputs of reading operations are texts and numbers; anything else would be refused by their schema before. */
function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no envelope
  }
}

function gone(messages: Messages): Problem {
  return { code: 'server.gone', status: 502, message: messages.server.gone, hint: messages.server.goneHint }
}

function invalidInput(error: z.ZodError): Problem {
  const issues = error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': '),
  )
  return { code: 'request.invalid', status: 400, message: issues.slice(0, 10).join('; ') }
}
