import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  exchange,
  expectProblem,
  packFiles,
  rawRequest,
  readAnswer,
  startTestSystem,
  type TestSystem,
} from './system.ts'

/** A flow that sets values. */
function setFlow(flowId: string, sets: Readonly<Record<string, unknown>>, outputs = Object.keys(sets)): string {
  const steps = Object.entries(sets).map(([key, value], index) => ({
    id: `s${index}`,
    phase: 'main',
    type: 'set',
    input: { key, value },
  }))
  return JSON.stringify({ flow_id: flowId, outputs, phases: ['main'], steps })
}

const names = ['city', 'unit', 'note', 'list', '_raw_body', '_method', '_path', '_path_params', '_headers', '_secret']
const seen = Object.fromEntries(names.map((name) => [name, `\${ctx.${name}}`]))
const respond = (sets: Readonly<Record<string, unknown>>) => ({ flow: setFlow('weather.answer', sets) })
const answers: Readonly<Record<string, { readonly flow: string }>> = {
  status999: respond({ _status_code: 999 }),
  status199: respond({ _status_code: 199 }),
  statusText: respond({ _status_code: '200' }),
  noHeaders: respond({ _headers: 'Set-Cookie: a=b' }),
  split: respond({ _headers: { 'Content-Language': 'en\r\nSet-Cookie: a=b', ETag: '"1"' }, _body: 'hi' }),
  cookie: respond({ _headers: { 'Set-Cookie': 'a=b', 'X-Frame-Options': 'x', 'Access-Control-Allow-Origin': '*' } }),
  loose: respond({ _headers: { 'Content-Security-Policy': '', 'Content-Type': 'text/html' }, _body: '<script>' }),
  large: respond({ _body: 'x'.repeat(3000) }),
  created: respond({
    _status_code: 201,
    _headers: { Location: '/api/weather/1', 'Retry-After': '9' },
    _body: { id: 1 },
  }),
  empty: respond({ _status_code: 204, _body: 'not sent' }),
  others: { flow: setFlow('weather.answer', { a: 1, _status_code: 418 }) },
  undeclared: { flow: setFlow('weather.answer', { a: 1, _status_code: 418, _body: 'x' }, ['a']) },
  echo: { flow: setFlow('weather.answer', { a: 1 }, ['a', '_headers', '_body']) },
}
const weather = packFiles('weather', {
  'routes.json': JSON.stringify({
    routes: [
      { method: 'GET', path: '/api/weather/{city}', flow_id: 'weather.get', description: 'By city' },
      { method: 'get', path: '/api/weather/best', flow_id: 'weather.best' },
      { method: 'POST', path: '/api/packs/weather/notes/{city}', flow_id: 'weather.get' },
      { method: 'DELETE', path: '/api/weather/{city}', flow_id: 'weather.get' },
      { method: 'GET', path: '/api/packs/weather/lent', flow_id: 'lender.get' },
      { method: 'GET', path: '/api/packs/weather/claimed', flow_id: 'weather.claimed' },
      { method: 'GET', path: '/api/packs/weather/gone', flow_id: 'weather.gone' },
      { method: 'GET', path: '/api/packs/weather/slow', flow_id: 'weather.slow', timeout: 1 },
      ...Object.keys(answers).map((name) => ({
        method: 'GET',
        path: `/api/packs/weather/answers/${name}`,
        flow_id: `weather.${name}`,
      })),
      { method: 'GET', path: 'bad' },
    ],
  }),
  'flows/get.flow.json': setFlow('weather.get', { seen }),
  'flows/best.flow.json': setFlow('weather.best', { best: 'Tokyo' }),
  'blocks/slow.py': 'import time\n\ndef run(input_data, context=None):\n    time.sleep(30)\n',
  'flows/slow.flow.json': JSON.stringify({
    flow_id: 'weather.slow',
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'block', file: 'slow.py' }],
  }),
  ...Object.fromEntries(
    Object.entries(answers).map(([name, { flow }]) => [
      `flows/answers/${name}.flow.json`,
      flow.replace('weather.answer', `weather.${name}`),
    ]),
  ),
})
const lender = packFiles('lender', {
  'flows/get.flow.json': setFlow('lender.get', { secret: 1 }),
  'flows/claimed.flow.json': setFlow('weather.claimed', { secret: 1 }),
})
const routed = (packId: string, method: string, path: string) =>
  packFiles(packId, { 'routes.json': JSON.stringify({ routes: [{ method, path, flow_id: packId }] }) })

