import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  exchange,
  expectNothingLeaks,
  packFiles,
  rawRequest,
  startTestSystem,
  type RawReply,
  type TestSystem,
} from './system.ts'

type Send = (data: string) => Promise<boolean>

/** Sends piece by piece for as long as the server listens. */
async function dribble(send: Send, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!(await send(piece))) return
    await pause(200)
  }
}

describe('HTTP-06: a client that does not finish its request', () => {
  let rumi: TestSystem
  const replies = new Map<string, Promise<RawReply>>()
  const slow = {
    'says nothing': async () => undefined,
    'sends half a request line': async (send) => void (await send('GET /hea')),
    'sends half its headers': async (send) => void (await send('GET /health HTTP/1.1\r\nHost: ')),
    'sends a header every now and then': async (send) => {
      await send('GET /health HTTP/1.1\r\n')
      await dribble(
        send,
        Array.from({ length: 200 }, (_, index) => `X-${index}: x\r\n`),
      )
    },
    'sends half a body': async (send) => void (await send(startOfPost(100) + '{"pack_id":')),
    'sends a byte of its body every now and then': async (send) => {
      await send(startOfPost(1000))
      await dribble(
        send,
        Array.from({ length: 200 }, () => ' '),
      )
    },
    'never ends its chunks': async (send) => {
      await send(startOfPost(undefined))
      await dribble(
        send,
        Array.from({ length: 200 }, () => '1\r\n \r\n'),
      )
    },
  } as const satisfies Record<string, (send: Send) => Promise<void>>

  function startOfPost(length: number | undefined): string {
    const framing =
      length === undefined ? (['Transfer-Encoding', 'chunked'] as const) : (['Content-Length', `${length}`] as const)
    return rawRequest('POST /api/packs/scan', [
      ['Host', `127.0.0.1:${rumi.server.port}`],
      ['Authorization', `Bearer ${rumi.system.operatorToken}`],
      ['Content-Type', 'application/json'],
      framing,
    ])
  }

  beforeAll(async () => {
    const arrivesWithin = { headersMs: 1500, requestMs: 3000 } // less patience than usual: only the waiting is shorter
    rumi = await startTestSystem({ arrivesWithin, files: packFiles('waiting', {}) }) // something that a scan would record
    for (const [what, write] of Object.entries(slow)) replies.set(what, exchange(rumi.server.port, write))
  })
  afterAll(async () => rumi.close())

  it('keeps nobody else waiting', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, async () => rumi.ask('GET', '/api/packs')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })

  it.each(Object.keys(slow))('and %s is told so and loses the connection', async (what) => {
    const reply = await replies.get(what)
    expect(reply).toMatchObject({
      status: 408,
      body: { success: false, data: null, problem: { code: 'request.timeout' } },
    })
    expectNothingLeaks(reply?.text ?? '')
  })

  it('has not run the operation', async () => {
    const { entries } = (await rumi.ask('GET', '/api/ledger/entries')).body.data
    expect(entries.map(({ kind }: { kind: string }) => kind)).toEqual(['system.start'])
    expect(rumi.exceptions).toEqual([])
  })
})
