import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeFolder } from '../support/remove-folder.ts'
import { exchange, expectProblem, rawRequest, startTestSystem, type TestSystem } from './system.ts'

const canary = 'canary-7c1e9b52'
let rumi: TestSystem
beforeEach(async () => {
  rumi = await startTestSystem()
})
afterEach(async () => rumi.close())

const set = async (body: unknown) => rumi.ask('POST', '/api/secrets/set', body)
const remove = async (body: unknown) => rumi.ask('POST', '/api/secrets/delete', body)
const list = async () => (await rumi.ask('GET', '/api/secrets')).body.data
const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

describe('secrets over HTTP', () => {
  it('are set, listed without their values, deleted and set again', async () => {
    expect(await list()).toMatchObject({ keys: [], count: 0, unreadable: 0, problems: [], rotation_pending: false })
    const done = { success: true, key: 'API_KEY', error: null }
    expect((await set({ key: 'API_KEY', value: canary })).body.data).toEqual({ ...done, created: true })
    expect((await set({ key: 'API_KEY', value: '' })).body.data).toEqual({ ...done, created: false })
    const shown = { key: 'API_KEY', created_at: date, updated_at: date }
    expect((await list()).keys).toEqual([{ ...shown, exists: true, deleted: false }])
    expect((await remove({ key: 'API_KEY', reason: 'leaked' })).body.data).toEqual({ ...done, created: false })
    expect((await list()).keys).toEqual([{ ...shown, exists: false, deleted: true, deleted_at: date }])
    expectProblem(await remove({ key: 'API_KEY' }), 400, 'secrets.unknown')
    expectProblem(await remove({ key: 'NEVER' }), 400, 'secrets.unknown')
    expect((await set({ key: 'API_KEY', value: 'x' })).body.data).toEqual({ ...done, created: true })
    const { entries } = (await rumi.ask('GET', '/api/ledger/entries?limit=1000')).body.data
    const changes = entries.filter(({ kind }: { kind: string }) => kind.startsWith('secret.'))
    expect(changes).toMatchObject([
      { kind: 'secret.set', actor: 'operator/http', subject: 'API_KEY', data: { key: 'API_KEY', version: 1 } },
      { kind: 'secret.set', data: { version: 2 } },
      { kind: 'secret.delete', data: { version: 3, reason: 'leaked' } },
      { kind: 'secret.set', data: { version: 4 } },
    ])
  })

  it.each([
    ['a value that is no text', { key: 'A', value: { secret: canary } }],
    ['a list', { key: 'A', value: [canary] }],
    ['no value', { key: 'A' }],
    ['a value above 1 MiB', { key: 'A', value: canary + 'x'.repeat(1_048_576) }],
    ['a value in the place of the name', { key: canary, value: 'A' }],
    ['a name that is no text', { key: [canary], value: 'A' }],
    ['a value in the place of a member', { key: 'A', value: 'x', [canary]: 'x' }],
    ['a member too many', { key: 'A', value: 'x', also: canary }],
  ])('are not set by %s, and the answer repeats nothing of it', async (_, body) => {
    const answer = await set(body)
    expectProblem(answer, 400, 'request.invalid')
    expect(JSON.stringify(answer.body)).not.toContain(canary)
    expect(await list()).toMatchObject({ count: 0 })
  })

  it('may be as large as 1 MiB and hold any text', async () => {
    expect((await set({ key: 'BIG', value: 'é'.repeat(524_288) })).status).toBe(200)
    expect((await set({ key: 'ODD', value: '\u0000\ufeff"\\\n秘密' })).status).toBe(200)
    const { record } = rumi.system.services.secrets.read('ODD')
    if (record === undefined || record === 'unreadable' || record.deleted_at !== null) throw new Error('not there')
    const opened = rumi.system.services.secrets.open(record)
    expect(opened.ok && opened.value.reveal()).toBe('\u0000\ufeff"\\\n秘密')
  })

  it('get a new key, and stay what they were', async () => {
    await set({ key: 'A', value: canary })
    const { key_id: before } = await list()
    const rotated = await rumi.ask('POST', '/api/secrets/rotate')
    expect(rotated.body.data).toEqual({ key_id: expect.stringMatching(/^[0-9a-f]{16}$/), resealed: 1 })
    expect(await list()).toMatchObject({ key_id: rotated.body.data.key_id, unreadable: 0 })
    expect(rotated.body.data.key_id).not.toBe(before)
  })

  it('whose key is lost do not stop the start: list and doctor tell, and nothing new is taken', async () => {
    await set({ key: 'A', value: canary })
    const { key_id: wanted } = await list()
    const { home } = rumi
    await rumi.system.close()
    await rumi.server.close()
    renameSync(join(home, 'user_data/.secrets_key'), join(home, 'backup'))
    const again = await startTestSystem({ home })
    try {
      const { data } = (await again.ask('GET', '/api/secrets')).body
      expect(data).toMatchObject({ count: 1, unreadable: 1, key_id: null })
      expect(data.problems).toEqual([{ key: 'A', reason: 'unknown-key', key_id: wanted }])
      expectProblem(await again.ask('POST', '/api/secrets/set', { key: 'B', value: 'x' }), 409, 'secrets.key_mismatch')
      const doctor = (await again.ask('GET', '/api/doctor')).body.data
      expect(doctor.ok).toBe(false)
      const check = doctor.checks.find(({ id }: { id: string }) => id === 'secrets/readable')
      expect(check).toMatchObject({ passed: false, detail: expect.stringContaining(wanted) })
    } finally {
      await again.close()
      removeFolder(home)
      rumi = await startTestSystem()
    }
  })

  it('are nowhere in the home but sealed, whatever was asked (AUD-09)', async () => {
    const { port } = rumi.server
    const token: [string, string] = ['Authorization', `Bearer ${rumi.system.operatorToken}`]
    const send = async (body: string, headers: readonly [string, string][] = []) => {
      const type = [
        ['Content-Type', 'application/json'],
        ['Content-Length', String(Buffer.byteLength(body))],
      ] as const
      const host: [string, string] = ['Host', `127.0.0.1:${port}`]
      return (await exchange(port, rawRequest('POST /api/secrets/set', [host, ...type, ...headers], body))).text
    }
    const answers = [
      await set({ key: 'A', value: canary }),
      await list(),
      await remove({ key: 'A', reason: 'r' }),
      await set({ key: 'A', value: canary }),
      await set({ key: 'A', value: `${canary}-again` }),
      await set({ key: 'A', value: { [canary]: canary } }),
      await set({ key: canary, value: canary }),
      await set({ key: 'A', value: canary, [canary]: canary }),
      await rumi.ask('POST', '/api/secrets/rotate'),
      await rumi.ask('GET', '/api/doctor'),
      await rumi.ask('GET', '/api/ledger/export'),
      await send(`{"key":"A","value":"${canary}"`, [token]),
      await send(`{"key":"A","value":"${canary}",}`, [token]),
      await send(`{"key":"A","value":"${canary}" ${canary}}`, [token]),
      await send(`{"key":"A","value":"${canary}\\x"}`, [token]),
      await send(`{"key":"A","value":${canary}}`, [token]),
      await send(canary, [token]),
      await send(`"${canary}"`, [token]),
      await send(`{"key":"A","value":"${canary}"}`),
    ]
    expect(answers.map((answer) => JSON.stringify(answer).includes(canary))).not.toContain(true)
    expect(rumi.exceptions).toEqual([])
    expect(await list()).toMatchObject({ unreadable: 0, count: 1 })
    await rumi.system.close()
    const files = listFiles(rumi.home)
    expect(files.length).toBeGreaterThan(5)
    const needles = [canary, Buffer.from(canary).toString('base64').slice(0, 16), Buffer.from(canary).toString('hex')]
    const bytes = files.map((path) => readFileSync(path))
    expect(files.filter((_, at) => needles.some((needle) => bytes[at]?.includes(needle)))).toEqual([])
  })

  it('are looked for so that a value in the open would be found', () => {
    writeFileSync(join(rumi.home, 'user_data', 'note'), `x${canary}x`)
    expect(listFiles(rumi.home).filter((path) => readFileSync(path).includes(canary))).toHaveLength(1)
  })
})

