import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/index.ts'
import {
  answerFailure,
  decideEgress,
  findSecretNames,
  type EgressFailure,
  type EgressOutcome,
  type EgressRequest,
} from '../egress/index.ts'
import { grantCollection } from '../grant/index.ts'
import type { GatePorts } from './ports.ts'
import { createTestGate } from '../testing/index.ts'

const network = 'network.request'
const api = { allowed_domains: ['api.example.com'], allowed_ports: [443] }

/** The client as the gate sees it: decides, asks for secrets, and answers; `fail` says otherwise. */
function createEgress(fail: (request: EgressRequest) => EgressFailure | undefined = () => undefined) {
  const requests: EgressRequest[] = []
  const opened: unknown[] = []
  const performEgress: GatePorts['performEgress'] = async (request) => {
    requests.push(request)
    const failure = fail(request) ?? (await refuse(request, opened))
    return conclude(request, failure)
  }
  return { requests, opened, performEgress }
}

async function refuse(request: EgressRequest, opened: unknown[]): Promise<EgressFailure | undefined> {
  const { authorize, destination, headers } = request
  const decision = decideEgress(authorize.chain(), destination)
  if (!decision.allowed) return { type: 'egress_denied', reason: decision.reason }
  const names = findSecretNames(Object.entries(headers))
  for (const name of names.ok ? names.value : []) {
    const secret = await authorize.resolveSecret?.(name, destination)
    opened.push(secret)
    if (secret?.ok !== true) return { type: 'egress_denied', reason: { kind: 'secret-refused', name } }
  }
  return undefined
}

function conclude(request: EgressRequest, failure: EgressFailure | undefined): EgressOutcome {
  const { scheme, host, port, pathHash, url } = request.destination
  const about = { url, latencyMs: 1.23456, redirectHops: 0 }
  const failed = answerFailure(failure ?? { type: 'timeout', reason: { kind: 'no-address' } }, about)
  const record = {
    ...{ principal: request.principal, method: request.method.toUpperCase(), requestBytes: 3, responseBytes: 5 },
    ...{ secrets: ['NAME'], latencyMs: 1.23456, hops: [{ scheme, host, port, pathHash, status: 200 }] },
  }
  if (failure) return { answer: failed, record: { ...record, outcome: failure.type, reason: failure.reason } }
  return {
    answer: { ...failed, success: true, status_code: 200, body: 'hello', error: null, error_type: null },
    record: { ...record, outcome: 'answered' },
  }
}

function setUp(fail?: (request: EgressRequest) => EgressFailure | undefined) {
  const egress = createEgress(fail)
  const gate = createTestGate([], {
    performEgress: egress.performEgress,
    openSecret: async () => ({ ok: true, value: 's3cret' }),
  })
  const session = gate.open('a')
  const ask = async (message: JsonObject, from = session): Promise<JsonObject> =>
    (await from.ask({ kind: 'http', method: 'GET', ...message }, new AbortController().signal)) as JsonObject
  const get = (url: string, headers: JsonObject = {}) => ask({ url, headers })
  return { ...gate, egress, session, ask, get }
}

