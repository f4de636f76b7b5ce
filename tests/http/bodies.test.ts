import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  exchange,
  expectNothingLeaks,
  expectProblem,
  rawRequest,
  readAnswer,
  startTestSystem,
  type TestSystem,
} from './system.ts'

let rumi: TestSystem
let open: readonly (readonly [string, string])[] = []
let authorized: typeof open = []

beforeAll(async () => {
  const echo = {
    flow_id: 'echo',
    outputs: { said: 'any' },
    phases: ['main'],
    steps: [{ id: 'say', phase: 'main', type: 'set', input: { key: 'said', value: '${ctx.word}' } }],
  }
  rumi = await startTestSystem({ files: { 'flows/echo.flow.json': JSON.stringify(echo) } })
  open = [
    ['Host', `127.0.0.1:${rumi.server.port}`],
    ['Content-Type', 'application/json'],
  ]
  authorized = [...open, ['Authorization', `Bearer ${rumi.system.operatorToken}`]]
})
afterAll(async () => rumi.close())

/** Sends a body as it is. */
async function post(body: string | Uint8Array, path = '/api/flows/echo/run') {
  const headers = { authorization: `Bearer ${rumi.system.operatorToken}`, 'content-type': 'application/json' }
  return readAnswer(await fetch(rumi.server.url + path, { method: 'POST', headers, body: Buffer.from(body) }))
}

describe('a body that is not a JSON object', () => {
  it.each([
    ['nothing but a space', ' '],
    ['a text', 'hello'],
    ['half an object', '{"inputs":'],
    ['single quotes', "{'inputs':{}}"],
    ['a comment', '{"inputs":{}} // x'],
    ['a trailing comma', '{"inputs":{},}'],
    ['two objects', '{}{}'],
    ['NaN', '{"timeout":NaN}'],
    ['Infinity', '{"timeout":-Infinity}'],
    ['a hexadecimal number', '{"timeout":0x10}'],
    ['a control character in a text', '{"inputs":{"word":"a\u0000b"}}'],
    ['a byte order mark', '\ufeff{}'],
    ['UTF-16', Buffer.from('{"inputs":{}}', 'utf16le')],
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"inputs":{"word":"'), 0xff, 0xfe, ...Buffer.from('"}}')])],
    ['an overlong encoding', Buffer.from([...Buffer.from('{"inputs":{"word":"'), 0xc0, 0xaf, ...Buffer.from('"}}')])],
    ['an encoded surrogate', Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])],
    ['an array', '[]'],
    ['a number', '5'],
    ['a text value', '"{}"'],
    ['null', 'null'],
    ['a key twice', '{"inputs":{"word":1},"inputs":{"word":2}}'],
    ['a key twice, once in disguise', '{"inputs":{"word":1,"\\u0077ord":2}}'],
    ['a depth of 100 000', '{"inputs":{"word":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}}'],
    ['a depth of 100 000 that never closes', '{"a":'.repeat(100_000)],
  ])('is refused: %s', async (_what, body) => {
    expectProblem(await post(body), 400, 'request.invalid')
  })

  it('does not come back in the message when it is large', async () => {
    const { body } = await post(`{"inputs": ${'x'.repeat(100_000)}`)
    expect(body.error?.length).toBeLessThan(250)
  })
})

