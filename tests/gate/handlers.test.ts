import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  findTexts,
  languages,
  listFiles,
  probeFiles,
  startProbeSystem,
  type Language,
  type ProbeSystem,
  type Step,
} from './probe-system.ts'

const block = (name: string): string => readFileSync(new URL(`packs/probe/${name}`, import.meta.url), 'utf8')
const folder = 'share/capability_handlers'

/** A handler that does what it is told, like the probes. */
function handler(slug: string, file: string, text: string): Readonly<Record<string, string>> {
  const manifest = { handler_id: `helper.${slug}`, permission_id: `helper.${slug}`, entrypoint: `${file}:execute` }
  return { [`${folder}/${slug}/handler.json`]: JSON.stringify(manifest), [`${folder}/${slug}/${file}`]: text }
}
const files = {
  python: `${block('probe.py')}\n\ndef execute(context, args):\n    return run(args, context)\n`,
  typescript: `${block('probe.ts')}\nexport const execute = async (context, args) => run(args, context)\n`,
}

let gate: ProbeSystem
beforeAll(async () => {
  gate = await startProbeSystem({
    packs: ['alpha', 'beta', 'helper', 'fragile'],
    resolve: () => ['127.0.0.1'],
    files: {
      ...probeFiles('alpha', { stores: [{ store_id: 'mine' }] }),
      ...probeFiles(
        'helper',
        {},
        {
          ...handler('python', 'handler.py', files.python),
          ...handler('typescript', 'handler.ts', files.typescript),
        },
      ),
      ...probeFiles('fragile', {}, handler('brittle', 'handler.py', files.python)),
    },
  })
})
afterAll(async () => gate.close())

const denied = { success: false, output: { error_type: 'grant_denied' }, error: 'Permission denied' }
const get = (store: string): Step => ['call', 'store.get', { store_id: store, key: 'k' }]

/** Lets a handler take steps, on behalf of a pack. */
async function ask(by: readonly [string, Language], permission: string, ...steps: readonly Step[]) {
  const [answer] = await gate.probe(...by, ['call', permission, { steps: steps.map((step) => [...step]) }])
  return answer
}

async function approve(slug: string): Promise<void> {
  await gate.must('POST', '/api/capability/candidates/scan', {})
  const { items } = await gate.must('GET', '/api/capability/requests?status=pending')
  const keys: readonly string[] = items.map((item: { candidate_key: string }) => item.candidate_key)
  const key = keys.find((one) => one.includes(`:${slug}:`)) ?? ''
  await gate.must('POST', `/api/capability/requests/${encodeURIComponent(key)}/approve`, {})
}

/** Why calls were denied, since an entry of the ledger. */
function reasonsSince(from: number): readonly unknown[] {
  return gate.entries(from).flatMap(({ kind, data }) => (kind === 'capability.deny' ? [data['reason']] : []))
}

describe.each(languages)('a handler of a pack in %s', (language) => {
  const permission = `helper.${language}`

  it('CAP-01: is denied in the same words without trust, without a grant and without both', async () => {
    const from = gate.entries().length
    const both = await ask(['beta', language], permission)
    await gate.grant('alpha', permission, {})
    const untrusted = await ask(['alpha', language], permission)
    await approve(language)
    const ungranted = await ask(['beta', language], permission)
    const texts = [both, untrusted, ungranted].map((answer) => JSON.stringify({ ...answer, latency_ms: 0 }))
    expect(both).toMatchObject(denied)
    expect(new Set(texts).size).toBe(1)
    expect(reasonsSince(from)).toEqual(['no-handler', 'no-handler', 'beta: no-grant'])
    expect(await ask(['alpha', language], permission)).toMatchObject({ success: true, output: [] })
  })

  it('runs in a sandbox of its own: no file of the caller or of the home, no socket', async () => {
    const own = language === 'python' ? '/pack/handler.py' : '/pack/handler.ts'
    const paths = ['/pack/blocks/probe.py', '/pack/ecosystem.json', join(gate.home, 'user_data/rumi.db'), own]
    const steps = [...paths.map((path) => ['read', path] as const), ['connect', '127.0.0.1', gate.server.port] as const]
    const { output } = await ask(['alpha', language], permission, ...steps)
    const missing = expect.stringMatching(/^(ENOENT|No such file)/)
    expect(output).toEqual([missing, missing, missing, 'done', expect.stringMatching(/^(EAFNOSUPPORT|Address family)/)])
  })

  it('has its own grants and none of its caller’s', async () => {
    const { port } = gate.server
    const from = gate.entries().length
    const request = ['request', { method: 'GET', url: `https://api.example.com:${port}/` }] as const
    await gate.grantNetwork('alpha', ['api.example.com'], port)
    const before = await ask(['alpha', language], permission, get('mine'), request)
    expect(before.output).toMatchObject([{ error_type: 'grant_denied' }, { error_type: 'egress_denied' }])
    const principal = `helper__${language}`
    const denials = gate.entries(from).filter(({ kind }) => kind.endsWith('.deny'))
    expect(denials.map(({ actor }) => actor)).toEqual([principal, principal])
    await gate.grantNetwork(principal, ['api.example.com'], port)
    const alone = await ask(['alpha', language], permission, request)
    expect(alone.output).toMatchObject([{ error_type: 'egress_denied' }]) // its pack has to have it as well
    await gate.grantNetwork('helper', ['api.example.com'], port)
    expect((await ask(['alpha', language], permission, request)).output).toMatchObject([
      { success: true, body: 'hello' },
    ])
    await gate.must('POST', '/api/network/revoke', { pack_id: 'helper' })
  })

  it('that raises is a failure without its words', async () => {
    const [answer] = await gate.probe('alpha', language, ['call', permission, { steps: 7 }])
    expect(answer).toMatchObject({ success: false, error: 'The capability failed', error_type: 'handler_error' })
  })
})

