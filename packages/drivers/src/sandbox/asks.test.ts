import { describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import type { AskHandler } from '@rumi/kernel/sandbox'
import { maxOpenAsks, OpenAsks } from './asks.ts'

/** A question as a block could send it. */
function question(number: number, json: string | Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(number)
  return Buffer.concat([head, typeof json === 'string' ? Buffer.from(json) : json])
}

/** A desk whose handler the test answers for, and that keeps what is sent until the test lets it go. */
function open(handler?: AskHandler) {
  const asked: { message: JsonValue; signal: AbortSignal; answer: (value: JsonValue) => void }[] = []
  const sent: { number: number; answer: JsonValue; leave: () => void }[] = []
  const violations: string[] = []
  const asks = new OpenAsks({
    handler:
      handler ?? ((message, signal) => new Promise((resolve) => asked.push({ message, signal, answer: resolve }))),
    send: (body, onSent) =>
      void sent.push({ number: body.readUInt32BE(0), answer: JSON.parse(body.toString('utf8', 4)), leave: onSent }),
    violated: () => void violations.push('violated'),
  })
  return { asks, asked, sent, violations }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const failure = { success: false, error: 'Internal error', error_type: 'internal_error' }
const internalError = { ...failure, output: failure, latency_ms: 0 }

describe('the questions of a call', () => {
  it('are answered under their own numbers, in whatever order the answers come', async () => {
    const { asks, asked, sent } = open()
    for (const number of [7, 1, 0xffff_ffff]) asks.take(question(number, `{"n":${number}}`))
    for (const { message, answer } of [...asked].reverse()) answer({ echo: message })
    await turn()
    expect(sent.map(({ number, answer }) => [number, answer])).toEqual(
      [0xffff_ffff, 1, 7].map((number) => [number, { echo: { n: number } }]),
    )
  })

  it('may use a number again when it has been answered', async () => {
    const { asks, asked, sent, violations } = open()
    for (let round = 0; round < 3; round += 1) {
      asks.take(question(1, '{}'))
      asked[round]?.answer(round)
      await turn()
    }
    expect(sent.map(({ answer }) => answer)).toEqual([0, 1, 2])
    expect(violations).toEqual([])
  })

  const bodies: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    'less than a number': Buffer.from([0, 0, 1]),
    'the number 0': question(0, '{}'),
    'no message': question(1, ''),
    'invalid UTF-8': question(1, Buffer.from('{"a":"\xff\xfe"}', 'latin1')),
    'no JSON': question(1, '{"a":'),
    'two documents': question(1, '{}{}'),
    'no object': question(1, '[1]'),
    'a text': question(1, '"capability"'),
    'a key twice': question(1, '{"kind":"http","kind":"capability"}'),
    'a number too large': question(1, '{"a":1e999}'),
    'half of a character': question(1, '{"a":["\\ud800"]}'),
    'a depth of 65': question(1, `{"a":${'['.repeat(64)}${']'.repeat(64)}}`),
    'more than 4 MiB': question(1, `{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`),
  }

  it.each(Object.entries(bodies))('IPC-05: are a violation when one is %s, and nobody is asked', async (_, body) => {
    const { asks, asked, violations } = open()
    asks.take(body)
    asks.take(question(2, '{}'))
    await turn()
    expect(violations).toHaveLength(1)
    expect(asked).toEqual([])
  })

  it('may be of 4 MiB and 64 levels', () => {
    const { asks, asked, violations } = open()
    asks.take(question(1, `{"a":"${'x'.repeat(4 * 1024 * 1024 - 8)}"}`))
    asks.take(question(2, `{"a":${'['.repeat(63)}${']'.repeat(63)}}`))
    expect(violations).toEqual([])
    expect(asked).toHaveLength(2)
  })

  it('are a violation when a number is open already, and when one more is open than may be', () => {
    const twice = open()
    twice.asks.take(question(1, '{}'))
    twice.asks.take(question(1, '{}'))
    expect(twice.violations).toHaveLength(1)
    expect(twice.asked[0]?.signal.aborted).toBe(true)

    const many = open()
    for (let number = 1; number <= maxOpenAsks; number += 1) many.asks.take(question(number, '{}'))
    expect(many.violations).toEqual([])
    many.asks.take(question(maxOpenAsks + 1, '{}'))
    expect(many.violations).toHaveLength(1)
  })

  it('LIM-09: are a violation when they hold more together than 16 of the largest', () => {
    const { asks, violations } = open()
    const large = Buffer.from(`{"a":"${'x'.repeat(4 * 1024 * 1024 - 8)}"}`)
    for (let number = 1; number <= 16; number += 1) asks.take(question(number, large))
    expect(violations).toEqual([])
    asks.take(question(17, large))
    expect(violations).toHaveLength(1)
  })

  it('wait while too many, or too large ones, are being answered, and while answers are not read', async () => {
    const { asks, asked, sent } = open()
    for (let number = 1; number <= 20; number += 1) asks.take(question(number, '{}'))
    expect(asked).toHaveLength(16)
    asked[0]?.answer(null)
    await turn()
    expect(asked).toHaveLength(16)
    sent[0]?.leave()
    expect(asked).toHaveLength(17)

    const heavy = open()
    const large = `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`
    for (let number = 1; number <= 4; number += 1) heavy.asks.take(question(number, large))
    expect(heavy.asked).toHaveLength(2)
  })

  it('IPC-05: are read when their turn comes, and are a violation then', async () => {
    const { asks, asked, sent, violations } = open()
    for (let number = 1; number <= 16; number += 1) asks.take(question(number, '{}'))
    asks.take(question(17, 'no JSON'))
    expect(violations).toEqual([])
    asked[0]?.answer(null)
    await turn()
    sent[0]?.leave()
    expect(violations).toHaveLength(1)
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true)
  })

  it('IPC-02: get no answer after the end of the call, and their handlers are told', async () => {
    const { asks, asked, sent, violations } = open()
    asks.take(question(1, '{}'))
    expect(asked[0]?.signal.aborted).toBe(false)
    asks.close()
    expect(asked[0]?.signal.aborted).toBe(true)
    asked[0]?.answer('late')
    asks.take(question(2, '{}'))
    await turn()
    expect(sent).toEqual([])
    expect(asked).toHaveLength(1)
    expect(violations).toEqual([])
  })

  it.each<[string, AskHandler]>([
    ['rejects', () => Promise.reject(new Error('a secret'))],
    [
      'throws',
      () => {
        throw new Error('a secret')
      },
    ],
    ['gives what no JSON can carry', async () => ({ a: 1n }) as unknown as JsonValue],
    ['gives nothing', async () => undefined as unknown as JsonValue],
    ['gives more than fits', async () => 'x'.repeat(9 * 1024 * 1024)],
  ])('get a constant answer when the handler %s', async (_, handler) => {
    const { asks, sent } = open(handler)
    asks.take(question(3, '{}'))
    await turn()
    expect(sent.map(({ number, answer }) => [number, answer])).toEqual([[3, internalError]])
  })
})