describe('the members of a body', () => {
  it.each([
    ['one that the operation does not know', '{"input":{}}', 'input'],
    ['a prototype', '{"__proto__":{"inputs":{}}}', '__proto__'],
    ['a prototype inside of the inputs', '{"inputs":{"a":[{"__proto__":{"word":"x"}}]}}', '__proto__'],
    ['inputs that are a list', '{"inputs":[]}', 'inputs'],
    ['inputs that are a text', '{"inputs":"x"}', 'inputs'],
    ['inputs that are null', '{"inputs":null}', 'inputs'],
  ])('are refused: %s', async (_what, body, name) => {
    const answer = await post(body)
    expectProblem(answer, 400, 'request.invalid')
    expect(answer.body.error).toContain(name)
  })

  it.each([
    ['a hash of another form', { tree_hash: 'sha256:xyz' }, 'tree_hash'],
    ['a hash that is a list', { tree_hash: [`sha256:${'0'.repeat(64)}`] }, 'tree_hash'],
    ['notes that are an object', { notes: { toString: 'x' } }, 'notes'],
    ['notes without end', { notes: 'x'.repeat(1001) }, 'notes'],
  ])('are refused before anything is decided: %s', async (_what, body, name) => {
    const answer = await rumi.ask('POST', '/api/packs/nobody/approve', body)
    expectProblem(answer, 400, 'request.invalid')
    expect(answer.body.error).toContain(name)
  })

  it('all faults are named at once', async () => {
    const { body } = await rumi.ask('POST', '/api/packs/nobody/approve', { tree_hash: 1, notes: 2, more: 3 })
    for (const name of ['tree_hash', 'notes', 'more']) expect(body.error).toContain(name)
  })

  it('cannot name another pack than the path does', async () => {
    const answer = await rumi.ask('POST', '/api/packs/nobody/approve', { pack_id: 'somebody' })
    expectProblem(answer, 404, 'pack.unknown')
    expect(answer.body.error).toContain('"nobody"')
  })

  it.each<object>([
    { constructor: { prototype: { polluted: 1 } } },
    { toString: 'x', hasOwnProperty: 1, valueOf: 'y' },
  ])('are data, whatever their names: %j', async (word) => {
    const answer = await rumi.ask('POST', '/api/flows/echo/run', { inputs: { word } })
    expect(answer.body.data.result).toEqual({ said: word })
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('keep their exact text', async () => {
    const word = 'é\u0000\u2028😀\\"/</script>' + 'あ'.repeat(50_000)
    expect((await rumi.ask('POST', '/api/flows/echo/run', { inputs: { word } })).body.data.result).toEqual({
      said: word,
    })
  })
})

describe('HTTP-06: a body', () => {
  const MEGABYTE = 1_000_000
  const spaces = Buffer.alloc(MEGABYTE, ' ')

  it('of no bytes means an empty object, with and without a content type', async () => {
    expect((await post('', '/api/packs/scan')).status).toBe(200)
    expect((await rumi.ask('POST', '/api/packs/scan')).status).toBe(200)
  })

  it('of 10 MiB is read, and one byte more is not', async () => {
    const limit = 10 * 1024 * 1024
    expect((await post('{}'.padEnd(limit), '/api/packs/scan')).status).toBe(200)
    const text = rawRequest('POST /api/packs/scan', [...authorized, ['Content-Length', String(limit + 1)]])
    const reply = await exchange(rumi.server.port, text)
    expect(reply).toMatchObject({ status: 413, body: { success: false, problem: { code: 'request.too_large' } } })
  })

  it.each([
    ['of 100 MB', 413, { 'Content-Length': '100000000' }],
    ['of 100 MB that waits to be asked for', 413, { 'Content-Length': '100000000', Expect: '100-continue' }],
    ['in chunks without end', 413, { 'Transfer-Encoding': 'chunked' }],
    ['of 100 MB without a token', 401, { 'Content-Length': '100000000' }],
    ['in chunks without end and without a token', 401, { 'Transfer-Encoding': 'chunked' }],
  ])('%s is not read to its end', async (_what, status, more) => {
    const pairs = [...(status === 401 ? open : authorized), ...Object.entries(more)]
    const isChunked = 'Transfer-Encoding' in more
    let sent = 0
    const reply = await exchange(rumi.server.port, async (send) => {
      const head = rawRequest('POST /api/packs/scan', pairs).replace('Connection: close\r\n', '')
      await send(head)
      const part = isChunked
        ? Buffer.concat([Buffer.from(`${MEGABYTE.toString(16)}\r\n`), spaces, Buffer.from('\r\n')])
        : spaces
      while (sent < 100 * MEGABYTE && (await send(part))) sent += MEGABYTE
    })
    // The reply itself may be lost to a client that does not stop sending; that we hang up is the point.
    expect([0, status]).toContain(reply.status)
    expect(sent).toBeLessThan(40 * MEGABYTE)
    expect((await rumi.ask('GET', '/health')).status).toBe(200)
  })

  it.each([
    [
      'two lengths',
      [
        ['Content-Length', '2'],
        ['Content-Length', '3'],
      ],
    ],
    [
      'a length and chunks',
      [
        ['Content-Length', '2'],
        ['Transfer-Encoding', 'chunked'],
      ],
    ],
    ['a negative length', [['Content-Length', '-1']]],
    ['a length that is no number', [['Content-Length', '2x']]],
    ['a length with a sign', [['Content-Length', '+2']]],
    ['an unknown encoding', [['Transfer-Encoding', 'identity']]],
    ['an encoding in disguise', [['Transfer-Encoding', 'xchunked']]],
    ['a folded header', [['X-Long', 'a\r\n b']]],
    ['a space before the colon', [['Content-Length ', '2']]],
    ['a bare line feed', [['X-A', 'b\nX-C: d']]],
  ] as const)('with %s is no request', async (_what, headers) => {
    const reply = await exchange(
      rumi.server.port,
      rawRequest('POST /api/packs/scan', [...authorized, ...headers], '{}'),
    )
    expect(reply).toMatchObject({
      status: 400,
      body: { success: false, data: null, problem: { code: 'request.malformed' } },
    })
    expectNothingLeaks(reply.text)
  })

  it('longer than it said ends the connection: the rest is no request', async () => {
    const text = rawRequest('POST /api/packs/scan', [...authorized, ['Content-Length', '2']], '{}{"pack_id":"x"}')
    const reply = await exchange(rumi.server.port, text.replace('Connection: close\r\n', ''))
    expect(reply.text).toMatch(/HTTP\/1\.1 400 Bad Request\r\n[^]*"request\.malformed"\}\}\n$/)
  })

  it('with an expectation that nobody knows is answered all the same', async () => {
    const headers = [...authorized, ['Content-Length', '2'], ['Expect', 'the-unexpected']] as const
    expect((await exchange(rumi.server.port, rawRequest('POST /api/packs/scan', headers, '{}'))).status).toBe(200)
  })

  it('that waits to be asked for is asked for', async () => {
    const headers = [...authorized, ['Content-Length', '2'], ['Expect', '100-continue']] as const
    const reply = await exchange(rumi.server.port, rawRequest('POST /api/packs/scan', headers, '{}'))
    expect(reply.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })
})

describe('what is no HTTP at all', () => {
  it.each([
    ['random bytes', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x0d, 0x0a])],
    ['a request line without a path', Buffer.from('GET\r\n\r\n')],
    ['a version that is none', Buffer.from('GET / HTTP/9.9\r\n\r\n')],
    ['a header without a name', Buffer.from('GET / HTTP/1.1\r\n: x\r\n\r\n')],
    ['a control character in the path', Buffer.from('GET /\u0001 HTTP/1.1\r\n\r\n')],
  ])('is refused in the words of every refusal: %s', async (_what, bytes) => {
    const reply = await exchange(rumi.server.port, bytes)
    expect(reply).toMatchObject({
      status: 400,
      body: { success: false, data: null, problem: { code: 'request.malformed' } },
    })
    expect(reply.text).toMatch(/\r\nConnection: close\r\n/i)
  })

  it('headers larger than 16 KiB are refused', async () => {
    const reply = await exchange(rumi.server.port, rawRequest('GET /health', [...open, ['X-Much', 'x'.repeat(20_000)]]))
    expect(reply).toMatchObject({
      status: 431,
      body: { success: false, problem: { code: 'request.headers_too_large' } },
    })
  })
})