let rumi: TestSystem
let authorization = ''
beforeAll(async () => {
  rumi = await startTestSystem({ files: { ...weather, ...lender }, environment: { RUMI_MAX_RESPONSE_BYTES: '2500' } })
  authorization = `Bearer ${rumi.system.operatorToken}`
})
afterAll(async () => rumi.close())

const listEntries = () => rumi.system.services.ledger.entries(0, 10_000)
const seenBy = async (response: Response) => (await readAnswer(response)).body.data.result.seen
interface Asked extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>
}
const ask = async (path: string, { headers, ...init }: Asked = {}) =>
  fetch(rumi.server.url + path, { ...init, headers: { authorization, ...headers } })

describe('the routes of a pack', () => {
  it('are shown before it is approved, those outside of its own path as such, and answer nothing', async () => {
    const { data } = (await rumi.ask('GET', '/api/packs/weather')).body
    expect(data.routes.slice(0, 3)).toEqual([
      { method: 'GET', path: '/api/weather/{city}', flow_id: 'weather.get', scope: 'outside', description: 'By city' },
      { method: 'GET', path: '/api/weather/best', flow_id: 'weather.best', scope: 'outside', description: '' },
      {
        method: 'POST',
        path: '/api/packs/weather/notes/{city}',
        flow_id: 'weather.get',
        scope: 'own',
        description: '',
      },
    ])
    expect(data.diagnostics.map(({ code, file }: { code: string; file: string }) => [code, file])).toEqual([
      ['route.flow_scope', 'ecosystem/weather/routes.json'],
      ['route.field', 'ecosystem/weather/routes.json'],
    ])
    expectProblem(await rumi.ask('GET', '/api/weather/Tokyo'), 404, 'request.not_found')
    expect((await rumi.ask('GET', '/api/routes')).body.data).toEqual({ routes: [], count: 0, diagnostics: [] })
  })

  it('answer as soon as it is approved, and are listed', async () => {
    expect((await rumi.ask('POST', '/api/packs/lender/approve')).status).toBe(200)
    expect((await rumi.ask('POST', '/api/packs/weather/approve')).status).toBe(200)
    const { data } = (await rumi.ask('GET', '/api/routes')).body
    expect(data.count).toBe(data.routes.length)
    expect(data.routes).toContainEqual({
      method: 'GET',
      path: '/api/weather/{city}',
      pack_id: 'weather',
      flow_id: 'weather.get',
      description: 'By city',
    })
    expect((await rumi.ask('POST', '/api/routes/reload')).body.data).toEqual({
      reloaded: true,
      route_count: data.count,
    })
    const answer = await rumi.ask('GET', '/api/weather/Tokyo')
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, error: null, data: { success: true, flow_id: 'weather.get', status: 'completed' } },
    })
    const run = (await rumi.ask('GET', `/api/runs/${answer.body.data.run_id}`)).body.data
    expect(run).toMatchObject({ caller: 'route/GET /api/weather/{city}', inputs: { city: 'Tokyo' } })
  })

  it('give their flow path, query and what the host vouches for, and nothing that proves who asks', async () => {
    const found = await seenBy(
      await ask('/api/weather/S%C3%A3o%20Paulo/?unit=C&unit=F&city=other&_secret=x&note=a%2Fb', {
        headers: { Cookie: 'session=1', 'X-Own': 'yes' },
      }),
    )
    const { _headers: headers, ...rest } = found
    expect(rest).toEqual({
      city: 'São Paulo',
      unit: 'F',
      note: 'a/b',
      list: null,
      _raw_body: '',
      _method: 'GET',
      _path: '/api/weather/S%C3%A3o%20Paulo/',
      _path_params: { city: 'São Paulo' },
      _secret: null,
    })
    expect(headers).toMatchObject({ 'x-own': 'yes', host: expect.any(String) })
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization']))
    expect(JSON.stringify(headers)).not.toMatch(/session=1|Bearer/)
  })

  it('an exact path goes before one with a parameter', async () => {
    expect((await rumi.ask('GET', '/api/weather/best')).body.data.result).toEqual({ best: 'Tokyo' })
  })

  it.each([
    ['application/json; charset=utf-8', '{"unit":"C","list":[1],"city":"x","_secret":1}', { unit: 'C', list: [1] }],
    ['application/json', '[1,2]', { unit: null, list: null }],
    ['application/x-www-form-urlencoded', 'unit=C', { unit: null, list: null }],
    ['', '\u0000\u00ff{', { unit: null, list: null }],
  ])('take a body of the type "%s"', async (type, body, members) => {
    const bytes = Buffer.from(body, 'latin1')
    const found = await seenBy(
      await ask('/api/packs/weather/notes/Oslo', {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: type === '' ? {} : { 'Content-Type': type },
      }),
    )
    expect(found).toMatchObject({ city: 'Oslo', ...members, _secret: null, _raw_body: bytes.toString('base64') })
  })

  it.each([
    ['broken JSON', '{', '400 request.invalid'],
    ['a prototype', '{"list": [{"__proto__": {}}]}', '400 request.invalid'],
    ['too much', 'x'.repeat(10 * 1024 * 1024 + 1), '413 request.too_large'],
  ])('refuse a body that is %s', async (_what, body, refusal) => {
    const [status, code = ''] = refusal.split(' ')
    const headers = { 'Content-Type': 'application/json' }
    const response = await ask('/api/packs/weather/notes/Oslo', { method: 'POST', body, headers })
    expectProblem(await readAnswer(response), Number(status), code)
  })

  it('have no method but their own, and no HEAD and OPTIONS', async () => {
    for (const method of ['PUT', 'HEAD', 'OPTIONS']) {
      const response = await ask('/api/weather/Tokyo', { method })
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'DELETE, GET'])
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('run no longer than they say', async () => {
    const answer = await rumi.ask('GET', '/api/packs/weather/slow')
    expect(answer).toMatchObject({ status: 408, body: { success: false, problem: { code: 'run.timed_out' } } })
  })

  it('that lead to no flow say so', async () => {
    expectProblem(await rumi.ask('GET', '/api/packs/weather/gone'), 404, 'flow.unknown')
  })
})

