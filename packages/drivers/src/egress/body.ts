import { brotliDecompress, gunzip, inflate, type InputType, type ZlibOptions } from 'node:zlib'
import { err, ok, type Result } from '@rumi/kernel/base'
import { redactBytes, redactText, type EgressFailure } from '@rumi/kernel/egress'
import { errorCode, protocolError } from './failure.ts'
import type { Reply } from './exchange.ts'

type Decoder = (
  bytes: InputType,
  options: Pick<ZlibOptions, 'maxOutputLength'>,
  done: (error: Error | null, result: Buffer) => void,
) => void

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
])

/** Header that says `body` is base64. (egress proxy §reply) */
const bodyEncodingHeader = 'X-Proxy-Body-Encoding'

/** The part of an answer that the server wrote, ready for a pack. */
export interface ReadableReply {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Decodes a body within the cap, which counts decoded bytes too (a bomb of 10 kB holds 10 GB: EGR-16), takes out the
 * values of secrets that the server sent back, and makes text of it: base64 when it is not UTF-8, or in an encoding
 * that we do not know.
 */
export async function readBody(
  reply: Reply,
  secrets: readonly string[],
  limitBytes: number,
): Promise<Result<ReadableReply, EgressFailure>> {
  const encoding = reply.contentEncoding.trim()
  const decoder = reply.body.length === 0 ? undefined : decoders.get(encoding)
  // What we cannot read we cannot take a secret out of.
  const isOpaque = decoder === undefined && encoding !== '' && encoding !== 'identity' && reply.body.length > 0
  if (isOpaque && secrets.length > 0) return protocolError('UNKNOWN_ENCODING')
  const decoded = decoder === undefined ? ok(reply.body) : await decode(decoder, reply.body, limitBytes)
  if (!decoded.ok) return decoded
  const bytes = redactBytes(decoded.value, secrets)
  const text = decodeUtf8(bytes)
  const own = text === undefined ? { [bodyEncodingHeader]: 'base64' } : {}
  const dropped = decoder === undefined ? [] : ['content-encoding', 'content-length']
  return ok({
    headers: { ...joinHeaders(reply.rawHeaders, dropped, secrets), ...own },
    body: text ?? Buffer.from(bytes).toString('base64'),
  })
}

function decode(decoder: Decoder, bytes: Buffer, limitBytes: number): Promise<Result<Buffer, EgressFailure>> {
  return new Promise((resolve) => {
    decoder(bytes, { maxOutputLength: limitBytes }, (error, result) => {
      if (error === null) resolve(ok(result))
      else if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') {
        resolve(err({ type: 'too_large', reason: { kind: 'too-large', limitBytes } }))
      } else resolve(protocolError(errorCode(error)))
    })
  })
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined // the only failure of a fatal decoder is invalid UTF-8
  }
}

function joinHeaders(
  raw: readonly string[],
  dropped: readonly string[],
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const joined = new Map<string, readonly [name: string, value: string]>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = redactText(raw[at] ?? '', secrets)
    const value = redactText(raw[at + 1] ?? '', secrets)
    const lower = name.toLowerCase()
    // A server that could say this would make a pack misread its body.
    if (dropped.includes(lower) || lower === bodyEncodingHeader.toLowerCase()) continue
    const before = joined.get(lower)
    joined.set(lower, before === undefined ? [name, value] : [before[0], `${before[1]}, ${value}`])
  }
  return Object.fromEntries(joined.values())
}
