import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { systemClock } from '@rumi/drivers/system'
import { packIdSchema } from '@rumi/kernel/base'
import { grantCollection } from '@rumi/kernel/grant'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages, probeFiles, startProbeSystem, type ProbeSystem } from './probe-system.ts'

/** A grant's row as JSON. */
type Row = ReturnType<JSON['parse']>
type Rows = ReturnType<typeof openRows>

/** The rows of grants in the database of a home that nobody has open. */
function openRows(home: string) {
  const database = new DatabaseSync(join(home, 'user_data/rumi.db'))
  const read = (id: string): Row =>
    JSON.parse(
      String(database.prepare("SELECT record FROM document WHERE collection = 'grant' AND id = ?").get(id)?.['record']),
    )
  const put = (id: string, row: Row): void => {
    database.prepare("INSERT OR REPLACE INTO document VALUES ('grant', ?, ?)").run(id, JSON.stringify(row))
  }
  return { read, put, close: () => database.close() }
}

/**
 * What somebody does to the rows of a pack's grants while the system is off, and what the ledger says about it then.
 * The permission is put in behind the pack's name.
 */
const tamperings: Readonly<Record<string, readonly [(rows: Rows, id: string) => void, string]>> = {
  unsigned: [(rows, id) => rows.put(id, { ...rows.read(id), signature: undefined }), 'unreadable'],
  widened: [
    (rows, id) => {
      const row = rows.read(id)
      const lists = Object.entries<readonly unknown[]>(row.config).map(([name, list]) => [name, [...list, 'vault']])
      rows.put(id, { ...row, config: Object.fromEntries(lists) })
    },
    'signature-invalid',
  ],
  flipped: [
    (rows, id) => {
      const row = rows.read(id)
      rows.put(id, { ...row, signature: row.signature.replace(/^./, (digit: string) => (digit === '0' ? '1' : '0')) })
    },
    'signature-invalid',
  ],
  renamed: [(rows, id) => rows.put(id, { ...rows.read(id), principalId: 'donor' }), 'principal-mismatch'],
  copied: [(rows, id) => rows.put(id, rows.read(id.replace('copied', 'donor'))), 'principal-mismatch'],
  adopted: [
    (rows, id) => rows.put(id, { ...rows.read(id.replace('adopted', 'donor')), principalId: 'adopted' }),
    'signature-invalid',
  ],
  newer: [(rows, id) => rows.put(id, { ...rows.read(id), epoch: 1000 }), 'signature-invalid'],
  foreign: [(rows, id) => rows.put(id, { ...rows.read(id), keyId: '0'.repeat(16) }), 'unknown-key'],
}
/** Rows that were good once and are put back: after a revocation, and after a narrower grant. */
const replayed = ['revoked', 'narrowed']
/** Packs that hold no grant before. */
const strangers = new Set(['alpha', 'copied', 'adopted'])
const permissions = ['store.get', 'network.request']
const packs = ['alpha', 'donor', ...Object.keys(tamperings), ...replayed]

let wallMs = 0
let gate: ProbeSystem

beforeAll(async () => {
  gate = await startProbeSystem({
    packs,
    files: probeFiles('warm', { isolation: 'warm' }),
    resolve: () => ['127.0.0.1'],
    clock: { ...systemClock, now: () => systemClock.now() + wallMs },
  })
  for (const store of ['pantry', 'vault']) await gate.must('POST', '/api/stores/create', { store_id: store })
  await gate.must('POST', '/api/secrets/set', { key: 'OPEN', value: 'sesame-0123' })
  await gate.must('POST', '/api/secrets/set', { key: 'CLOSED', value: 'sesame-4567' })
  await gate.must('POST', '/api/secrets/set', { key: 'GONE', value: 'sesame-8901' })
  await gate.must('POST', '/api/secrets/delete', { key: 'GONE' })
})
afterAll(async () => gate.close())

const withoutTime = (answer: { latency_ms: number }): string => JSON.stringify({ ...answer, latency_ms: 0 })
const denied = { success: false, error: 'Permission denied', error_type: 'grant_denied' }

