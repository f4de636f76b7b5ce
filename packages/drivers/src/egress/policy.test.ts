import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { EgressClientOptions } from './client.ts'
import type { Dial } from './connection.ts'
import { countingResolver, grantFor, requestTo, startServer, testClient } from './test-network.ts'

/** Every refusal by policy reads the same. */
const deniedText = 'Request blocked by security policy'

const { signal } = new AbortController()

/** Dials nowhere, and says where it was asked to. */
function deadDial(): { readonly dial: Dial; readonly dialled: string[] } {
  const dialled: string[] = []
  const dial: Dial = ({ address }) => {
    dialled.push(address)
    return new Socket().destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
  }
  return { dial, dialled }
}

async function ask(url: string, grant: ReturnType<typeof grantFor>, options: Partial<EgressClientOptions> = {}) {
  const { dial, dialled } = deadDial()
  const resolver = countingResolver(() => ['93.184.216.34'])
  const { answer, record } = await testClient({ dial, resolver, ...options }).request(requestTo(url, grant), signal)
  return { answer, record, dialled, asked: resolver.asked }
}

describe('grant before name', () => {
  it('EGR-01: a host that is not granted is denied with not one name looked up', async () => {
    const { answer, record, dialled, asked } = await ask('https://evil.com/x?q=1', grantFor(443, 'api.example.com'))
    expect(asked).toEqual([])
    expect(dialled).toEqual([])
    expect(answer).toMatchObject({ success: false, status_code: 0, error: deniedText, error_type: 'egress_denied' })
    expect(record).toMatchObject({ outcome: 'egress_denied', reason: { kind: 'host-not-granted', depth: 0 } })
  })

  it('a granted host is looked up once and its address is dialled', async () => {
    const { answer, dialled, asked } = await ask('https://api.example.com/', grantFor(443, 'api.example.com'))
    expect(asked).toEqual(['api.example.com'])
    expect(dialled).toEqual(['93.184.216.34'])
    expect(answer.error_type).toBe('connection_refused')
  })

  it('a grant that is taken back during the lookup counts', async () => {
    const { dial, dialled } = deadDial()
    const grant = grantFor(443, 'api.example.com')
    const resolver = countingResolver(() => ['93.184.216.34'])
    const chain = () => (resolver.asked.length === 0 ? [grant] : [undefined])
    const request = requestTo('https://api.example.com/', grant, { authorize: { chain } })
    const { record } = await testClient({ dial, resolver }).request(request, signal)
    expect(record.reason).toEqual({ kind: 'no-grant', depth: 0 })
    expect(dialled).toEqual([])
  })
})

