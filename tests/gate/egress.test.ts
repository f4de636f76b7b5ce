import { networkInterfaces } from 'node:os'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTexts, hide, languages, startProbeSystem, type ProbeSystem } from './probe-system.ts'

const forbidden = [
  ['169.254.169.254', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['100.64.0.1', 'shared'],
  ['198.18.0.1', 'benchmarking'],
  ['192.0.2.1', 'documentation'],
  ['240.0.0.1', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['127.0.0.1', 'loopback'],
  ['10.1.2.3', 'private'],
] as const

/** Where `https://api.example.com/to/<name>` leads. */
const redirects: Readonly<Record<string, (port: number) => string>> = {
  metadata: () => 'http://169.254.169.254/latest/meta-data/',
  file: () => 'file:///etc/passwd',
  ungranted: () => 'https://evil.example.org/',
  clear: (port) => `http://api.example.com:${port}/`,
  loopback: (port) => `https://127.0.0.1:${port}/`,
  around: () => '/to/around',
}

let gate: ProbeSystem
let port = 0
let rebound = 0
const url = (path = '/'): string => `https://api.example.com:${port}${path}`

/** What the names of these tests resolve to. */
function resolve(host: string): readonly string[] {
  const listed = /^address(\d+)\.example\.com$/.exec(host)
  if (listed) return ['93.184.216.34', forbidden[Number(listed[1])]?.[0] ?? '']
  if (host === 'rebinding.example.com') return (rebound += 1) === 1 ? ['127.0.0.1'] : ['169.254.169.254']
  return host === 'api.example.com' ? ['127.0.0.1'] : []
}

beforeAll(async () => {
  gate = await startProbeSystem({
    packs: ['alpha', 'beta', 'busy'],
    resolve,
    respond: ({ url: path = '' }, response) => {
      const redirect = redirects[path.replace('/to/', '')]
      if (redirect) response.writeHead(302, { location: redirect(port) }).end()
      else if (path === '/drip') setInterval(() => response.write('x'), 40).unref()
      else if (path === '/large') response.end(Buffer.alloc(5_000_000, 'x'))
      else if (path === '/bomb') {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024)))
      } else response.end('hello')
    },
  })
  port = gate.server.port
  for (const pack of ['alpha', 'busy']) await gate.grantNetwork(pack, ['api.example.com', '*.example.com'], port)
})
afterAll(async () => gate.close())

const denied = {
  success: false,
  status_code: 0,
  headers: {},
  body: '',
  error: 'Request blocked by security policy',
  error_type: 'egress_denied',
}
const get = (to: string, more: object = {}) => ({ method: 'GET', url: to, ...more })

/** The last entries of a kind and what they say, without what differs from run to run. */
function reasonsSince(from: number): readonly unknown[] {
  return gate
    .entries(from)
    .filter(({ kind }) => kind === 'network.deny')
    .map(({ data }) => data['reason'])
}