describe('a request to the network', () => {
  it('goes out as it was asked for, for at most two minutes', async () => {
    const gate = setUp()
    await gate.grant('a', network, api)
    await gate.ask({ url: 'https://API.example.com/p?q', method: 'post', headers: { A: 'b' }, body: 'x' })
    await gate.ask({ url: 'https://api.example.com', body_base64: 'AAE=', timeout_seconds: 999 })
    await gate.ask({ url: 'https://api.example.com', headers: null, body: null, timeout_seconds: 2 })
    expect(gate.egress.requests).toMatchObject([
      {
        ...{ principal: 'a', method: 'post', headers: { A: 'b' }, body: 'x', timeoutMs: 30_000 },
        destination: { host: 'api.example.com', port: 443, target: '/p?q' },
      },
      { headers: {}, body: Buffer.from([0, 1]), timeoutMs: 120_000 },
      { headers: {}, timeoutMs: 2_000 },
    ])
    expect(gate.egress.requests[2]?.body).toBeUndefined()
  })

  it.each<[JsonObject, string]>([
    [{ url: 7 }, 'Invalid request: header-value (url)'],
    [{}, 'Invalid request: header-value (url)'],
    [{ url: 'https://a.example', method: 'x'.repeat(17) }, 'Invalid request: header-value (method)'],
    [{ url: 'https://a.example', headers: { a: 1 } }, 'Invalid request: header-value (headers)'],
    [{ url: 'https://a.example', body: {} }, 'Invalid request: header-value (body)'],
    [{ url: 'https://a.example', body_base64: '###' }, 'Invalid request: header-value (body_base64)'],
    [{ url: 'https://a.example', timeout_seconds: 0 }, 'Invalid request: header-value (timeout_seconds)'],
    [{ url: 'ftp://a.example' }, 'Invalid URL: scheme'],
    [{ url: 'https://user@a.example' }, 'Invalid URL: userinfo'],
    [{ url: 'https://granted.example\\@a.example' }, 'Invalid URL: forbidden-character'],
    [{ url: `https://a.example/${'x'.repeat(9_000)}` }, 'Invalid URL: too-long'],
  ])('is not sent when it is malformed: %j', async (message, error) => {
    const gate = setUp()
    await gate.grant('a', network, { allowed_domains: ['a.example'], allowed_ports: [443] })
    const answer = await gate.ask(message)
    expect(answer).toMatchObject({ success: false, error, error_type: 'bad_request', status_code: 0 })
    expect(JSON.stringify(answer['final_url']).length).toBeLessThanOrEqual(202)
    expect(gate.egress.requests).toEqual([])
  })

  it('is on the ledger before it is answered, without query, header or body', async () => {
    const gate = setUp()
    await gate.grant('a', network, api)
    let isOnDisk = false
    gate.state.beforeCommit = (after) => {
      isOnDisk = after.ledger.entries(0, 9).at(-1)?.kind === 'network.request'
    }
    await gate.ask({ url: 'https://api.example.com/s3cret?k=s3cret', headers: { 'x-key': 's3cret' }, body: 's3cret' })
    expect(isOnDisk).toBe(true)
    expect(gate.state.entries).toMatchObject([
      {
        ...{ kind: 'network.request', actor: 'a', subject: 'api.example.com:443' },
        data: {
          ...{ method: 'GET', outcome: 'answered', request_bytes: 3, response_bytes: 5, latency_ms: 1.235 },
          hops: [{ scheme: 'https', host: 'api.example.com', port: 443, path_hash: expect.any(String), status: 200 }],
          ...{ secrets: ['NAME'], flow_id: 'f', step_id: 's1', seq: 4 },
        },
      },
    ])
    expect(JSON.stringify(gate.state.entries)).not.toContain('s3cret')
  })

  it('is denied in one text, and the operator reads why and what would allow it', async () => {
    const gate = setUp()
    await gate.grant('a', network, api)
    const answers = [
      await gate.get('https://api.example.com:8443/x'),
      await gate.get('https://other.example.com/x'),
      await gate.ask({ url: 'https://api.example.com/x' }, gate.open('b')),
    ]
    expect(new Set(answers.map(({ error }) => error))).toEqual(new Set(['Request blocked by security policy']))
    expect(gate.denials().map(({ subject, reasons, needs }) => [subject, reasons, needs])).toEqual(
      expect.arrayContaining([
        [
          'api.example.com:8443',
          ['port-not-granted'],
          { allowed_domains: ['api.example.com'], allowed_ports: [8443], allow_private: [] },
        ],
        [
          'other.example.com:443',
          ['host-not-granted'],
          { allowed_domains: ['other.example.com'], allowed_ports: [443], allow_private: [] },
        ],
        [
          'api.example.com:443',
          ['no-grant'],
          { allowed_domains: ['api.example.com'], allowed_ports: [443], allow_private: [] },
        ],
      ]),
    )
    expect(gate.kinds()).toEqual(['network.deny', 'network.deny', 'network.deny'])
  })

  it('EGR-23: says of a grant that is there and does not count why it does not', async () => {
    const gate = setUp()
    await gate.grant('a', network, api)
    await gate.state.write((state) => {
      const kept = state.documents.find(grantCollection, `a:${network}`)
      if (typeof kept === 'object')
        state.putDocument(grantCollection, `a:${network}`, { ...kept, signature: '0'.repeat(64) })
    })
    expect(await gate.get('https://api.example.com/x')).toMatchObject({ error: 'Request blocked by security policy' })
    expect(gate.state.entries.at(-1)).toMatchObject({ kind: 'network.deny', data: { reason: 'a: signature-invalid' } })
    expect(gate.denials()).toMatchObject([{ reasons: ['a: signature-invalid'] }])
  })

  it.each<[string, string[]]>([
    ['http://localhost:11434/', ['localhost:11434']],
    ['http://127.0.0.1:11434/', ['127.0.0.1:11434']],
    ['http://[::1]:80/', ['[::1]:80']],
    ['http://192.168.1.5/', ['192.168.1.5:80']],
    ['http://[fd12::1]/', ['[fd12::1]:80']],
    ['http://93.184.216.34/', []],
  ])('to %s needs to be named as private when it is', async (url, allowPrivate) => {
    const gate = setUp()
    await gate.get(url)
    expect(gate.denials()).toMatchObject([{ reasons: ['no-grant'], needs: { allow_private: allowPrivate } }])
  })

  it('to a name that turned out to be private needs to be named as private', async () => {
    const gate = setUp(() => ({ type: 'egress_denied', reason: { kind: 'address-refused', class: 'private' } }))
    await gate.get('http://nas.example.com:5000/')
    expect(gate.denials()).toMatchObject([
      {
        reasons: ['address-refused: private'],
        needs: { allowed_domains: ['nas.example.com'], allowed_ports: [5000], allow_private: ['nas.example.com:5000'] },
      },
    ])
  })

  it.each<[string, EgressFailure | undefined]>([
    ['http://169.254.169.254/', undefined],
    ['http://[fe80::1]/', undefined],
    ['http://[::ffff:7f00:1]/', undefined],
    ['http://0.0.0.0/', undefined],
    ['https://co.uk/', undefined],
    ['https://com/', undefined],
    ['http://a.example/', { type: 'egress_denied', reason: { kind: 'address-refused', class: 'metadata' } }],
    ['http://localhost:1/', { type: 'egress_denied', reason: { kind: 'own-port' } }],
    ['http://a.example/', { type: 'egress_denied', reason: { kind: 'secret-in-clear' } }],
    ['http://a.example/', { type: 'egress_denied', reason: { kind: 'destination', refusal: 'downgrade' } }],
  ])('to %s suggests nothing when no grant could allow it', async (url, failure) => {
    const gate = setUp(() => failure)
    await gate.get(url)
    expect(gate.denials()).toMatchObject([{ permissionId: network, needs: {} }])
  })

  it('has an entry of its own 120 times a minute when it is denied, and none when it is over its rate', async () => {
    const types: Record<string, EgressFailure> = {
      'https://rate.example/': { type: 'rate_limited', reason: { kind: 'rate', retryAfterMs: 1 } },
      'https://bad.example/': { type: 'bad_request', reason: { kind: 'request', refusal: { kind: 'method' } } },
    }
    const gate = setUp(({ destination }) => types[destination.url])
    for (let index = 0; index < 3; index += 1) {
      await gate.get('https://rate.example/')
      await gate.get('https://bad.example/')
    }
    for (let index = 0; index < 122; index += 1) await gate.get('https://a.example/')
    expect([gate.kinds().length, gate.denials().map(({ count }) => count)]).toEqual([120, [120]])
    expect(gate.session.finish().map(({ subject, data }) => [subject, data['outcome'], data['count']])).toEqual([
      ['rate.example:443', 'rate_limited', 3],
      ['bad.example:443', 'bad_request', 3],
      ['a.example:443', 'denied', 2],
    ])
  })

  it('asks for the grants again at every step', async () => {
    let chain: EgressRequest['authorize']['chain'] | undefined
    const gate = setUp((request) => {
      chain = () => request.authorize.chain()
      return undefined
    })
    await gate.grant('a', network, api)
    await gate.get('https://api.example.com')
    const before = chain?.()
    await gate.revoke('a', network)
    expect([before, chain?.()]).toMatchObject([[{ domains: ['api.example.com'] }], [undefined]])
  })

  it.each<[string, JsonObject]>([
    ['is everything', { allowed_domains: ['*'], allowed_ports: [443] }],
    ['is a shared suffix', { allowed_domains: ['*.co.uk', 'api.example.com'], allowed_ports: [443] }],
    ['has an unknown member', { ...api, allowed_hosts: ['api.example.com'] }],
    ['has a port that is none', { ...api, allowed_ports: [443, 0] }],
  ])('is denied under a kept grant that %s', async (_name, config) => {
    const gate = setUp()
    await gate.grant('a', network, config)
    expect((await gate.get('https://api.example.com')).error_type).toBe('egress_denied')
  })
})

