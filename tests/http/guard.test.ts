import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operations } from '@rumi/app/operations'
import type { Clock } from '@rumi/kernel/base'
import { deriveDelegateToken } from '@rumi/kernel/operation'
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
/** The guard's time: a test moves it. */
let nowMs = 0
const clock: Clock = { now: () => 0, monotonicMs: () => nowMs, after: () => () => undefined }

beforeAll(async () => {
  rumi = await startTestSystem({ clock })
})
afterAll(async () => rumi.close())

/** Asks a place with whatever credentials; a minute has passed before, so that no earlier failure counts. */
async function knock(method: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  nowMs += 61_000
  return readAnswer(await fetch(rumi.server.url + path, { method, headers }))
}

const places = operations.map(({ name, who, http }) => ({
  name,
  who,
  method: http.method,
  path: http.path.replaceAll(/\{\w+\}/g, 'x'),
}))
const closed = places.filter(({ who }) => who !== 'anyone')

describe('HTTP-02: without a token', () => {
  it('nothing but the health check is open', () => {
    expect(places.filter(({ who }) => who === 'anyone').map(({ path }) => path)).toEqual(['/health'])
    expect(closed.length).toBeGreaterThan(10)
  })

  it.each(closed)('$method $path is refused', async ({ method, path }) => {
    const answer = await knock(method, path)
    expectProblem(answer, 401, 'auth.required')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each(closed)('$method $path is refused to a wrong token', async ({ method, path }) => {
    expectProblem(await knock(method, path, { authorization: `Bearer ${'x'.repeat(43)}` }), 401, 'auth.required')
  })

  it.each(places.filter(({ who }) => who === 'operator'))(
    '$method $path is refused to a delegate, who may only read and propose',
    async ({ method, path }) => {
      const authorization = `Bearer ${deriveDelegateToken(rumi.system.operatorToken)}`
      expectProblem(await knock(method, path, { authorization }), 403, 'auth.forbidden')
    },
  )

  it.each([
    ['an unknown path', 'GET', '/nowhere'],
    ['a place where a pack may have a route', 'POST', '/api/packs/x/anything'],
  ])('%s is refused to a delegate', async (_, method, path) => {
    const authorization = `Bearer ${deriveDelegateToken(rumi.system.operatorToken)}`
    expectProblem(await knock(method, path, { authorization }), 403, 'auth.forbidden')
  })

  it('approving, rejecting and running are for nobody but the operator', () => {
    const forOperator = places.filter(({ who }) => who === 'operator').map(({ name }) => name)
    const own = new Set(['approve', 'reject', 'grant', 'revoke', 'run', 'set', 'reset', 'init', 'upgrade', 'import'])
    const ofDelegates = places.filter(({ name, who }) => who === 'delegate' && own.has(name.split('.')[1] ?? ''))
    expect([ofDelegates.map(({ name }) => name), forOperator.length > 30]).toEqual([[], true])
  })

  it.each([
    ['an unknown path', 'GET', '/nowhere'],
    ['the root', 'GET', '/'],
    ['a path below the open one', 'GET', '/health/x'],
    ['the open path with another method', 'POST', '/health'],
    ['a preflight', 'OPTIONS', '/api/packs'],
    ['a method that nothing has', 'PATCH', '/api/packs'],
    ['a path that cannot be decoded', 'GET', '/api/packs/%zz'],
    ['an id that is too long', 'GET', `/api/packs/${'x'.repeat(600)}`],
  ])('%s is refused like any other', async (_what, method, path) => {
    expectProblem(await knock(method, path), 401, 'auth.required')
  })

  it('HEAD of an operation is refused too, and HEAD of the health check is not', async () => {
    expect((await fetch(`${rumi.server.url}/api/packs`, { method: 'HEAD' })).status).toBe(401)
    expect((await fetch(`${rumi.server.url}/health`, { method: 'HEAD' })).status).toBe(200)
  })

  it('the health check says that it lives and nothing else', async () => {
    expect((await knock('GET', '/health')).body).toEqual({
      success: true,
      data: { status: 'ok', needs_setup: false },
      error: null,
    })
  })

  it.each([
    ['no scheme', (token: string) => token],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['a prefix of the token', (token: string) => `Bearer ${token.slice(0, -1)}`],
    ['more than the token', (token: string) => `Bearer ${token}x`],
    ['two tokens', (token: string) => `Bearer x, Bearer ${token}`],
    ['an empty token', () => 'Bearer '],
    ['a very long token', () => `Bearer ${'a'.repeat(10_000)}`],
  ])('%s is no authentication', async (_what, header) => {
    const answer = await knock('GET', '/api/packs', { authorization: header(rumi.system.operatorToken) })
    expectProblem(answer, 401, 'auth.required')
  })

  it('the token counts in the header only', async () => {
    const token = rumi.system.operatorToken
    expectProblem(await knock('GET', `/api/packs?token=${token}&authorization=Bearer%20${token}`), 401, 'auth.required')
    expectProblem(await knock('GET', '/api/packs', { cookie: `token=${token}` }), 401, 'auth.required')
  })

  it('the name of the scheme may be written in any case', async () => {
    const answer = await knock('GET', '/api/packs', { authorization: `bearer ${rumi.system.operatorToken}` })
    expect(answer.status).toBe(200)
  })
})

describe('HTTP-03: a Host that is not ours', () => {
  const ask = async (hosts: readonly string[], target = '/api/packs', version = '1.1') => {
    const headers = hosts.map((host) => ['Host', host] as const)
    const text = rawRequest(`GET ${target}`, [['Authorization', `Bearer ${rumi.system.operatorToken}`], ...headers])
    return exchange(rumi.server.port, text.replace('HTTP/1.1', `HTTP/${version}`))
  }

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('%s and the port are ours', async (name) => {
    expect((await ask([`${name}:${rumi.server.port}`])).status).toBe(200)
  })

  it.each([
    ['a name that an attacker lets point here', (port: number) => `evil.example:${port}`],
    ['our name below an attacker’s', (port: number) => `127.0.0.1.evil.example:${port}`],
    ['our name as user', (port: number) => `127.0.0.1:${port}@evil.example`],
    ['our name without the port', () => '127.0.0.1'],
    ['our name with another port', (port: number) => `127.0.0.1:${port + 1}`],
    ['the port written differently', (port: number) => `127.0.0.1:0${port}`],
    ['the address written differently', (port: number) => `127.1:${port}`],
    ['every address of this machine', (port: number) => `0.0.0.0:${port}`],
    ['an empty one', () => ''],
  ])('%s is refused, even with the token', async (_what, host) => {
    const { status, body } = await ask([host(rumi.server.port)])
    expect({ status, problem: body?.problem?.code }).toEqual({ status: 421, problem: 'request.host' })
  })

  it('none at all and two are refused', async () => {
    const own = `127.0.0.1:${rumi.server.port}`
    for (const hosts of [[], [own, 'evil.example'], ['evil.example', own], [own, own]]) {
      const { status, body } = await ask(hosts)
      expect({ hosts, status, problem: body?.problem?.code }).toEqual({ hosts, status: 400, problem: 'request.host' })
    }
    expect((await ask([], '/api/packs', '1.0')).status).toBe(400)
  })

  it('the health check has no exception from this', async () => {
    const text = rawRequest('GET /health', [['Host', 'evil.example']])
    expect((await exchange(rumi.server.port, text)).status).toBe(421)
  })

  it.each(['http://evil.example/api/packs', 'https://127.0.0.1/api/packs', '*'])(
    'the request line may not name %s',
    async (target) => {
      const { status, body } = await ask([`127.0.0.1:${rumi.server.port}`], target)
      expect({ status, problem: body?.problem?.code }).toEqual({ status: 421, problem: 'request.host' })
    },
  )

  it('the request line may name us, as it does through a proxy', async () => {
    const own = `127.0.0.1:${rumi.server.port}`
    expect((await ask([own], `http://${own}/api/packs`)).status).toBe(200)
  })
})

describe('HTTP-04: a web page', () => {
  const own = { authorization: '' }
  beforeAll(() => {
    own.authorization = `Bearer ${rumi.system.operatorToken}`
  })

  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'file://',
    'http://localhost.evil',
  ])('of the origin %s is refused, even with the token, and gets no permission to read', async (origin) => {
    for (const [method, path] of [
      ['GET', '/health'],
      ['POST', '/api/packs/scan'],
      ['OPTIONS', '/api/packs'],
    ] as const) {
      const answer = await knock(method, path, { ...own, origin })
      expectProblem(answer, 403, 'request.origin')
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })

  it('of our own is served', async () => {
    expect((await knock('GET', '/api/packs', { ...own, origin: rumi.server.url })).status).toBe(200)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonx',
    '',
  ])('cannot post %j, the types it may send without asking', async (type) => {
    const answer = await readAnswer(
      await fetch(`${rumi.server.url}/api/packs/scan`, {
        method: 'POST',
        headers: { ...own, 'content-type': type },
        body: Buffer.from('{}'),
      }),
    )
    expectProblem(answer, 415, 'request.content_type')
  })

  it('finds no reply that a browser would render, keep or frame', async () => {
    for (const path of ['/health', '/api/packs', '/nowhere', '/api/packs/%zz']) {
      const { headers } = await knock('GET', path, own)
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'content-security-policy': "default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
      expect(headers.has('set-cookie')).toBe(false)
    }
  })
})

describe('HTTP-15: guessing the token', () => {
  const guess = async (path = '/api/packs') => {
    const response = await fetch(rumi.server.url + path, { headers: { authorization: 'Bearer wrong' } })
    return readAnswer(response)
  }

  it('is stopped after ten wrong ones, and a minute after them it may go on', async () => {
    nowMs += 61_000
    for (let count = 0; count < 10; count += 1) {
      expectProblem(await guess(), 401, 'auth.required')
      nowMs += 1000
    }
    expectProblem(await guess(), 429, 'auth.too_many')
    expectProblem(await guess('/health'), 429, 'auth.too_many')
    nowMs += 49_000
    expectProblem(await guess(), 429, 'auth.too_many')
    nowMs += 1000 // the first of the ten is a minute old
    expectProblem(await guess(), 401, 'auth.required')
    expectProblem(await guess(), 429, 'auth.too_many')
  })

  it('does not lock out who has the token, nor who asks without one', async () => {
    for (let count = 0; count < 12; count += 1) await guess()
    expectProblem(await guess(), 429, 'auth.too_many')
    expect((await rumi.ask('GET', '/api/packs')).status).toBe(200)
    expect((await fetch(`${rumi.server.url}/health`)).status).toBe(200)
    expect((await fetch(`${rumi.server.url}/api/packs`)).status).toBe(401)
  })

  it('learns nothing from the refusal', async () => {
    nowMs += 61_000
    const answers = [await guess(), await knock('GET', '/api/packs')]
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    expectNothingLeaks(JSON.stringify(answers))
  })
})