describe.each(languages)('a block in %s', (language) => {
  it('CAP-01: without a grant is denied in one text, whatever the reason; the ledger has the reason', async () => {
    const from = gate.entries().length
    const answers = await gate.probe(
      ...(['alpha', language] as const),
      ['call', 'store.get', { store_id: 'pantry', key: 'k' }],
      ['call', 'store.get', { store_id: 'nowhere', key: 'k' }],
      ['call', 'flow.run', { flow_id: 'donor.python' }],
      ['call', 'nobody.answers', {}],
      ['call', 'store.get', { store_id: '../../x', key: 7 }],
    )
    for (const answer of answers) expect(answer).toMatchObject(denied)
    expect(new Set(answers.map(withoutTime)).size).toBe(1)
    const reasons = gate.entries(from).flatMap(({ kind, data }) => (kind === 'capability.deny' ? [data['reason']] : []))
    expect(reasons).toEqual([...Array(3).fill('alpha: no-grant'), 'no-handler', 'alpha: no-grant'])
  })

  it('CAP-05: hears the same bytes of a secret that is not allowed, not there, deleted or no name at all', async () => {
    await gate.grant('alpha', 'secrets.get', { allowed_keys: ['OPEN', 'ABSENT', 'GONE'] })
    const keys = ['CLOSED', 'ABSENT', 'GONE', '../OPEN', 'open', '__proto__', 7, null]
    const [open, ...answers] = await gate.probe(
      ...(['alpha', language] as const),
      ['call', 'secrets.get', { key: 'OPEN' }],
      ...keys.map((key) => ['call', 'secrets.get', { key }] as const),
    )
    expect(open).toMatchObject({ success: true })
    expect(answers).toHaveLength(8)
    for (const answer of answers) expect(answer.error).toBe('Access denied or secret not found')
    expect(new Set(answers.map(withoutTime)).size).toBe(1)
    await gate.must('POST', '/api/capability/grants/revoke', { principal_id: 'alpha', permission_id: 'secrets.get' })
  })

  it('CAP-10: uses no store under a grant that names none, or another one', async () => {
    for (const config of [{}, { allowed_store_ids: [] }, { allowed_store_ids: ['vault'] }]) {
      await gate.grant('alpha', 'store.get', config)
      const [answer] = await gate.probe('alpha', language, ['call', 'store.get', { store_id: 'pantry', key: 'k' }])
      expect(answer).toMatchObject(denied)
    }
    await gate.must('POST', '/api/capability/grants/revoke', { principal_id: 'alpha', permission_id: 'store.get' })
  })
})