describe('addresses', () => {
  it.each([
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://0.0.0.0/',
    'http://[::]/',
  ])('EGR-03: %s is denied, also when it is granted', async (url) => {
    const grant = { ...grantFor(80, '*.example.com'), domains: ['127.0.0.1', '::1', '0.0.0.0', '::'] }
    const { answer, record, dialled, asked } = await ask(url, grant)
    expect(answer.error).toBe(deniedText)
    expect(record.reason).toMatchObject({ kind: 'address-refused' })
    expect([...dialled, ...asked]).toEqual([])
  })

  it.each([
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[::127.0.0.1]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  ])('EGR-04: %s is denied, also when it is granted', async (host) => {
    const { record, dialled } = await ask(`http://${host}/`, grantFor(80, host))
    expect(record.reason).toEqual({ kind: 'address-refused', class: 'ipv4-embedded' })
    expect(dialled).toEqual([])
  })

  it.each([
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
    ['5.5.5.5', 'own'],
    ['192.168.7.7', 'own'],
    ['not-an-address', 'invalid'],
  ])('EGR-05: a name that resolves to %s is denied; the pack does not learn why', async (address, found) => {
    const { answer, record, dialled } = await ask('https://api.example.com/', grantFor(443, 'api.example.com'), {
      resolver: countingResolver(() => ['93.184.216.34', address]),
      ownAddresses: () => ['5.5.5.5', '192.168.7.7'],
    })
    expect(record.reason).toEqual({ kind: 'address-refused', class: found })
    expect(answer.error).toBe(deniedText)
    expect(JSON.stringify([answer, record])).not.toContain(address)
    expect(dialled).toEqual([])
  })

  it('classifies the static table of hosts as well, and does not look its names up', async () => {
    const resolver = countingResolver(() => ['93.184.216.34'])
    const hosts = new Map([['api.example.com', [{ address: '10.0.0.1', allowPrivate: false }]]])
    const grant = { ...grantFor(443, 'api.example.com'), allowPrivate: [] }
    const { record } = await ask('https://api.example.com/', grant, { resolver, hosts })
    expect(record.reason).toEqual({ kind: 'address-refused', class: 'private' })
    expect(resolver.asked).toEqual([])
  })

  it.each([
    ['10.0.0.1', 443, 'connection_refused'],
    ['127.0.0.1', 443, 'connection_refused'],
    ['127.0.0.1', 8765, 'egress_denied'],
    ['169.254.169.254', 443, 'egress_denied'],
    ['192.0.2.1', 443, 'egress_denied'],
  ])(
    'takes the word of the table for %s:%i, but not beyond this network and not for our own port',
    async (address, port, outcome) => {
      const hosts = new Map([['api.example.com', [{ address, port, allowPrivate: true }]]])
      const grant = { ...grantFor(443, 'api.example.com'), allowPrivate: [] }
      const resolver = countingResolver(() => ['93.184.216.34'])
      const { dial, dialled } = deadDial()
      const { record } = await ask('https://api.example.com/', grant, { resolver, hosts, ownPorts: () => [8765], dial })
      expect(record.outcome).toBe(outcome)
      expect(dialled).toEqual(outcome === 'egress_denied' ? [] : [address])
      expect(resolver.asked).toEqual([])
    },
  )

  it('EGR-07: the second answer of a rebinding name is never asked for', async () => {
    const resolver = countingResolver((_, count) => (count === 1 ? ['93.184.216.34'] : ['127.0.0.1']))
    const { dialled } = await ask('https://api.example.com/', grantFor(443, 'api.example.com'), { resolver })
    expect(resolver.asked).toEqual(['api.example.com'])
    expect(dialled).toEqual(['93.184.216.34'])
  })

  it('EGR-08: an address in the URL is classified although it is never looked up', async () => {
    const { record, asked } = await ask('http://10.1.2.3/', { ...grantFor(80, '10.1.2.3'), allowPrivate: [] })
    expect(record.reason).toEqual({ kind: 'address-refused', class: 'private' })
    expect(asked).toEqual([])
  })

  it('EGR-20: the own API is out of reach, by the address of an interface and by loopback, whatever is granted', async () => {
    const grant = grantFor(8765, 'api.example.com', 'localhost')
    const byInterface = await ask('http://api.example.com:8765/', grant, {
      resolver: countingResolver(() => ['192.168.7.7']),
      ownAddresses: () => ['192.168.7.7'],
    })
    expect(byInterface.record.reason).toEqual({ kind: 'address-refused', class: 'own' })
    const byLoopback = await ask('http://localhost:8765/', grant, {
      resolver: countingResolver(() => ['127.0.0.1']),
      ownPorts: () => [8765],
    })
    expect(byLoopback.record.reason).toEqual({ kind: 'own-port' })
    expect([...byInterface.dialled, ...byLoopback.dialled]).toEqual([])
  })

  it('a name without addresses, and one that nobody answers for, is an error of names', async () => {
    const grant = grantFor(443, 'api.example.com')
    const none = await ask('https://api.example.com/', grant, { resolver: countingResolver(() => []) })
    expect(none.record).toMatchObject({ outcome: 'dns_error', reason: { kind: 'dns', code: 'ENODATA' } })
    const failing = countingResolver(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })))
    const failed = await ask('https://api.example.com/', grant, { resolver: failing })
    expect(failed.record).toMatchObject({ outcome: 'dns_error', reason: { kind: 'dns', code: 'ENOTFOUND' } })
  })
})

