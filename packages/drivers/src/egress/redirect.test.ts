import { describe, expect, it } from 'vitest'
import { countingResolver, grantFor, requestTo, startServer, testClient, type TestServer } from './test-network.ts'

/** Every refusal by policy reads the same. */
const deniedText = 'Request blocked by security policy'

const { signal } = new AbortController()

function redirecting(scheme: 'http' | 'https', locations: Record<string, string>, status = 302): Promise<TestServer> {
  return startServer(scheme, ({ url = '' }, response) => {
    const location = locations[url]
    if (location === undefined) response.end('arrived')
    else response.writeHead(status, { location }).end('moved')
  })
}

describe('redirects', () => {
  it.each([
    ['the metadata service', 'https://169.254.169.254/latest/', { kind: 'host-not-granted', depth: 0 }],
    ['this machine', 'https://127.0.0.1:PORT/', { kind: 'host-not-granted', depth: 0 }],
    ['a file', 'file:///etc/passwd', { kind: 'destination', refusal: 'malformed' }],
    ['a host that is not granted', 'https://evil.com/', { kind: 'host-not-granted', depth: 0 }],
    ['http', 'http://api.example.com/', { kind: 'destination', refusal: 'downgrade' }],
    ['a userinfo', 'https://api.example.com@evil.com/', { kind: 'destination', refusal: 'userinfo' }],
    [
      'a granted host at an address that is refused',
      'https://www.example.com:PORT/',
      { kind: 'address-refused', class: 'metadata' },
    ],
  ])('EGR-09: one to %s is denied, and nothing is looked up for what is not granted', async (...[, to, reason]) => {
    const locations: Record<string, string> = {}
    await using server = await redirecting('https', locations)
    locations['/'] = to.replace('PORT', String(server.port))
    const resolver = countingResolver((host) => [host === 'www.example.com' ? '169.254.169.254' : '127.0.0.1'])
    const client = testClient({ resolver })
    const grant = grantFor(server.port, 'api.example.com', 'www.example.com')
    const { answer, record } = await client.request(requestTo(`https://api.example.com:${server.port}/`, grant), signal)
    expect(answer).toMatchObject({ success: false, error: deniedText, error_type: 'egress_denied', body: '' })
    expect(record.reason).toEqual(reason)
    expect(resolver.asked).toEqual(to.includes('www') ? ['api.example.com', 'www.example.com'] : ['api.example.com'])
    expect(server.requests).toHaveLength(1)
  })

  it('EGR-09: three are followed, a fourth is not', async () => {
    await using server = await redirecting('http', { '/1': '/2', '/2': '/3', '/3': '/4', '/0': '/1' })
    const client = testClient()
    const base = `http://api.example.com:${server.port}`
    const grant = grantFor(server.port, 'api.example.com')
    const three = await client.request(requestTo(`${base}/1`, grant), signal)
    expect(three.answer).toMatchObject({ body: 'arrived', redirect_hops: 3, final_url: `${base}/4`, status_code: 200 })
    expect(three.record.hops.map(({ status }) => status)).toEqual([302, 302, 302, 200])
    const four = await client.request(requestTo(`${base}/0`, grant), signal)
    expect(four.answer).toMatchObject({ success: false, error_type: 'too_many_redirects', redirect_hops: 3 })
    expect(server.requests.map(({ url }) => url)).toEqual(['/1', '/2', '/3', '/4', '/0', '/1', '/2', '/3'])
    client.close()
  })

  it.each([301, 302, 303, 307, 308])(
    'EGR-09: %i carries on only headers that say nothing about who asks',
    async (status) => {
      await using server = await redirecting('http', { '/': '/next' }, status)
      const client = testClient()
      const request = requestTo(`http://api.example.com:${server.port}/`, grantFor(server.port, 'api.example.com'), {
        body: 'a body',
        headers: {
          Accept: 'text/html',
          'User-Agent': 'rumi',
          Authorization: 'Bearer x',
          Cookie: 'a=b',
          'X-Api-Key': 'k',
        },
      })
      await client.request(request, signal)
      const [first, second] = server.requests
      expect(first?.headers).toMatchObject({ authorization: 'Bearer x', 'x-api-key': 'k', 'content-length': '6' })
      expect(second?.headers).toEqual({
        host: `api.example.com:${server.port}`,
        accept: 'text/html',
        'user-agent': 'rumi',
        'accept-encoding': 'identity',
        connection: 'keep-alive',
      })
      expect(second?.body).toBe('')
      client.close()
    },
  )

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('one for %s is the answer', async (method) => {
    await using server = await redirecting('http', { '/': '/next' }, 307)
    const client = testClient()
    const grant = grantFor(server.port, 'api.example.com')
    const request = requestTo(`http://api.example.com:${server.port}/`, grant, { method, body: 'x' })
    const { answer } = await client.request(request, signal)
    expect(answer).toMatchObject({ success: true, status_code: 307, body: 'moved', redirect_hops: 0 })
    expect(server.requests).toHaveLength(1)
    client.close()
  })

  it('each hop counts as a request', async () => {
    await using server = await redirecting('http', { '/1': '/2' })
    const client = testClient({ rate: { limit: 1, windowMs: 1000, maxPrincipals: 1 } })
    const grant = grantFor(server.port, 'api.example.com')
    const { answer } = await client.request(requestTo(`http://api.example.com:${server.port}/1`, grant), signal)
    expect(answer.error_type).toBe('rate_limited')
    client.close()
  })
})
