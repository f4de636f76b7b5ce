import { DatabaseSync } from 'node:sqlite'
import { mkdtempSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '@rumi/app/http'
import {
  exchange,
  expectNothingLeaks,
  expectProblem,
  packFiles,
  rawRequest,
  readAnswer,
  startTestSystem,
  type TestSystem,
} from './system.ts'
import { removeFolder } from '../support/remove-folder.ts'

const setFlow = (flowId: string) => ({
  [`flows/${flowId}.flow.json`]: JSON.stringify({
    flow_id: flowId,
    outputs: { x: 'any' },
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key: 'x', value: 1 } }],
  }),
})

let rumi: TestSystem
let headers: readonly (readonly [string, string])[] = []
beforeAll(async () => {
  rumi = await startTestSystem({ files: { ...packFiles('my-pack_1', {}), ...setFlow('a.b-c_1') } })
  headers = [
    ['Host', `127.0.0.1:${rumi.server.port}`],
    ['Authorization', `Bearer ${rumi.system.operatorToken}`],
  ]
})
afterAll(async () => rumi.close())

/** Asks for a target as it is: `fetch` would tidy it up. */
async function get(target: string, method = 'GET') {
  return exchange(rumi.server.port, rawRequest(`${method} ${target}`, headers))
}

describe('HTTP-07: a path', () => {
  it.each([
    ['climbing out of its folder', '/api/packs/..%2f..%2fx/status', '400 request.invalid'],
    ['climbing with backslashes', '/api/packs/..%5c..%5cx/status', '400 request.invalid'],
    ['climbing with dots alone', '/api/packs/../../x', '404 request.not_found'],
    ['climbing out of an id that is dots', '/api/packs/%2e%2e/status', '400 request.invalid'],
    ['encoded twice', '/api/packs/%252e%252e%252fx/status', '400 request.invalid'],
    ['with a zero byte', '/api/packs/my-pack_1%00/status', '400 request.invalid'],
    ['with a line feed', '/api/packs/my-pack_1%0a/status', '400 request.invalid'],
    ['with a space', '/api/packs/my-pack_1%20/status', '400 request.invalid'],
    ['with full-width letters', '/api/packs/%ef%bd%8d%ef%bd%99-pack_1/status', '400 request.invalid'],
    ['with digits of another script', '/api/packs/my-pack_%d9%a1/status', '400 request.invalid'],
    ['with an invalid encoding', '/api/packs/%ff/status', '400 request.path'],
    ['with half an encoding', '/api/packs/%/status', '400 request.path'],
    ['with an empty id', '/api/packs//status', '400 request.invalid'],
    ['with two slashes at its start', '//api/packs', '404 request.not_found'],
    ['with capital letters', '/API/PACKS', '404 request.not_found'],
    ['with a parameter of old', '/api/packs;x=1', '404 request.not_found'],
    ['with an id of 64 and one', `/api/packs/${'x'.repeat(65)}/status`, '400 request.invalid'],
    ['with an id that has no end', `/api/packs/${'x'.repeat(5000)}/status`, '414 request.path'],
    ['with an id of nobody', '/api/packs/constructor/status', '404 pack.unknown'],
    ['with a prototype for an id', '/api/packs/__proto__/status', '404 pack.unknown'],
    ['with an id that is reserved', '/api/packs/kernel/status', '404 pack.unknown'],
    ['to a run with another kind of id', '/api/runs/run_XYZ', '400 request.invalid'],
    ['to a run that is not there', `/api/runs/run_${'0'.repeat(24)}`, '404 run.unknown'],
  ])('%s is refused', async (_what, target, answer) => {
    const reply = await get(target)
    expect(`${reply.status} ${reply.body?.problem?.code}`).toBe(answer)
    expect(reply.body).toMatchObject({ success: false, data: null })
    expectNothingLeaks(reply.text.split('\r\n\r\n')[1] ?? '')
  })

  it('may have its id encoded and a slash at its end', async () => {
    for (const target of ['/api/packs/%6dy-pack%5F1/status', '/api/packs/my-pack_1/status/']) {
      expect((await get(target)).body).toMatchObject({ success: true, data: { pack_id: 'my-pack_1' } })
    }
    expect((await get('/api/flows/a%2Eb-c_1/run', 'POST')).body).toMatchObject({ data: { flow_id: 'a.b-c_1' } })
  })

  it.each([
    ['not a flow id', '/api/flows/a%20b/run', '400 request.invalid'],
    ['a flow id of 129 characters', `/api/flows/${'x'.repeat(129)}/run`, '400 request.invalid'],
    ['an unknown flow', '/api/flows/nobody/run', '404 flow.unknown'],
  ])('names %s', async (_what, path, answer) => {
    const [status, code] = answer.split(' ')
    expectProblem(await rumi.ask('POST', path, {}), Number(status), code ?? '')
  })

  it.each([
    ['/api/runs?limit=0', 400],
    ['/api/runs?limit=1001', 400],
    ['/api/runs?limit=ten', 400],
    ['/api/runs?limit=', 400],
    ['/api/runs?limit=0x10', 400],
    ['/api/runs?limit=1e2', 400],
    ['/api/runs?limit=1&limit=2', 400],
    ['/api/runs?limit[]=1', 400],
    ['/api/runs?Limit=1', 400],
    ['/api/runs?__proto__=1', 400],
    ['/api/ledger/entries?from=-1', 400],
    ['/api/ledger/entries?from=999999999999999999999', 400],
    ['/api/ledger/proof', 400],
    ['/api/ledger/proof?seq=', 400],
    ['/api/ledger/proof?seq=1000000', 400],
    ['/api/ledger/proof?seq=5&size=2', 400],
    ['/api/ledger/proof?from=3&size=2', 400],
    ['/api/ledger/proof?from=0', 200],
    ['/api/ledger/entries?from=1000000', 200],
    ['/api/runs?limit=1', 200],
  ])('with a query is read strictly: %s', async (target, status) => {
    for (const method of ['GET', 'HEAD'])
      expect({ method, status: (await get(target, method)).status }).toEqual({ method, status })
  })
})