describe('a handler that raises with a secret in its words', () => {
  it('AUD-09: tells it to nobody: not its caller, not the ledger, no file', async () => {
    const value = 'canary4handler5b6c'
    await gate.must('POST', '/api/secrets/set', { key: 'CANARY', value })
    for (const pack of ['helper', 'helper__python']) await gate.grant(pack, 'secrets.get', { allowed_keys: ['CANARY'] })
    const answer = await ask(['alpha', 'python'], 'helper.python', ['scream', 'CANARY'])
    expect(answer).toMatchObject({ error_type: 'handler_error' })
    const end = gate.entries().findLast(({ kind }) => kind === 'handler.end')
    expect(end?.data['error']).toContain('[redacted]')
    expect(JSON.stringify([answer, gate.entries()])).not.toContain(value)
    expect(findTexts(gate.home, [value])).toEqual([])
  })
})

describe('handlers that call each other', () => {
  it('never lead back to one that is at work', async () => {
    for (const permission of languages.map((language) => `helper.${language}`)) {
      for (const pack of ['alpha', 'helper', 'helper__python', 'helper__typescript'])
        await gate.grant(pack, permission, {})
    }
    const from = gate.entries().length
    const again = ['call', 'helper.python', { steps: [] }]
    const itself = await ask(['alpha', 'python'], 'helper.python', ['call', 'helper.python', { steps: [] }])
    expect(itself.output).toMatchObject([denied])
    const around = await ask(['alpha', 'python'], 'helper.python', ['call', 'helper.typescript', { steps: [again] }])
    expect(around.output).toMatchObject([{ success: true, output: [denied] }])
    expect(reasonsSince(from)).toEqual(['handler-depth', 'handler-depth'])
  })
})

describe('a handler that was changed after it was trusted', () => {
  it('CAP-02: answers nobody, in the folder of its pack and in the store of the home', async () => {
    await approve('brittle')
    await gate.grant('alpha', 'helper.brittle', {})
    expect(await ask(['alpha', 'python'], 'helper.brittle')).toMatchObject({ success: true })
    const path = join(gate.home, 'ecosystem/fragile', folder, 'brittle/handler.py')
    const from = gate.entries().length
    writeFileSync(path, files.python.replace('run(args, context)', '"changed"'))
    await gate.must('POST', '/api/packs/scan', {})
    expect(await ask(['alpha', 'python'], 'helper.brittle')).toMatchObject(denied)
    expect(reasonsSince(from)).toHaveLength(1)
    // As it was approved again, but with other bytes where they are kept.
    writeFileSync(path, files.python)
    await gate.must('POST', '/api/packs/scan', {})
    expect(await ask(['alpha', 'python'], 'helper.brittle')).toMatchObject({ success: true })
    await gate.restart((home) => {
      const kept = listFiles(join(home, 'user_data')).filter((one) => one.endsWith('/handler.py'))
      expect(kept.length).toBeGreaterThan(0)
      for (const one of kept) {
        chmodSync(dirname(one), 0o755)
        chmodSync(one, 0o644)
        writeFileSync(one, files.python.replace('run(args, context)', '"changed"'))
      }
    })
    const later = gate.entries().length
    expect(await ask(['alpha', 'python'], 'helper.brittle')).toMatchObject(denied)
    expect(reasonsSince(later)).toEqual([expect.stringMatching(/\S/)])
  })
})
