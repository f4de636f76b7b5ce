import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { countingResolver, grantFor, manualClock, requestTo, startServer, testClient } from './test-network.ts'

const { signal } = new AbortController()

describe('requests that are granted', () => {
  it('get the answer of the server, with the fields of the contract', async () => {
    await using server = await startServer('https', (_, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.setHeader('Set-Cookie', ['a=1', 'b=2'])
      response.sendDate = false
      response.end('{"weather":"晴れ"}')
    })
    const client = testClient()
    const url = `https://api.example.com:${server.port}/weather?city=Tokyo`
    const request = requestTo(url, grantFor(server.port, 'api.example.com'), { headers: { 'X-Custom': 'v' } })
    const { answer, record } = await client.request(request, signal)
    expect(answer).toEqual({
      success: true,
      status_code: 200,
      headers: {
        'Content-Type': 'application/json',
        'Set-Cookie': 'a=1, b=2',
        Connection: 'keep-alive',
        'Keep-Alive': 'timeout=5',
        'Content-Length': '20',
      },
      body: '{"weather":"晴れ"}',
      error: null,
      error_type: null,
      latency_ms: 0,
      redirect_hops: 0,
      bytes_read: 20,
      final_url: url,
    })
    expect(record).toMatchObject({ outcome: 'answered', method: 'GET', requestBytes: 0, responseBytes: 20 })
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/weather?city=Tokyo',
      headers: { host: `api.example.com:${server.port}`, 'x-custom': 'v', 'accept-encoding': 'identity' },
    })
    client.close()
  })

  it('any status is an answer', async () => {
    await using server = await startServer('http', (_, response) => response.writeHead(503).end('busy'))
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const { answer } = await client.request(requestTo(`http://api.example.com:${server.port}/`, grant), signal)
    expect(answer).toMatchObject({ success: true, status_code: 503, body: 'busy', error: null })
    client.close()
  })

  it.each(['post', 'PUT', 'Patch', 'DELETE', 'GET'])('send a body with %s', async (method) => {
    await using server = await startServer('http', (_, response) => response.end('ok'))
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const request = requestTo(`http://api.example.com:${server.port}/`, grant, { method, body: 'こんにちは' })
    const { answer, record } = await client.request(request, signal)
    expect(answer.body).toBe('ok')
    expect(server.requests[0]).toMatchObject({ method: method.toUpperCase(), body: 'こんにちは' })
    expect(server.requests[0]?.headers).toMatchObject({ 'content-length': '15' })
    expect(record.requestBytes).toBe(15)
    client.close()
  })

  it('HEAD and an empty answer have no body, whatever they announce', async () => {
    await using server = await startServer('http', ({ method }, response) => {
      if (method === 'HEAD') response.writeHead(200, { 'content-length': '99999999', 'content-encoding': 'gzip' }).end()
      else response.writeHead(204).end()
    })
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const url = `http://api.example.com:${server.port}/`
    const head = await client.request(requestTo(url, grant, { method: 'HEAD' }), signal)
    expect(head.answer).toMatchObject({ success: true, status_code: 200, body: '', bytes_read: 0 })
    const empty = await client.request(requestTo(url, grant, { method: 'DELETE' }), signal)
    expect(empty.answer).toMatchObject({ success: true, status_code: 204, body: '' })
    client.close()
  })

  it('reach an address in the URL without a lookup, and check its certificate', async () => {
    await using server = await startServer('https', (_, response) => response.end('ok'))
    const resolver = countingResolver(() => ['127.0.0.1'])
    const client = testClient({ resolver })
    const grant = grantFor(server.port, '127.0.0.1')
    const { answer } = await client.request(requestTo(`https://127.0.0.1:${server.port}/`, grant), signal)
    expect(answer.body).toBe('ok')
    expect(resolver.asked).toEqual([])
    client.close()
  })

  it('EGR-21: leave a record that holds nothing of what they carried', async () => {
    await using server = await startServer('http', (_, response) => response.end('answer-body'))
    const client = testClient()
    const url = `http://api.example.com:${server.port}/secret-path?token=query-secret`
    const request = requestTo(url, grantFor(server.port, 'api.example.com'), {
      method: 'POST',
      body: 'request-body',
      headers: { Authorization: 'Bearer header-secret' },
    })
    const { record } = await client.request(request, signal)
    expect(record).toEqual({
      principal: 'weather_pack',
      method: 'POST',
      outcome: 'answered',
      hops: [
        {
          scheme: 'http',
          host: 'api.example.com',
          port: server.port,
          pathHash: request.destination.pathHash,
          status: 200,
        },
      ],
      requestBytes: 12,
      responseBytes: 11,
      secrets: [],
      latencyMs: 0,
    })
    expect(JSON.stringify(record)).not.toMatch(/query-secret|header-secret|secret-path|-body/)
    client.close()
  })
})