describe('the address it is bound to', () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((faces) => faces?.some(({ address }) => address === '::1'))

  it.each(['127.0.0.1', 'localhost', ...(hasIpv6 ? ['::1'] : [])])(
    '%s gives a url that answers',
    async (bindAddress) => {
      const { services, operatorToken } = rumi.system
      const onException = () => ({ code: 'internal', status: 500, message: 'Internal server error' })
      const server = await startServer({ services, operatorToken, bindAddress, port: 0, onException })
      try {
        expect((await fetch(`${server.url}/health`)).status).toBe(200)
      } finally {
        await server.close()
      }
    },
  )
})

describe('HTTP-14: an exception', () => {
  it('shows no text, path or stack of its own, and is handed to whoever records it', async () => {
    const home = mkdtempSync(join(tmpdir(), 'rumi-damaged-'))
    try {
      const before = await startTestSystem({ home, files: setFlow('one') })
      await before.ask('POST', '/api/flows/one/run')
      await before.close()
      const database = new DatabaseSync(join(home, 'user_data/rumi.db'))
      database.exec(`UPDATE run SET record = '{"damaged": "' || record || '"'`)
      database.close()
      const after = await startTestSystem({ home })
      try {
        expectProblem(await after.ask('GET', '/api/runs'), 500, 'internal')
        expect(after.exceptions).toHaveLength(1)
        expect((await after.ask('POST', '/api/flows/one/run')).body.data).toMatchObject({ success: true })
      } finally {
        await after.close()
      }
    } finally {
      removeFolder(home)
    }
  })
})

describe('HTTP-14: a reply that cannot be sent', () => {
  it('is an exception like any other', async () => {
    const { services, operatorToken } = rumi.system
    const exceptions: unknown[] = []
    const server = await startServer({
      services: { ...services, version: 1n as unknown as string },
      operatorToken,
      bindAddress: '127.0.0.1',
      port: 0,
      onException: (error) => {
        exceptions.push(error)
        return { code: 'internal', status: 500, message: 'Internal server error' }
      },
    })
    try {
      const headers = { authorization: `Bearer ${operatorToken}` }
      const answer = await readAnswer(await fetch(`${server.url}/api/doctor`, { headers }))
      expectProblem(answer, 500, 'internal')
      expect(exceptions).toEqual([expect.any(TypeError)])
    } finally {
      await server.close()
    }
  })
})