describe('a request for a route', () => {
  it.each([
    ['without a token', {}, '401 auth.required'],
    ['of another web page', { authorization: 'token', Origin: 'https://evil.example' }, '403 request.origin'],
    ['for another host', { authorization: 'token', Host: 'evil.example' }, '421 request.host'],
  ])('%s is refused like any other', async (_what, given, refusal) => {
    const headers = { Host: `127.0.0.1:${rumi.server.port}`, ...given }
    const lines = Object.entries(headers).map(
      ([name, value]) => [name, value === 'token' ? authorization : value] as const,
    )
    const reply = await exchange(rumi.server.port, rawRequest('GET /api/weather/Tokyo', lines))
    expect(`${reply.status} ${reply.body?.problem?.code}`).toBe(refusal)
  })

  it.each([
    ['/api/weather/a%2Fb', 404],
    ['/api/weather/..', 404],
    ['/api/weather/%2e%2e', 404],
    ['/api/weather/..%2fbest', 404],
    ['/api/weather/a%00b', 404],
    ['/api/weather//', 404],
    ['/api/weather', 404],
    ['/api/weather/a/b', 404],
    ['/API/weather/a', 404],
    ['//api/weather/a', 404],
    ['/api/weather/%ff', 400],
    ['/api/weather/%', 400],
  ])('for %s gets %i', async (target, status) => {
    const headers = [['Host', `127.0.0.1:${rumi.server.port}`] as const, ['Authorization', authorization] as const]
    expect(await exchange(rumi.server.port, rawRequest(`GET ${target}`, headers))).toMatchObject({
      status,
      body: { success: false },
    })
  })

  it.each([
    ['names the flow of another pack', '/api/packs/weather/lent'],
    ['names a flow that another pack has under its name', '/api/packs/weather/claimed'],
  ])('whose route %s runs nothing', async (_what, path) => {
    const before = listEntries().length
    expectProblem(await rumi.ask('GET', path), 403, 'route.flow_scope')
    expect(listEntries().slice(before)).toMatchObject([
      { kind: 'route.refuse', actor: `route/GET ${path}`, data: { pack_id: 'weather', reason: 'route.flow_scope' } },
    ])
  })
})