describe('the process that opened a home', () => {
  it('writes no memory to a file when it crashes, and doctor says so', async () => {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    expect(limits).toMatch(/^Max core file size +[01] /m)
    const { checks } = (await rumi.ask('GET', '/api/doctor')).body.data
    expect(checks).toContainEqual({ id: 'process/core-files', passed: true, detail: expect.any(String) })
  })

  it('does so as a server, whatever limit it was started with', async () => {
    const launcher = fileURLToPath(new URL('../../bin/rumi', import.meta.url))
    const home = mkdtempSync(join(tmpdir(), 'rumi-core-'))
    const command = 'ulimit -S -c unlimited; ulimit -c >&2; exec "$0" --home "$1" up --port 0 --json'
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C' }
    const server = spawn('/bin/sh', ['-c', command, launcher, home], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      const { value: limit } = await createInterface({ input: server.stderr })[Symbol.asyncIterator]().next()
      const { value: line } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next()
      const limits = readFileSync(`/proc/${JSON.parse(String(line)).pid}/limits`, 'utf8')
      expect([limit, /^Max core file size +(\S+) /m.exec(limits)?.[1]]).toEqual([
        'unlimited',
        expect.stringMatching(/^[01]$/),
      ])
    } finally {
      server.kill('SIGTERM')
      await once(server, 'exit')
      removeFolder(home)
    }
  })
})

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile())
}
