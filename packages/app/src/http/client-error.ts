import type { Socket } from 'node:net'
import type { Problem } from '@rumi/kernel/base'
import { formatReply, replyProblem } from './reply.ts'

/** Bytes of a request line with its headers. */
export const maxHeaderBytes = 16_384

/**
 * Answers bytes that are no HTTP request, or not one in time, in the words of every other refusal, and hangs up: a
 * client that stopped talking must not keep its connection. (HTTP-06)
 */
export function answerClientError(error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, body } = replyProblem(describeClientError('code' in error ? String(error.code) : ''))
  const text = formatReply(body)
  socket.write(
    [
      `HTTP/1.1 ${status} ${reasonPhrases[status] ?? 'Bad Request'}`,
      'Content-Type: application/json; charset=utf-8',
      'Cache-Control: no-store',
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  )
  socket.destroySoon()
}

const reasonPhrases: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function describeClientError(code: string): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'request.timeout', status: 408, message: 'The request did not arrive in time.' }
    case 'HPE_HEADER_OVERFLOW':
      return {
        code: 'request.headers_too_large',
        status: 431,
        message: `The request line and headers are too large: at most ${maxHeaderBytes} bytes.`,
      }
    default:
      return { code: 'request.malformed', status: 400, message: 'This is no HTTP request.' }
  }
}