describe('a grant', () => {
  it('CAP-06: of secrets that names none gives none, and "*" is refused', async () => {
    for (const config of [{}, { allowed_keys: [] }]) {
      await gate.grant('alpha', 'secrets.get', config)
      const [answer] = await gate.probe('alpha', 'python', ['call', 'secrets.get', { key: 'OPEN' }])
      expect(answer.error).toBe('Access denied or secret not found')
    }
    const star = { principal_id: 'alpha', permission_id: 'secrets.get', config: { allowed_keys: ['*'] } }
    expect(await gate.rumi.ask('POST', '/api/capability/grants/grant', star)).toMatchObject({
      status: 400,
      body: { problem: { code: 'grant.config' } },
    })
  })

  it('CAP-07: of secrets is good for sixty calls in a minute, and a clock set back by an hour changes nothing', async () => {
    const [first] = await gate.probe('donor', 'python', ['call', 'secrets.get', { key: 'OPEN' }])
    expect(first).toMatchObject({ success: false })
    await gate.grant('donor', 'secrets.get', { allowed_keys: ['OPEN'] })
    const ask = (count: number) => gate.probe('donor', 'python', ['many', count, 'secrets.get', { key: 'OPEN' }])
    expect(await ask(60)).toEqual([{ ok: 60 }])
    expect(await ask(1)).toEqual([{ rate_limited: 1 }])
    wallMs -= 3_600_000
    expect(await ask(1)).toEqual([{ rate_limited: 1 }])
    wallMs += 7_200_000
    expect(await ask(1)).toEqual([{ rate_limited: 1 }])
    wallMs = 0
  })

  it('CAP-03, EGR-23, STO-11: that was touched while the system was off is none, and the ledger says how', async () => {
    const { port } = gate.server
    const wish = { method: 'GET', url: `https://api.example.com:${port}/` }
    /** Whether a pack reads the store, and whether it reaches the host. */
    const tryBoth = async (pack: string): Promise<readonly boolean[]> => {
      const get = ['call', 'store.get', { store_id: 'pantry', key: 'k' }] as const
      const [value, answer] = await gate.probe(pack, 'python', get, ['request', wish])
      return [value.error_type !== 'grant_denied', answer.error_type !== 'egress_denied']
    }
    const read = (id: string): Row =>
      gate.rumi.system.services.state.read((state) => state.documents.find(grantCollection, id))
    for (const pack of packs.filter((one) => !strangers.has(one))) {
      await gate.grantNetwork(pack, ['api.example.com'], port)
      await gate.grant(pack, 'store.get', { allowed_store_ids: ['pantry'] })
    }
    for (const pack of ['donor', 'widened', ...replayed])
      expect([pack, await tryBoth(pack)]).toEqual([pack, [true, true]])
    const kept = replayed.flatMap((pack) =>
      permissions.map((one) => [`${pack}:${one}`, read(`${pack}:${one}`)] as const),
    )
    for (const permission of permissions) {
      const revoked = { principal_id: 'revoked', permission_id: permission }
      await gate.must('POST', '/api/capability/grants/revoke', revoked)
    }
    await gate.grantNetwork('narrowed', ['other.example.com'], port)
    await gate.grant('narrowed', 'store.get', { allowed_store_ids: ['vault'] })
    await gate.restart((home) => {
      const rows = openRows(home)
      for (const permission of permissions) {
        for (const [pack, [tamper]] of Object.entries(tamperings)) tamper(rows, `${pack}:${permission}`)
      }
      for (const [id, row] of kept) rows.put(id, row)
      rows.close()
    })
    const asked = gate.resolver.asked.length
    const from = gate.entries().length
    for (const pack of packs) expect([pack, await tryBoth(pack)]).toEqual([pack, Array(2).fill(pack === 'donor')])
    expect(gate.resolver.asked.length - asked).toBe(1)
    const told = (wanted: string): object =>
      Object.fromEntries(
        gate.entries(from).flatMap(({ kind, data, actor }) => (kind === wanted ? [[actor, data['reason']]] : [])),
      )
    const expected = {
      ...Object.fromEntries(Object.entries(tamperings).map(([pack, [, reason]]) => [pack, `${pack}: ${reason}`])),
      ...Object.fromEntries(replayed.map((pack) => [pack, `${pack}: epoch-stale`])),
    }
    expect(told('capability.deny')).toEqual({ ...expected, alpha: 'alpha: no-grant' })
    expect(told('network.deny')).toEqual({ ...expected, alpha: 'no-grant' })
  })

  it('IPC-10: ends what runs of the pack before it is told to be taken back, and a warm worker has no rights after it', async () => {
    const { port } = gate.server
    await gate.must('POST', '/api/packs/warm/approve', {})
    await gate.grantNetwork('warm', ['api.example.com'], port)
    await gate.grant('warm', 'store.get', { allowed_store_ids: ['pantry'] })
    const get = ['call', 'store.get', { store_id: 'pantry', key: 'k' }] as const
    expect(await gate.probe('warm', 'python', get)).toMatchObject([{ error_type: 'key_not_found' }])
    const url = `https://api.example.com:${port}/running`
    const running = gate.run('warm.python', [['beacon', 1_000_000, { method: 'GET', url }]])
    const seen = (): number => gate.server.requests.filter((request) => request.url === '/running').length
    await expect.poll(seen).toBeGreaterThan(3)
    const revoked = { principal_id: 'warm', permission_id: 'store.get' }
    expect(await gate.must('POST', '/api/capability/grants/revoke', revoked)).toMatchObject({ revoked: true })
    expect(gate.rumi.system.services.sandbox.activePacks().has(packIdSchema.parse('warm'))).toBe(false)
    const atTheEnd = seen()
    expect(await running).toMatchObject({ success: false, status: 'failed' })
    expect(seen()).toBe(atTheEnd)
    expect(await gate.probe('warm', 'python', get)).toMatchObject([denied])
  })

  it('OPS-04: is gone with its pack, in the same step, and does not come back with it', async () => {
    await gate.grant('donor', 'store.set', { allowed_store_ids: ['pantry'] })
    const from = gate.entries().length
    await gate.must('DELETE', '/api/packs/donor')
    const kinds = gate.entries(from).map(({ kind, subject }) => ({ kind, subject }))
    expect(kinds[0]).toMatchObject({ kind: 'pack.remove', subject: 'donor' })
    expect(kinds.filter(({ kind, subject }) => kind === 'grant.revoke' && subject === 'donor').length).toBeGreaterThan(
      3,
    )
    expect((await gate.must('GET', '/api/capability/grants?principal_id=donor')).grants).toEqual({})
    await gate.restart(() => undefined)
    await gate.must('POST', '/api/packs/scan', {})
    await gate.must('POST', '/api/packs/donor/approve', {})
    const answers = await gate.probe('donor', 'python', [
      'call',
      'store.set',
      { store_id: 'pantry', key: 'k', value: 1 },
    ])
    expect(answers).toMatchObject([denied])
  })
})