describe('requests', () => {
  it.each([
    ['EGR-11: a reserved header', { headers: { Host: 'evil.com' } }, 'header-reserved'],
    ['EGR-12: a line break in a header', { headers: { 'X-A': 'a\r\nHost: evil' } }, 'header-value'],
    ['a method that is none of the six', { method: 'CONNECT' }, 'method'],
    ['no time', { timeoutMs: 0 }, 'timeout'],
    ['too much time', { timeoutMs: 120_001 }, 'timeout'],
    ['a time that is no number', { timeoutMs: Number.NaN }, 'timeout'],
    ['a body over 1 MiB', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) }, 'body-too-large'],
    ['a broken reference to a secret', { headers: { 'X-A': '${secret:x}' } }, 'secret-reference'],
  ])('%s is a bad request, before anything else happens', async (...[, parts, kind]) => {
    const resolver = countingResolver(() => ['127.0.0.1'])
    const request = requestTo('https://api.example.com/', grantFor(443, 'api.example.com'), parts)
    const { answer, record } = await testClient({ resolver }).request(request, signal)
    expect(answer.error_type).toBe('bad_request')
    expect(record).toMatchObject({ reason: { kind: 'request', refusal: { kind } }, hops: [] })
    expect(resolver.asked).toEqual([])
  })

  it('EGR-19: a pack that asks too often is limited; another is not', async () => {
    const rate = { limit: 3, windowMs: 60_000, maxPrincipals: 10 }
    const client = testClient({ ...deadDial(), rate })
    const grant = grantFor(443, 'api.example.com')
    const types: (string | null)[] = []
    for (let count = 0; count < 10; count += 1) {
      types.push((await client.request(requestTo('https://api.example.com/', grant), signal)).answer.error_type)
    }
    expect(types.filter((type) => type === 'connection_refused')).toHaveLength(3)
    expect(types.filter((type) => type === 'rate_limited')).toHaveLength(7)
    const other = requestTo('https://api.example.com/', grant, { principal: 'other_pack' })
    expect((await client.request(other, signal)).answer.error_type).toBe('connection_refused')
  })

  it('EGR-19: what is denied is not counted', async () => {
    const client = testClient({ ...deadDial(), rate: { limit: 1, windowMs: 60_000, maxPrincipals: 10 } })
    const grant = grantFor(443, 'api.example.com')
    await client.request(requestTo('https://evil.com/', grant), signal)
    expect((await client.request(requestTo('https://api.example.com/', grant), signal)).answer.error_type).toBe(
      'connection_refused',
    )
  })

  it('holds only so many requests of one pack at a time', async () => {
    const held: (() => void)[] = []
    const arrived = Promise.withResolvers<void>()
    await using server = await startServer('http', (_, response) => {
      held.push(() => response.end('late'))
      arrived.resolve()
    })
    const client = testClient({ maxInFlight: 1 })
    const grant = grantFor(server.port, 'api.example.com')
    const request = requestTo(`http://api.example.com:${server.port}/`, grant)
    const first = client.request(request, signal)
    await arrived.promise
    const second = await client.request(request, signal)
    expect(second.record).toMatchObject({ outcome: 'rate_limited', reason: { kind: 'too-many-in-flight' } })
    for (const release of held) release()
    expect((await first).answer.body).toBe('late')
    const third = client.request({ ...request, method: 'PUT' }, signal)
    await expect.poll(() => held.length).toBe(2)
    held[1]?.()
    expect((await third).answer.body).toBe('late')
    client.close()
  })
})
