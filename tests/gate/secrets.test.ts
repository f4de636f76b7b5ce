import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTexts, languages, listFiles, probeFiles, startProbeSystem, type ProbeSystem } from './probe-system.ts'

/** Letters that are percent-encoded, and that base64 writes differently at every offset. */
const canary = 'canary+/7b1e=93d0?&4f2a'
/** Could be a part of a name of a host, a store or a flow. */
const word = 'canary0plain1word2a3f9'
const bound = 'bound+/c04d=5e6f?&a7b8'

/** How a program may write a value; base64 at each of the three places in which a text can begin. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  )
  const escaped = JSON.stringify(value).slice(1, -1)
  return [value, escaped, encodeURIComponent(value), bytes.toString('hex'), bytes.toString('base64url'), ...shifted]
}

let gate: ProbeSystem
beforeAll(async () => {
  gate = await startProbeSystem({
    packs: ['alpha', 'beta', 'warm'],
    resolve: () => ['127.0.0.1'],
    respond: ({ headers, url }, response) => {
      const key = String(headers['x-key'] ?? '')
      if (url === '/away') response.writeHead(302, { location: `/echo?key=${encodeURIComponent(key)}` })
      else response.setHeader('X-Echo', key)
      response.end(JSON.stringify({ said: key, twice: `${key}${key}` }))
    },
    files: {
      ...probeFiles('alpha', { stores: [{ store_id: 'mine' }] }),
      ...probeFiles('warm', { isolation: 'warm' }),
    },
  })
  await gate.must('POST', '/api/secrets/set', { key: 'CANARY', value: canary })
  await gate.must('POST', '/api/secrets/set', { key: 'WORD', value: word })
  await gate.must('POST', '/api/secrets/set', { key: 'BOUND', value: bound })
  const { port } = gate.server
  for (const pack of ['alpha', 'beta']) await gate.grantNetwork(pack, ['api.example.com', 'other.example.com'], port)
  for (const pack of ['alpha', 'warm']) await gate.grant(pack, 'secrets.get', { allowed_keys: ['CANARY', 'WORD'] })
  await gate.grant('alpha', 'secrets.inject', { allowed_bindings: [`BOUND@api.example.com:${port}`] })
})
afterAll(async () => gate.close())

/** The last answer of the API, and everything that it can be asked about a run. */
async function everything(answer: unknown): Promise<string> {
  const paths = ['/api/runs', '/api/denials', '/api/audit', '/api/ledger/entries', '/api/doctor', '/api/secrets']
  const data = answer as { readonly run_id: string }
  const more = await Promise.all(
    [...paths, `/api/runs/${data.run_id}`].map(async (path) => (await gate.rumi.ask('GET', path)).body),
  )
  return JSON.stringify([answer, ...more, gate.entries()])
}

function expectNowhere(text: string, value: string): void {
  const at = formsOf(value)
    .map((form) => text.indexOf(form))
    .filter((index) => index >= 0)
  expect(at.map((index) => text.slice(Math.max(0, index - 80), index + 60))).toEqual([])
  expect(findTexts(gate.home, formsOf(value))).toEqual([])
}

describe.each(languages)('a secret that a block in %s', (language) => {
  const flow = `alpha.${language}`
  const url = (host: string, path = '/echo'): string => `https://${host}:${gate.server.port}${path}`

  it('AUD-09: reads is in its process and nowhere else: not in its answer, its log, a record, or a file', async () => {
    const shown = await gate.run(flow, [['leak', 'CANARY']])
    expect(shown).toMatchObject({
      success: true,
      result: {
        answer: [{ length: canary.length, kept: 'security_error', plain: '[redacted]', '[redacted]': 'as a key' }],
      },
    })
    expectNowhere(await everything(shown), canary)
    const named = await gate.run(flow, [['leak', 'WORD']])
    expect(named.result.answer).toMatchObject([{ length: word.length, kept: 'security_error', plain: '[redacted]' }])
    expectNowhere(await everything(named), word)
    const raised = await gate.run(flow, [['scream', 'CANARY']])
    expect(raised).toMatchObject({ success: false, status: 'failed' })
    expectNowhere(await everything(raised), canary)
    expect(gate.rumi.exceptions).toEqual([])
  })

  it('AUD-09: was given in another run does not come out either, when its process has lived on', async () => {
    const warm = `warm.${language}`
    await gate.run(warm, [['leak', 'WORD']])
    const recalled = await gate.run(warm, [['recall']])
    expect(recalled.result).toEqual({ answer: [['[redacted]']] })
    expectNowhere(await everything(recalled), word)
  })

  it('AUD-09: names in a header reaches the server that it is bound to, and nobody else', async () => {
    const sent = gate.server.requests.length
    const headers = { 'X-Key': '${secret:BOUND}' }
    const said = await gate.run(flow, [['request', { method: 'GET', url: url('api.example.com'), headers }]])
    expect(gate.server.requests.at(-1)?.headers['x-key']).toBe(bound)
    const [answer] = said.result.answer
    expect(answer).toMatchObject({ success: true, status_code: 200 })
    expect(JSON.parse(answer.body)).toEqual({ said: '[redacted]', twice: '[redacted][redacted]' })
    expectNowhere(await everything(said), bound)
    const entry = gate.entries().findLast(({ kind }) => kind === 'network.request')
    expect(entry).toMatchObject({ actor: 'alpha', data: { secrets: ['BOUND'] } })
    const away = await gate.run(flow, [['request', { method: 'GET', url: url('api.example.com', '/away'), headers }]])
    expectNowhere(await everything(away), bound)
    expect(gate.server.requests.at(-1)?.headers).not.toHaveProperty('x-key')
    expect(gate.server.requests).toHaveLength(sent + 3)
  })

  it('AUD-09: names for another host, another secret or another pack goes nowhere', async () => {
    const sent = gate.server.requests.length
    const wish = (host: string, name: string) =>
      ['request', { method: 'GET', url: url(host), headers: { 'X-Key': `\${secret:${name}}` } }] as const
    const own = await gate.run(flow, [
      wish('other.example.com', 'BOUND'),
      wish('api.example.com', 'CANARY'),
      wish('api.example.com', 'ABSENT'),
    ])
    const other = await gate.run(`beta.${language}`, [wish('api.example.com', 'BOUND')])
    for (const answer of [...own.result.answer, ...other.result.answer]) {
      expect(answer).toMatchObject({
        error: 'Request blocked by security policy',
        error_type: 'egress_denied',
        body: '',
      })
    }
    expect(gate.server.requests).toHaveLength(sent)
  })
})

describe('what is looked for', () => {
  it('would be found: the flows that ran are in files of the home, and so is a text that is no secret', () => {
    expect(listFiles(gate.home).length).toBeGreaterThan(10)
    expect(findTexts(gate.home, ['scream']).length).toBeGreaterThan(1)
    const sources = listFiles(gate.home).filter((path) => path.endsWith('probe.py'))
    expect(
      sources.map((path) => formsOf('rumi_capability.call').filter((form) => readFileSync(path).includes(form))),
    ).toContainEqual(['rumi_capability.call', 'rumi_capability.call', 'rumi_capability.call'])
  })
})