describe('a secret in a header', () => {
  const inject = 'secrets.inject'
  const header = { Authorization: 'Bearer ${secret:API_KEY}' }
  const url = 'https://api.example.com/v1'
  const bound = { allowed_bindings: ['API_KEY@api.example.com:443'] }

  it('is given for the place that it is bound to', async () => {
    const gate = setUp()
    await gate.grant('a', network, api)
    await gate.grant('a', inject, bound)
    expect((await gate.get(url, header)).success).toBe(true)
    expect(gate.egress.opened).toEqual([{ ok: true, value: 's3cret' }])
  })

  it.each<[string, string, JsonObject]>([
    ['another port', 'https://api.example.com:8443/', bound],
    ['another host', 'https://cdn.example.com/', bound],
    ['another secret', url, { allowed_bindings: ['OTHER@api.example.com:443'] }],
    ['any secret', url, { allowed_bindings: ['*@api.example.com:443', '*'] }],
    ['no list', url, {}],
  ])('is not given when the binding is for %s', async (_name, place, config) => {
    const gate = setUp()
    await gate.grant('a', network, {
      allowed_domains: ['api.example.com', 'cdn.example.com'],
      allowed_ports: [443, 8443],
    })
    await gate.grant('a', inject, config)
    expect(await gate.get(place, header)).toMatchObject({ error: 'Request blocked by security policy' })
    const { host } = new URL(place)
    const needs = { allowed_bindings: [`API_KEY@${host.includes(':') ? host : `${host}:443`}`] }
    expect(gate.denials()).toMatchObject([{ permissionId: inject, reasons: ['secret-refused: API_KEY'], needs }])
    expect(gate.egress.opened).toEqual([{ ok: false, error: 'not-bound' }])
  })

  it('is not given when an ancestor has no such binding', async () => {
    const gate = setUp()
    for (const principal of ['a', 'a__b']) await gate.grant(principal, network, api)
    await gate.grant('a__b', inject, bound)
    const ask = () => gate.ask({ url, headers: header }, gate.open('a__b'))
    const before = await ask()
    await gate.grant('a', inject, { allowed_bindings: ['API_KEY@other.example.com:443'] })
    const between = await ask()
    await gate.grant('a', inject, bound)
    expect([before.error_type, between.error_type, (await ask()).success]).toEqual([
      'egress_denied',
      'egress_denied',
      true,
    ])
  })
})

