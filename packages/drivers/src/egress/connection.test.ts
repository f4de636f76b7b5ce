import { connect, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createEgressClient } from './client.ts'
import type { Dial } from './connection.ts'
import {
  countingResolver,
  grantFor,
  manualClock,
  requestTo,
  startRawServer,
  startServer,
  testClient,
} from './test-network.ts'

const { signal } = new AbortController()

/** Sets variables of the environment for the time of a callback. */
async function withEnvironment<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  try {
    return await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

describe('the peer', () => {
  it('EGR-08: a socket that is connected to another place than the vetted one is closed before a byte is sent', async () => {
    let received = 0
    await using other = await startRawServer((socket) => socket.on('data', () => (received += 1)))
    const dial: Dial = ({ address }) => connect({ host: address, port: other.port })
    const grant = grantFor(80, 'api.example.com')
    const elsewhere = await testClient({ dial }).request(requestTo('http://api.example.com/', grant), signal)
    expect(elsewhere.record).toMatchObject({ outcome: 'egress_denied', reason: { kind: 'peer-changed' } })

    const toOther: Dial = ({ port }) => connect({ host: '127.0.0.1', port })
    const sameport = await testClient({ dial: toOther, resolver: countingResolver(() => ['127.0.0.9']) }).request(
      requestTo(`http://api.example.com:${other.port}/`, grantFor(other.port, 'api.example.com')),
      signal,
    )
    expect(sameport.record).toMatchObject({ outcome: 'egress_denied', reason: { kind: 'peer-changed' } })
    expect(received).toBe(0)
  })

  it('tries the next vetted address when one does not accept', async () => {
    await using server = await startServer('http', (_, response) => response.end('ok'))
    const client = testClient({ resolver: countingResolver(() => ['127.0.0.9', '127.0.0.1']) })
    const grant = grantFor(server.port, 'api.example.com')
    const { answer } = await client.request(requestTo(`http://api.example.com:${server.port}/`, grant), signal)
    expect(answer.body).toBe('ok')
    client.close()
  })

  it('gives an address that does not answer 10 s', async () => {
    const clock = manualClock()
    const dialled = Promise.withResolvers<void>()
    const dial: Dial = () => {
      dialled.resolve()
      return new Socket()
    }
    const grant = grantFor(443, 'api.example.com')
    const outcome = testClient({ clock, dial }).request(requestTo('https://api.example.com/', grant), signal)
    await dialled.promise
    clock.advance(10_000)
    expect((await outcome).record.reason).toEqual({ kind: 'connect', code: 'ETIMEDOUT' })
  })
})

describe('TLS', () => {
  it('a certificate of another name is refused', async () => {
    await using server = await startServer('https', (_, response) => response.end('ok'))
    const grant = grantFor(server.port, 'api.other.org')
    const request = requestTo(`https://api.other.org:${server.port}/`, grant)
    const { answer, record } = await testClient().request(request, signal)
    expect(answer.error_type).toBe('tls_error')
    expect(record.reason).toEqual({ kind: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(server.requests).toEqual([])
  })

  it('an authority that nobody trusts is refused, also when the environment says to trust everybody', async () => {
    await using server = await startServer('https', (_, response) => response.end('ok'))
    const resolver = countingResolver(() => ['127.0.0.1'])
    const client = createEgressClient({ resolver, clock: manualClock(), ownAddresses: () => [] })
    const request = requestTo(`https://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    const { record } = await withEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, () =>
      client.request(request, signal),
    )
    expect(record).toMatchObject({ outcome: 'tls_error', reason: { kind: 'tls' } })
    expect(server.requests).toEqual([])
  })

  it('a server that speaks no TLS is refused', async () => {
    await using server = await startRawServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    const grant = grantFor(server.port, 'api.example.com')
    const { answer } = await testClient().request(requestTo(`https://api.example.com:${server.port}/`, grant), signal)
    expect(answer.error_type).toBe('tls_error')
  })

  it('EGR-25: proxies of the environment are ignored', async () => {
    await using trap = await startRawServer((socket) => socket.destroy())
    await using server = await startServer('https', (_, response) => response.end('direct'))
    const proxy = `http://127.0.0.1:${trap.port}`
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']
    const variables = { ...Object.fromEntries(names.map((name) => [name, proxy])), NODE_USE_ENV_PROXY: '1' }
    const client = testClient()
    const request = requestTo(`https://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    const { answer } = await withEnvironment(variables, () => client.request(request, signal))
    expect(answer.body).toBe('direct')
    expect(trap.connections()).toBe(0)
    client.close()
  })
})

describe('answers that are not HTTP', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  it.each([
    ['EGR-17: 20 kB in one header', `${ok}X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['EGR-17: 10 000 headers', `${ok}${'X-A: b\r\n'.repeat(10_000)}\r\n`],
    ['EGR-24: two lengths', `${ok}Content-Length: 2\r\nContent-Length: 4\r\n\r\nabcd`],
    ['EGR-24: a length and chunks', `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`],
    ['EGR-24: a length with a sign', `${ok}Content-Length: +2\r\n\r\nab`],
    ['EGR-24: a chunk that is no number', `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`],
    ['EGR-24: a line break in a header', `${ok}X-A: a\rb\r\nContent-Length: 0\r\n\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['a body that breaks off', `${ok}Content-Length: 10\r\n\r\nabc`],
    ['nothing', ''],
  ])('%s', async (_, bytes) => {
    await using server = await startRawServer((socket) => socket.once('data', () => socket.end(bytes)))
    const grant = grantFor(server.port, 'api.example.com')
    const { answer } = await testClient().request(requestTo(`http://api.example.com:${server.port}/`, grant), signal)
    expect(answer).toMatchObject({ success: false, error_type: 'protocol_error', status_code: 0, body: '' })
  })

  it('EGR-16: chunks that cost much more than they carry are stopped', async () => {
    const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(40 * 1024)}0\r\n\r\n`
    await using server = await startRawServer((socket) => socket.once('data', () => socket.write(chunked)))
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    const client = testClient({ maxBodyBytes: 64 * 1024 })
    expect((await client.request(request, signal)).answer.error_type).toBe('too_large')
    const generous = testClient({ maxBodyBytes: 128 * 1024 })
    expect((await generous.request(request, signal)).answer.bytes_read).toBe(40 * 1024)
    generous.close()
  })
})

describe('connections that are used again', () => {
  it.each(['http', 'https'] as const)('%s: by the same pack for the same place', async (scheme) => {
    await using server = await startServer(scheme, (_, response) => response.end('ok'))
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com', 'www.example.com')
    const url = `${scheme}://api.example.com:${server.port}/`
    for (let count = 0; count < 5; count += 1) await client.request(requestTo(url, grant), signal)
    expect(server.connections()).toBe(1)
    await client.request(requestTo(url, grant, { principal: 'other_pack' }), signal)
    expect(server.connections()).toBe(2)
    await client.request(requestTo(url.replace('api', 'www'), grant), signal)
    expect(server.connections()).toBe(3)
    client.close()
  })

  it('not for a request that has an effect: it could not be repeated', async () => {
    await using server = await startServer('http', (_, response) => response.end('ok'))
    const client = testClient()
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    await client.request(request, signal)
    await client.request({ ...request, method: 'POST' }, signal)
    expect(server.connections()).toBe(2)
    client.close()
  })

  it('not when the name has moved: the address of the connection must be among the vetted ones', async () => {
    await using server = await startServer('http', (_, response) => response.end('ok'))
    const resolver = countingResolver((_, count) => [count === 1 ? '127.0.0.1' : '127.0.0.9'])
    const client = testClient({ resolver })
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    expect((await client.request(request, signal)).answer.body).toBe('ok')
    expect((await client.request(request, signal)).answer.error_type).toBe('connection_refused')
    client.close()
  })

  it('are replaced when the server has closed them', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    await using server = await startRawServer((socket) => {
      socket.once('data', () => {
        socket.write(answer)
        socket.once('data', () => socket.destroy())
      })
    })
    const client = testClient()
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    expect((await client.request(request, signal)).answer.body).toBe('ok')
    expect((await client.request(request, signal)).answer.body).toBe('ok')
    expect(server.connections()).toBe(2)
    client.close()
  })

  it('EGR-24: are closed when an answer arrives that nobody asked for', async () => {
    const sockets: Socket[] = []
    const closed = Promise.withResolvers<void>()
    const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    await using server = await startRawServer((socket) => {
      sockets.push(socket)
      socket.on('close', () => closed.resolve())
      socket.on('data', () => socket.write(answer('asked for')))
    })
    const client = testClient()
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    expect((await client.request(request, signal)).answer.body).toBe('asked for')
    sockets[0]?.write(answer('poison'))
    await closed.promise
    expect((await client.request(request, signal)).answer.body).toBe('asked for')
    expect(server.connections()).toBe(2)
    client.close()
  })

  it('are closed after 4 s', async () => {
    const clock = manualClock()
    await using server = await startServer('http', (_, response) => response.end('ok'))
    const client = testClient({ clock })
    const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    await client.request(request, signal)
    clock.advance(4000)
    await client.request(request, signal)
    expect(server.connections()).toBe(2)
    client.close()
  })
})
