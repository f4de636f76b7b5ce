import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock } from '@rumi/kernel/base'
import { deriveDelegateToken } from '@rumi/kernel/operation'
import { createGuard } from './guard.ts'

const TOKEN = 'Zm9vYmFy-_0123456789'

function start(port = 8765) {
  const time = { ms: 0 }
  const clock: Clock = { now: () => 0, monotonicMs: () => time.ms, after: () => () => undefined }
  return { time, guard: createGuard({ operatorToken: TOKEN, port, clock }) }
}

function request(headers: Readonly<Record<string, string>>, address = '127.0.0.1', url = '/'): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat()
  return { headers, rawHeaders, url, socket: { remoteAddress: address } } as unknown as IncomingMessage
}

describe('the guard', () => {
  it('knows the operator by the token and by nothing else', () => {
    const { guard } = start()
    expect(guard.identify(request({ authorization: `Bearer ${TOKEN}` }))).toEqual({ kind: 'operator', via: 'http' })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        (authorization) => {
          fc.pre(authorization.toLowerCase() !== `bearer ${TOKEN}`.toLowerCase())
          expect(start().guard.identify(request({ authorization }))).toEqual({ kind: 'anonymous' })
        },
      ),
    )
  })

  it('knows a delegate by a token of its own, from which nobody learns the operator’s', () => {
    const { guard } = start()
    const token = deriveDelegateToken(TOKEN)
    expect(guard.identify(request({ authorization: `Bearer ${token}` }))).toEqual({ kind: 'delegate', via: 'http' })
    expect([token.length, token.includes(TOKEN), deriveDelegateToken(`${TOKEN}x`) === token]).toEqual([
      43,
      false,
      false,
    ])
  })

  it('counts wrong tokens for each address, and not requests without one', () => {
    const { guard, time } = start()
    const guess = (address: string) => guard.identify(request({ authorization: 'Bearer x' }, address))
    for (let count = 0; count < 10; count += 1) expect(guess('127.0.0.1')).toEqual({ kind: 'anonymous' })
    expect(guess('127.0.0.1')).toMatchObject({ code: 'auth.too_many', status: 429 })
    expect(guess('::1')).toEqual({ kind: 'anonymous' })
    expect(guard.identify(request({}))).toEqual({ kind: 'anonymous' })
    time.ms = 60_000
    expect(guess('127.0.0.1')).toEqual({ kind: 'anonymous' })
  })

  it('forgets the oldest address before it remembers more than a thousand', () => {
    const { guard } = start()
    const guess = (address: string) => guard.identify(request({ authorization: 'Bearer x' }, address))
    for (let count = 0; count < 10; count += 1) guess('first')
    for (let count = 0; count < 10; count += 1) guess('second')
    for (let count = 0; count < 999; count += 1) guess(`other-${count}`)
    expect(guess('second')).toMatchObject({ code: 'auth.too_many' })
    expect(guess('first')).toEqual({ kind: 'anonymous' })
  })

  it('serves its own names with its own port, whatever they are followed or preceded by', () => {
    const { guard } = start(80)
    const refuse = (host: string) => guard.refuse(request({ host }))
    expect(['127.0.0.1:80', 'localhost:80', '[::1]:80'].map(refuse)).toEqual([undefined, undefined, undefined])
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('127.0.0.1:80', 'localhost:80', ''),
        fc.string(),
        (before, name, after) => {
          fc.pre(before + after !== '')
          const host = before + name + after
          fc.pre(!['127.0.0.1:80', 'localhost:80', '[::1]:80'].includes(host.toLowerCase()))
          expect(refuse(host)).toMatchObject({ code: 'request.host', status: 421 })
        },
      ),
    )
  })
})
