import { err, ok } from '@rumi/kernel/base'
import type { EgressRequest, NetworkGrant } from '@rumi/kernel/egress'
import { describe, expect, it } from 'vitest'
import { countingResolver, grantFor, requestTo, startServer, testClient } from './test-network.ts'

const { signal } = new AbortController()
const value = 'sk-live-0123456789'

function withSecret(url: string, grant: NetworkGrant, parts: Partial<EgressRequest> = {}) {
  const asked: string[] = []
  const request = requestTo(url, grant, {
    headers: { Authorization: 'Bearer ${secret:API_KEY}' },
    authorize: {
      chain: () => [grant],
      resolveSecret: (name, { host }) => {
        asked.push(`${name} for ${host}`)
        return Promise.resolve(name === 'API_KEY' ? ok(value) : err('not granted'))
      },
    },
    ...parts,
  })
  return { request, asked }
}

describe('secrets', () => {
  it('reaches the server, and nobody else', async () => {
    await using server = await startServer('https', ({ headers }, response) => {
      response.setHeader('X-Echo', `was ${headers.authorization}`)
      response.setHeader(`X-${value}`, 'name')
      response.end(JSON.stringify({ echo: headers.authorization, again: value }))
    })
    const client = testClient()
    const url = `https://api.example.com:${server.port}/`
    const { request, asked } = withSecret(url, grantFor(server.port, 'api.example.com'))
    const { answer, record } = await client.request(request, signal)
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${value}`)
    expect(asked).toEqual(['API_KEY for api.example.com'])
    expect(JSON.parse(answer.body)).toEqual({ echo: 'Bearer [redacted]', again: '[redacted]' })
    expect(answer.headers['X-Echo']).toBe('was Bearer [redacted]')
    expect(record.secrets).toEqual(['API_KEY'])
    expect(JSON.stringify([answer, record])).not.toContain(value)
    client.close()
  })

  it('is taken out of a binary body and of the URL of a redirect as well', async () => {
    await using server = await startServer('http', ({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: `/next?key=${value}` }).end()
      else response.end(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(value)]))
    })
    const client = testClient()
    const { request } = withSecret(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    const { answer, record } = await client.request(request, signal)
    expect(Buffer.from(answer.body, 'base64').toString('latin1')).toBe('\xff\xfe[redacted]')
    expect(answer.final_url).toBe(`http://api.example.com:${server.port}/next?key=[redacted]`)
    expect(JSON.stringify([answer, record])).not.toContain(value)
    client.close()
  })

  it.each(['Range', 'if-range'])('goes into no request that asks for a part of the answer: %s', async (name) => {
    await using server = await startServer('http', (_, response) => response.end('never'))
    const client = testClient()
    const headers = { Authorization: '${secret:API_KEY}', [name]: 'bytes=0-4' }
    const grant = grantFor(server.port, 'api.example.com')
    const { request, asked } = withSecret(`http://api.example.com:${server.port}/`, grant, { headers })
    const { answer } = await client.request(request, signal)
    expect([answer.error_type, server.requests.length, asked]).toEqual(['bad_request', 0, []])
    client.close()
  })

  it('is not in an answer that nobody could read: an encoding that we do not know is refused', async () => {
    await using server = await startServer('http', ({ headers }, response) => {
      response.setHeader('content-encoding', 'zz')
      response.end(headers.authorization)
    })
    const client = testClient()
    const { request } = withSecret(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'))
    expect((await client.request(request, signal)).answer).toMatchObject({ error_type: 'protocol_error', body: '' })
    client.close()
  })

  it.each([
    ['in JSON', (text: string) => JSON.stringify({ text })],
    ['as base64', (text: string) => Buffer.from(text).toString('base64')],
    ['as hexadecimal', (text: string) => Buffer.from(text).toString('hex')],
  ])('is found when the server writes it %s', async (_, write) => {
    const odd = 'Sup3r"Sec\\ret/+Välue'
    await using server = await startServer('http', (_request, response) => response.end(`<${write(odd)}>`))
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const authorize = { chain: () => [grant], resolveSecret: async () => ok(odd) }
    const { request } = withSecret(`http://api.example.com:${server.port}/`, grant, { authorize })
    const { answer } = await client.request(request, signal)
    expect(answer.body).toContain('[redacted]')
    expect(answer.body).not.toContain(write(odd).replace(/^\{"text":"|"\}$|=+$/g, ''))
    client.close()
  })

  it('is asked for only for the first hop, and only after the destination was authorised', async () => {
    await using server = await startServer('http', ({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/next' }).end()
      else response.end()
    })
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const headers = { Authorization: '${secret:API_KEY}', Accept: '${secret:API_KEY}' }
    const { request, asked } = withSecret(`http://api.example.com:${server.port}/`, grant, { headers })
    await client.request(request, signal)
    expect(asked).toHaveLength(1)
    expect(server.requests[0]?.headers).toMatchObject({ authorization: value, accept: value })
    expect(server.requests[1]?.headers).not.toHaveProperty('authorization')
    expect(server.requests[1]?.headers).not.toHaveProperty('accept')
    client.close()
  })

  it.each([
    ['a host that is not granted', 'https://evil.com/', '93.184.216.34'],
    ['an address that is refused', 'https://api.example.com/', '169.254.169.254'],
  ])('is not asked for when %s is denied', async (...[, url, address]) => {
    const { request, asked } = withSecret(url, grantFor(443, 'api.example.com'))
    const client = testClient({ resolver: countingResolver(() => [address]) })
    expect((await client.request(request, signal)).answer.error_type).toBe('egress_denied')
    expect(asked).toEqual([])
  })

  it('does not leave this machine in clear', async () => {
    const { request, asked } = withSecret('http://api.example.com/', grantFor(80, 'api.example.com'))
    const client = testClient({ resolver: countingResolver(() => ['10.0.0.1']) })
    const { record } = await client.request(request, signal)
    expect(record).toMatchObject({ outcome: 'egress_denied', reason: { kind: 'secret-in-clear' } })
    expect(asked).toEqual([])
  })

  it.each([
    ['one that is not granted', '${secret:OTHER}', undefined],
    ['any, when nobody hands them out', '${secret:API_KEY}', { chain: () => [grantFor(443, 'api.example.com')] }],
  ])('refuses %s, in the words of every refusal', async (...[, header, authorize]) => {
    const parts = { headers: { 'X-Key': header }, ...(authorize === undefined ? {} : { authorize }) }
    const { request } = withSecret('https://api.example.com/', grantFor(443, 'api.example.com'), parts)
    const { answer, record } = await testClient().request(request, signal)
    expect(answer).toMatchObject({ error: 'Request blocked by security policy', error_type: 'egress_denied' })
    expect(record).toMatchObject({ reason: { kind: 'secret-refused' }, secrets: [] })
  })

  it('EGR-12: refuses a value that would end the header', async () => {
    const grant = grantFor(443, 'api.example.com')
    const authorize = { chain: () => [grant], resolveSecret: () => Promise.resolve(ok('a\r\nX-Evil: 1')) }
    const { request } = withSecret('https://api.example.com/', grant, { authorize })
    const { answer, record } = await testClient().request(request, signal)
    expect(answer.error_type).toBe('bad_request')
    expect(JSON.stringify([answer, record])).not.toContain('Evil')
  })
})