describe('bodies', () => {
  const cap = 4 * 1024 * 1024
  async function fetchBody(body: Uint8Array, headers: Record<string, string>, asked: Record<string, string> = {}) {
    await using server = await startServer('http', (_, response) => response.writeHead(200, headers).end(body))
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const request = requestTo(`http://api.example.com:${server.port}/`, grant, { headers: asked })
    const { answer } = await client.request(request, signal)
    client.close()
    return { answer, seen: server.requests[0]?.headers }
  }

  it('what is no UTF-8 comes as base64, and says so', async () => {
    const { answer } = await fetchBody(Buffer.from([0, 0xff, 0x80]), {})
    expect(answer).toMatchObject({ body: 'AP+A', bytes_read: 3 })
    expect(answer.headers['X-Proxy-Body-Encoding']).toBe('base64')
  })

  it('a server cannot claim that for text', async () => {
    const { answer } = await fetchBody(Buffer.from('text'), { 'x-proxy-body-encoding': 'base64' })
    expect(answer.body).toBe('text')
    expect(Object.keys(answer.headers).map((name) => name.toLowerCase())).not.toContain('x-proxy-body-encoding')
  })

  it('a header called __proto__ is a header', async () => {
    const { answer } = await fetchBody(Buffer.from(''), { ['__proto__']: 'x' })
    expect(Object.getPrototypeOf(answer.headers)).toBe(Object.prototype)
  })

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s is decoded, also when nobody asked for it', async (encoding, compress) => {
    const compressed = compress(Buffer.from('text '.repeat(100)))
    const { answer, seen } = await fetchBody(compressed, { 'content-encoding': encoding, 'content-type': 'text/plain' })
    expect(seen?.['accept-encoding']).toBe('identity')
    expect(answer).toMatchObject({ body: 'text '.repeat(100), bytes_read: compressed.length })
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.headers).toHaveProperty('content-type', 'text/plain')
  })

  it('an encoding we do not know, or two of them, is passed on as it is', async () => {
    const bytes = gzipSync(gzipSync('text'))
    const { answer, seen } = await fetchBody(bytes, { 'content-encoding': 'gzip, gzip' }, { 'Accept-Encoding': 'gzip' })
    expect(seen?.['accept-encoding']).toBe('gzip')
    expect(answer.body).toBe(bytes.toString('base64'))
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip, gzip', 'X-Proxy-Body-Encoding': 'base64' })
  })

  it('a broken encoding is a broken answer', async () => {
    const { answer } = await fetchBody(Buffer.from('no gzip'), { 'content-encoding': 'gzip' })
    expect(answer).toMatchObject({ success: false, error_type: 'protocol_error', body: '' })
  })

  it('4 MiB are read', async () => {
    const { answer } = await fetchBody(Buffer.alloc(cap, 'a'), {})
    expect(answer).toMatchObject({ success: true, bytes_read: cap })
  })

  it('EGR-16: 4 MiB and a byte are refused, announced or not', async () => {
    const announced = await fetchBody(Buffer.alloc(cap + 1, 'a'), { 'content-length': String(cap + 1) })
    expect(announced.answer).toMatchObject({ success: false, error_type: 'too_large', body: '' })
    const chunked = await fetchBody(Buffer.alloc(cap + 1, 'a'), { 'transfer-encoding': 'chunked' })
    expect(chunked.answer).toMatchObject({ success: false, error_type: 'too_large', body: '' })
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('EGR-16: a bomb of %s stops at the cap of decoded bytes', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(16 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(64 * 1024)
    const { answer } = await fetchBody(bomb, { 'content-encoding': encoding })
    expect(answer).toMatchObject({ success: false, error_type: 'too_large', body: '' })
  })
})

describe('time', () => {
  it('EGR-15: a server that drips gets no more time than a request has', async () => {
    const clock = manualClock()
    const dripped = Promise.withResolvers<void>()
    await using server = await startServer('http', (_, response) => {
      response.write('a')
      dripped.resolve()
    })
    const client = testClient({ clock })
    const grant = grantFor(server.port, 'api.example.com')
    const outcome = client.request(
      requestTo(`http://api.example.com:${server.port}/`, grant, { timeoutMs: 10_000 }),
      signal,
    )
    await dripped.promise
    clock.advance(10_000)
    const { answer, record } = await outcome
    expect(answer).toMatchObject({ success: false, error_type: 'timeout', latency_ms: 10_000, body: '' })
    expect(record.reason).toEqual({ kind: 'timeout', timeoutMs: 10_000 })
  })

  it('EGR-15: the deadline holds for the name, the secret and the redirects as well', async () => {
    const clock = manualClock()
    const never = new Promise<never>(() => {})
    const grant = grantFor(443, 'api.example.com')
    const resolver = countingResolver(() => never)
    const naming = testClient({ clock, resolver }).request(requestTo('https://api.example.com/', grant), signal)
    clock.advance(30_000)
    expect((await naming).answer.error_type).toBe('timeout')

    const asked = Promise.withResolvers<void>()
    const resolveSecret = () => {
      asked.resolve()
      return never
    }
    const request = requestTo('https://api.example.com/', grant, {
      headers: { 'X-Key': '${secret:A}' },
      authorize: { chain: () => [grant], resolveSecret },
    })
    const keyed = testClient({ clock }).request(request, signal)
    await asked.promise
    clock.advance(30_000)
    expect((await keyed).answer.error_type).toBe('timeout')
  })

  it('a caller who no longer wants the answer gets its own reason', async () => {
    const controller = new AbortController()
    const arrived = Promise.withResolvers<void>()
    await using server = await startServer('http', () => arrived.resolve())
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const outcome = client.request(requestTo(`http://api.example.com:${server.port}/`, grant), controller.signal)
    await arrived.promise
    controller.abort(new Error('the run was cancelled'))
    await expect(outcome).rejects.toThrow('the run was cancelled')
    await expect(client.request(requestTo('http://a.example.com/', grant), controller.signal)).rejects.toThrow(
      'cancelled',
    )
  })
})