describe('HTTP-12: many requests at once', () => {
  it('are all answered, or told to come back, and the server goes on', async () => {
    const asked = Array.from({ length: 300 }, async (_, index) =>
      index % 3 === 0
        ? rumi.ask('POST', '/api/flows/a.b-c_1/run', {})
        : rumi.ask('GET', ['/api/packs', '/health'][index % 2]!),
    )
    const answers = await Promise.all(asked)
    expect(answers.filter(({ status }) => ![200, 429, 503].includes(status))).toEqual([])
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(200)
    for (const answer of answers.filter(({ status }) => status === 429)) expectProblem(answer, 429, 'run.busy')
    expect((await rumi.ask('POST', '/api/flows/a.b-c_1/run')).body.data).toMatchObject({ success: true })
    expect((await rumi.ask('POST', '/api/ledger/verify')).body.data).toMatchObject({ ok: true })
  })
})

describe('a client library', () => {
  it.each([
    ['POST', '/api/packs', 'GET, HEAD'],
    ['PUT', '/api/packs/x', 'DELETE, GET, HEAD'],
    ['GET', '/api/packs/x/approve', 'POST'],
    ['PATCH', '/health/', 'GET, HEAD'],
    ['OPTIONS', '/api/flows?x=1', 'GET, HEAD'],
    ['GET', '/api/flows/x/run', 'POST'],
  ])('that asks with %s for %s learns the methods', async (method, path, allow) => {
    const answer = await rumi.ask(method, path)
    expectProblem(answer, 405, 'request.method')
    expect(answer.headers.get('allow')).toBe(allow)
  })

  it('learns that a path is not there', async () => {
    for (const path of ['/nowhere', '/', '/api', '/api/packs/x/y/z']) {
      expectProblem(await rumi.ask('GET', path), 404, 'request.not_found')
    }
  })

  it('can ask for the headers alone', async () => {
    const [head, whole] = [await get('/api/packs', 'HEAD'), await get('/api/packs')]
    const lines = (text: string) => text.split('\r\n\r\n', 1)[0]!.replace(/\r\nDate: [^\r]*/i, '')
    expect(lines(head.text)).toBe(lines(whole.text))
    expect(head.text.endsWith('\r\n\r\n')).toBe(true)
  })

  it('can send request after request on one connection, also without waiting, and knows where each reply ends', async () => {
    const keep = rawRequest('GET /api/packs', headers).replace('Connection: close\r\n', '')
    const reply = await exchange(rumi.server.port, keep + keep + rawRequest('GET /nowhere', headers))
    const statuses: number[] = []
    let rest = reply.text
    while (rest !== '') {
      const [head = ''] = rest.split('\r\n\r\n', 1)
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
      statuses.push(Number(head.split(' ')[1]))
      const body = rest.slice(head.length + 4, head.length + 4 + length)
      expect(JSON.parse(body)).toHaveProperty('success')
      rest = rest.slice(head.length + 4 + length)
    }
    expect(statuses).toEqual([200, 200, 404])
  })

  it('counts bytes and not characters', async () => {
    const answer = await rumi.ask('POST', '/api/packs/my-pack_1/reject', { reason: 'セキュリティ上の懸念' })
    expect(answer.body.data.reason).toBe('セキュリティ上の懸念')
    const text = `${JSON.stringify(answer.body)}\n`
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
  })

  it('learns that a pack it rejects, approves or removes is not there', async () => {
    for (const [method, path] of [
      ['POST', '/api/packs/nobody/reject'],
      ['POST', '/api/packs/nobody/approve'],
      ['POST', '/api/packs/kernel/approve'],
      ['DELETE', '/api/packs/nobody'],
      ['GET', '/api/packs/nobody'],
      ['GET', '/api/packs/nobody/status'],
    ] as const) {
      expectProblem(await rumi.ask(method, path), 404, 'pack.unknown')
    }
    expectProblem(await rumi.ask('POST', '/api/packs/scan', { pack_id: 'nobody' }), 404, 'pack.unknown')
  })
})