describe.each(languages)('a block in %s', (language) => {
  const probe = (...steps: Parameters<ProbeSystem['probe']>[2][]) => gate.probe('alpha', language, ...steps)

  it('reaches a host that it was granted, in every way to say so', async () => {
    const said = gate.server.requests.length
    const [one, other, ways, check, stranger] = await probe(
      ['request', get(url('/a'))],
      ['context_request', get(url('/b'))],
      ['shortcuts', url('/c')],
      ['check', 'api.example.com', port],
      ['check', 'evil.example.org', port],
    )
    for (const answer of [one, other, ...ways]) expect(answer).toMatchObject({ success: true, status_code: 200 })
    expect(gate.server.requests.slice(said).map(({ method }) => method)).toEqual([
      'GET',
      'GET',
      'GET',
      'POST',
      'POST',
      'PUT',
      'DELETE',
      'PATCH',
      'HEAD',
    ])
    expect([check, stranger]).toEqual([
      { allowed: true, reason: 'Access granted' },
      { allowed: false, reason: "Domain 'evil.example.org' not in allowed list" },
    ])
  })

  it('EGR-01: a host that is not granted is denied with not one name looked up', async () => {
    const from = gate.entries().length
    const asked = gate.resolver.asked.length
    const answers = await gate.probe('beta', language, ['request', get(url())], ['context_request', get(url())])
    const others = await probe(['request', get(`https://evil.example.org:${port}/`)])
    for (const answer of [...answers, ...others]) expect(answer).toMatchObject(denied)
    expect(gate.resolver.asked.length).toBe(asked)
    expect(reasonsSince(from)).toEqual(['no-grant', 'no-grant', 'host-not-granted'])
  })

  it('EGR-03: a name under a wildcard is never an address of this machine, however it is written', async () => {
    const asked = gate.resolver.asked.length
    const hosts = ['127.0.0.1', '0x7f.1', '2130706433', '127.1', '0177.0.0.1', '[::1]', '0.0.0.0', '[::]']
    const urls = hosts.map((host) => `https://${host}:${port}/`)
    const answers = await probe(...urls.map((to) => ['request', get(to)] as const))
    expect(answers).toHaveLength(8)
    for (const answer of answers) expect(answer).toMatchObject(denied)
    expect(gate.resolver.asked.length).toBe(asked)
  })

  it('EGR-11: a header that belongs to the connection is a bad request', async () => {
    const sent = gate.server.requests.length
    const names = ['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'Proxy-Authorization']
    const answers = await probe(
      ...[...names, 'Expect', 'TE', 'Trailer', 'Keep-Alive'].map(
        (name) => ['request', get(url(), { headers: { [name]: 'x' } })] as const,
      ),
    )
    expect(answers.map(({ error_type: type }: { error_type: string }) => type)).toEqual(Array(10).fill('bad_request'))
    expect(gate.server.requests.length).toBe(sent)
  })

  it('EGR-12: what would end a header or a line, and too much of either, is a bad request', async () => {
    const sent = gate.server.requests.length
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`X-${index}`, '1']))
    const values = ['a\r\nX-B: 1', 'a\nb', 'a\0b', 'x'.repeat(8193)]
    const answers = await probe(
      ...values.map((value) => ['request', get(url(), { headers: { 'X-A': value } })] as const),
      ['request', get(url(), { headers: { 'X-A\r\nX-B': '1' } })],
      ['request', get(url(), { headers: many })],
      ...['/a\r\nHost: x', '/a\0', '/a\tb'].map((path) => ['request', get(url(path))] as const),
    )
    expect(answers.map(({ error_type: type }: { error_type: string }) => type)).toEqual(Array(9).fill('bad_request'))
    expect(gate.server.requests.length).toBe(sent)
  })

  it('EGR-13: only the host that would be connected to counts', async () => {
    const sent = gate.server.requests.length
    const asked = gate.resolver.asked.length
    const urls = [
      `https://api.example.com@evil.example.org:${port}/`,
      `https://api.example.com:443@evil.example.org:${port}/`,
      `https://@api.example.com:${port}/`,
      `https://api.example.com.evil.example.org:${port}/`,
      `https://evil.example.org:${port}/api.example.com`,
      `https://api.example.com.:${port}/`,
      `https://\u0430pi.ex\u0430mple.com:${port}/`,
      `https://api.example.com\\@evil.example.org:${port}/`,
      `https://[api.example.com]:${port}/`,
      `https:api.example.com:${port}/`,
    ]
    const answers = await probe(...urls.map((to) => ['request', get(to)] as const))
    for (const answer of answers) {
      expect(answer).toMatchObject({
        success: false,
        error_type: expect.stringMatching(/^(bad_request|egress_denied)$/),
      })
    }
    expect([gate.server.requests.length, gate.resolver.asked.length]).toEqual([sent, asked])
    const [mixed] = await probe(['request', get(`HTTPS://API.Example.COM:${port}/`)])
    expect(mixed).toMatchObject({ success: true })
  })

  it('EGR-21: leaves neither query nor header nor body on the ledger, in the audit log or in any file', async () => {
    const secrets = [`query-${language}-7a1`, `header-${language}-7a2`, `body-${language}-7a3`]
    const [query = '', header = '', body = ''] = secrets
    const request = { method: 'POST', url: url(`/p?key=${query}`), headers: { 'X-Key': header }, body }
    const from = gate.entries().length
    expect(await probe(hide(['request', request]))).toEqual([[true, null]])
    expect(gate.server.requests.at(-1)).toMatchObject({ url: `/p?key=${query}`, body, headers: { 'x-key': header } })
    const entry = gate.entries(from).find(({ kind }) => kind === 'network.request')
    expect(entry).toMatchObject({ actor: 'alpha', subject: `api.example.com:${port}`, data: { method: 'POST' } })
    expect(JSON.stringify(entry)).not.toMatch(/(?:query|header|body)-/)
    expect(findTexts(gate.home, secrets)).toEqual([])
  })
})