describe('network_check', () => {
  it('tells in the documented words whether a place is granted, and sends nothing', async () => {
    const gate = setUp()
    await gate.grant('a', network, { ...api, allowed_domains: ['api.example.com', '*.wild.example'] })
    const check = async (message: JsonObject, principal = 'a'): Promise<unknown> =>
      gate.open(principal).ask({ kind: 'network_check', ...message }, new AbortController().signal)
    expect([
      await check({ domain: 'api.example.com', port: 443 }),
      await check({ domain: 'API.example.com' }),
      await check({ domain: 'x.wild.example' }),
      await check({ domain: 'evil.example.com' }),
      await check({ domain: 'api.example.com', port: 80 }),
      await check({ domain: 'api.example.com' }, 'b'),
      await check({ domain: 'api.example.com' }, 'a__b'),
    ]).toEqual([
      { allowed: true, reason: 'Access granted' },
      { allowed: true, reason: 'Access granted' },
      { allowed: true, reason: 'Access granted' },
      { allowed: false, reason: "Domain 'evil.example.com' not in allowed list" },
      { allowed: false, reason: 'Port 80 not in allowed list' },
      { allowed: false, reason: 'No network grant for this pack' },
      { allowed: false, reason: 'No network grant for this pack' },
    ])
    for (const message of [
      {},
      { domain: 7 },
      { domain: 'a/b' },
      { domain: 'a.example', port: 0 },
      { domain: 'a.example', port: 1.5 },
      { domain: 'a.example', port: '443' },
      { domain: 'a'.repeat(301) },
    ])
      expect(await check(message)).toEqual({ allowed: false, reason: 'This is no host and port' })
    expect([gate.egress.requests, gate.kinds()]).toEqual([[], []])
  })
})