describe('HTTP-11: a flow that sets the answer', () => {
  const get = async (name: string) => ask(`/api/packs/weather/answers/${name}`)

  it.each(['status999', 'status199', 'statusText', 'noHeaders', 'large'])(
    'to something that is none (%s) is answered 502, which is on the ledger',
    async (name) => {
      const before = listEntries().length
      expectProblem(await readAnswer(await get(name)), 502, 'route.bad_response')
      expect(listEntries().slice(before)).toContainEqual(
        expect.objectContaining({ kind: 'route.refuse', subject: `weather.${name}` }),
      )
    },
  )

  it('can begin no other header with one, and the rest is sent', async () => {
    const before = listEntries().length
    const response = await get('split')
    const { headers } = response
    expect([response.status, await response.text()]).toEqual([200, 'hi'])
    expect([headers.get('content-language'), headers.get('set-cookie'), headers.get('etag')]).toEqual([
      null,
      null,
      '"1"',
    ])
    expect(listEntries().slice(before)).toContainEqual(
      expect.objectContaining({
        kind: 'route.trim',
        data: { flow_id: 'weather.split', left_out: [expect.stringContaining('Content-Language')] },
      }),
    )
  })

  it('can set no cookie, let in no other page and loosen nothing', async () => {
    const response = await get('cookie')
    const set = ['set-cookie', 'x-frame-options', 'access-control-allow-origin']
    expect([response.status, ...set.map((name) => response.headers.get(name))]).toEqual([200, null, null, null])
    const page = await get('loose')
    expect(page.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html', '<script>'])
  })

  it('sets status, safe headers and body, and the run can be found', async () => {
    const response = await get('created')
    const { headers } = response
    expect([response.status, headers.get('location'), headers.get('retry-after')]).toEqual([201, '/api/weather/1', '9'])
    expect([headers.get('content-type'), await response.json()]).toEqual(['application/json; charset=utf-8', { id: 1 }])
    expect((await rumi.ask('GET', `/api/runs/${headers.get('x-rumi-run-id')}`)).body.data.flow_id).toBe(
      'weather.created',
    )
    const empty = await get('empty')
    expect([empty.status, empty.headers.get('content-type'), await empty.text()]).toEqual([204, null, ''])
  })

  it('without a body sends its other outputs', async () => {
    const response = await get('others')
    expect([response.status, await response.json()]).toEqual([418, { a: 1 }])
  })

  it('behind the back of its declaration changes nothing', async () => {
    const { status, body } = await readAnswer(await get('undeclared'))
    expect([status, body.data.result]).toEqual([200, { a: 1 }])
  })

  it('does not send back the headers of the request for its own', async () => {
    const response = await ask('/api/packs/weather/answers/echo', { headers: { 'Content-Language': 'xx' } })
    expect([response.status, response.headers.get('content-language')]).toEqual([200, null])
  })
})

describe('HTTP-10: a pack whose route takes', () => {
  it.each([
    ['a path of the system', 'GET /api/routes', '/api/routes of the system'],
    ['a path of the system with another method', 'PUT /health', '/health of the system'],
    ['what an id of the system fits', 'POST /api/packs/taker/approve', '/api/packs/{pack_id}/approve of the system'],
    ['a path of the system by a parameter', 'GET /api/{x}', '/api/packs of the system'],
    ['a page of the console', 'GET /console/index.html', '/console/* of the system'],
    ['the path of another pack', 'GET /api/weather/{place}', 'GET /api/weather/{city} of pack "weather"'],
    ['one path of another pack', 'DELETE /api/weather/Tokyo', 'DELETE /api/weather/{city} of pack "weather"'],
  ])('%s is not approved, both are named, and nothing is changed', async (_what, route, other) => {
    const [method = '', path = ''] = route.split(' ')
    rumi.write(routed('taker', method, path))
    const shown = (await rumi.ask('GET', '/api/packs/taker')).body.data
    expect(shown.diagnostics).toContainEqual(expect.objectContaining({ code: 'route.collision', severity: 'error' }))
    const routes = (await rumi.ask('GET', '/api/routes')).body.data
    const refused = await rumi.ask('POST', '/api/packs/taker/approve', { tree_hash: shown.tree_hash })
    expectProblem(refused, 409, 'route.collision')
    expect(refused.body.error).toContain(`${route} of pack "taker" collides with`)
    expect(refused.body.error).toContain(other)
    expect(listEntries().at(-1)).toMatchObject({
      kind: 'pack.refuse',
      subject: 'taker',
      data: { reason: 'route.collision' },
    })
    expect((await rumi.ask('GET', '/api/packs/taker')).body.data).toMatchObject({ status: 'pending' })
    expect((await rumi.ask('GET', '/api/routes')).body.data).toEqual(routes)
  })

  it('a path that was approved with another method is approved, and a path below another pack is no route', async () => {
    rumi.write(routed('taker', 'PUT', '/api/weather/{city}'))
    expect((await rumi.ask('POST', '/api/packs/taker/approve')).status).toBe(200)
    rumi.write(routed('taker', 'GET', '/api/packs/weather/x'))
    const { data } = (await rumi.ask('GET', '/api/packs/taker')).body
    expect([data.routes, data.diagnostics.map(({ code }: { code: string }) => code)]).toEqual([
      [],
      ['route.foreign_path'],
    ])
  })

  it('two that exclude each other are not both approved, however close together', async () => {
    rumi.write({ ...routed('left', 'GET', '/both'), ...routed('right', 'GET', '/{x}') })
    const statuses = await Promise.all(
      ['left', 'right'].map(async (packId) => (await rumi.ask('POST', `/api/packs/${packId}/approve`)).status),
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409])
  })
})

describe('the routes of a pack that may not run', () => {
  it('say why when it was changed, and are gone when it was rejected', async () => {
    rumi.write({ 'ecosystem/weather/blocks/new.py': '' })
    expectProblem(await rumi.ask('GET', '/api/weather/Tokyo'), 403, 'pack.modified')
    expect((await rumi.ask('POST', '/api/packs/weather/reject')).status).toBe(200)
    expectProblem(await rumi.ask('GET', '/api/packs/weather/answers/created'), 404, 'request.not_found')
    expect((await rumi.ask('POST', '/api/packs/weather/approve')).status).toBe(200)
    expect((await rumi.ask('GET', '/api/weather/Tokyo')).status).toBe(200)
    expect(rumi.exceptions).toEqual([])
  })
})