describe('a request of a block', () => {
  it('EGR-04: to an IPv4 address inside of IPv6 is denied, also when it is granted', async () => {
    const hosts = ['::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '::127.0.0.1', '2001:0:4136:e378:8000::fdd2']
    const places = hosts.map((host) => `[${host}]`)
    await gate.must('POST', '/api/network/grant', {
      pack_id: 'beta',
      allowed_domains: places,
      allowed_ports: [port],
      allow_private: places.map((place) => `${place}:${port}`),
    })
    const from = gate.entries().length
    const wishes = [...places, '[::ffff:7f00:1]'].map((place) => ['request', get(`https://${place}:${port}/`)] as const)
    for (const answer of await gate.probe('beta', 'python', ...wishes)) expect(answer).toMatchObject(denied)
    expect(reasonsSince(from)).toEqual(Array(6).fill('address-refused: ipv4-embedded'))
    await gate.must('POST', '/api/network/revoke', { pack_id: 'beta' })
  })

  it('EGR-05: to a name with one address that is not public is denied; the pack does not learn which', async () => {
    const from = gate.entries().length
    const urls = forbidden.map((_, index) => `https://address${index}.example.com:${port}/`)
    const answers = await gate.probe('alpha', 'python', ...urls.map((to) => ['request', get(to)] as const))
    for (const answer of answers) expect(answer).toMatchObject(denied)
    const texts = answers.map((answer: { latency_ms: number; final_url: string }) =>
      JSON.stringify({ ...answer, latency_ms: 0, final_url: '' }),
    )
    expect(new Set(texts).size).toBe(1)
    expect(reasonsSince(from)).toEqual(forbidden.map(([, found]) => `address-refused: ${found}`))
    expect(JSON.stringify(gate.entries(from))).not.toMatch(/169\.254|93\.184/)
  })

  it('EGR-07: goes to the address that was looked at; a name that changes its mind is not asked a second time', async () => {
    await gate.grantNetwork('beta', ['rebinding.example.com'], port)
    const [answer] = await gate.probe('beta', 'python', ['request', get(`https://rebinding.example.com:${port}/`)])
    expect(answer).toMatchObject({ success: true, body: 'hello' })
    expect(rebound).toBe(1)
    await gate.must('POST', '/api/network/revoke', { pack_id: 'beta' })
  })

  it('EGR-09: is denied when it is led where it may not go, and after three redirects', async () => {
    const sent = gate.server.requests.length
    const asked = gate.resolver.asked.length
    const wishes = Object.keys(redirects).map((name) => ['request', get(url(`/to/${name}`))] as const)
    const answers = await gate.probe('alpha', 'typescript', ...wishes)
    for (const answer of answers) expect(answer).toMatchObject({ success: false, body: '' })
    expect(answers.map(({ error_type: type }: { error_type: string }) => type)).toEqual([
      ...Array(5).fill('egress_denied'),
      'too_many_redirects',
    ])
    expect(gate.server.requests.slice(sent).map(({ url: path }) => path)).toEqual([
      ...Object.keys(redirects).map((name) => `/to/${name}`),
      ...Array(3).fill('/to/around'),
    ])
    expect(gate.resolver.asked.slice(asked)).not.toContain('evil.example.org')
  })

  it('EGR-15: has one deadline for all of it, however the server drips', async () => {
    const [answer] = await gate.probe('alpha', 'python', ['request', get(url('/drip'), { timeout_seconds: 0.3 })])
    expect(answer).toMatchObject({ success: false, error_type: 'timeout', body: '' })
  })

  it('EGR-16: ends at 4 MiB, as it comes and decoded', async () => {
    const [large, bomb] = await gate.probe(
      ...(['alpha', 'python'] as const),
      ['request', get(url('/large'))],
      ['request', get(url('/bomb'))],
    )
    for (const answer of [large, bomb]) {
      expect(answer).toMatchObject({ success: false, error_type: expect.stringMatching(/too_large/), body: '' })
    }
  })

  it('EGR-19: is one of sixty in a minute; another pack is not harmed', async () => {
    const [outcomes] = await gate.probe('busy', 'python', ['repeat', 1000, get(url('/often'))])
    expect(outcomes).toEqual({ ok: 60, rate_limited: 940 })
    expect(gate.server.requests.filter(({ url: path }) => path === '/often')).toHaveLength(60)
    const [other] = await gate.probe('alpha', 'python', ['request', get(url())])
    expect(other).toMatchObject({ success: true })
  })

  it('EGR-20: does not come back to this system, by loopback or an address of this machine, whatever is granted', async () => {
    const own = gate.rumi.server.port
    const outward = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => !one.internal))
    const addresses = outward.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
    const hosts = ['127.0.0.1', 'localhost', ...addresses]
    await gate.grantNetwork('beta', hosts, own)
    const from = gate.entries().length
    const wishes = ['127.0.0.1', '2130706433', ...addresses].map(
      (host) => ['request', get(`http://${host}:${own}/api/packs`)] as const,
    )
    for (const answer of await gate.probe('beta', 'python', ...wishes)) expect(answer).toMatchObject(denied)
    expect(reasonsSince(from)).toEqual(['own-port', 'own-port', ...addresses.map(() => 'address-refused: own')])
    await gate.must('POST', '/api/network/revoke', { pack_id: 'beta' })
  })

  it('EGR-25: goes past the proxy of the environment', async () => {
    let connections = 0
    const proxy = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    const address = proxy.address()
    const place = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'NODE_USE_ENV_PROXY']
    const before = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : place
    try {
      const [answer] = await gate.probe('alpha', 'python', ['request', get(url())])
      expect([answer, connections]).toMatchObject([{ success: true, body: 'hello' }, 0])
    } finally {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name]
        else process.env[name] = before[index]
      }
      proxy.close()
    }
  })
})
