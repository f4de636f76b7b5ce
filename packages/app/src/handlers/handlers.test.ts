import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '@rumi/kernel/base'
import { candidateCollection, trustCollection, type CandidateRecord } from '@rumi/kernel/capability'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  tellLate,
  testCaller,
  type BlockScript,
} from '@rumi/kernel/testing'
import { actor, handlerFiles, handlerPack, manifest, packId, setUpHandlers } from './test-handlers.ts'

const hour = 3_600_000

const homes: string[] = []
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true })
})

const setUp = (script: BlockScript = () => answered({ said: 'hello' })) => {
  const home = mkdtempSync(join(tmpdir(), 'rumi-handlers-'))
  homes.push(home)
  const clock = createFixedClock()
  const parts = { home, clock, state: tellLate(createMemoryState(clock)), sandbox: createScriptedSandbox(script) }
  return setUpHandlers({ ...parts, memory: createMemoryPacks(), caller: testCaller })
}

const codeOf = (outcome: Outcome<CandidateRecord>): string => (outcome.ok ? outcome.value.status : outcome.error.code)

describe('a handler that a pack offers', () => {
  it('is found, waits, and is installed by an approval, each on the ledger', async () => {
    const { handlers, state, call, grant, sandbox, packs, open } = setUp()
    await packs.approve(packId('p'), {}, actor)
    await grant('c')
    const scan = await handlers.scan(actor)
    expect([scan.scanned, scan.created, scan.diagnostics]).toEqual([1, 1, []])
    const [found] = handlers.list()
    expect(found).toMatchObject({
      key: expect.stringMatching(/^p:h:greeter:[0-9a-f]{64}$/),
      record: { status: 'pending', offer: { permissionId: 'greet.say', entrypoint: 'handler.py:execute' } },
    })
    const before = await call()
    expect(codeOf(await handlers.approve(found?.key ?? '', { note: 'looks good' }, actor))).toBe('installed')
    expect([before['error_type'], (await call())['output']]).toEqual(['grant_denied', { said: 'hello' }])
    expect(sandbox.calls).toHaveLength(1)
    expect(state.entries.filter(({ kind }) => kind.startsWith('candidate.'))).toMatchObject([
      { kind: 'candidate.scan', actor, subject: found?.key, data: { status: 'pending' } },
      { kind: 'candidate.approve', actor, subject: found?.key, data: { status: 'installed', note: 'looks good' } },
    ])
    const again = open()
    expect((await call('c', 'greet.say', again.openGate))['success']).toBe(true)
    expect((await again.handlers.scan(actor)).skipped.installed).toBe(1)
  })

  it('is rejected for an hour, for good at the third time, and can be unblocked', async () => {
    const { handlers, clock, candidate, open } = setUp()
    const found = await candidate()
    const log: unknown[] = []
    const reject = async () => log.push(codeOf(await handlers.reject(found, 'no', actor)))
    const scan = async () => {
      const { created, skipped } = await open().handlers.scan(actor)
      log.push([created, skipped.cooldown, skipped.blocked])
    }
    await reject()
    await reject()
    clock.pass(hour - 1)
    await scan()
    clock.pass(1)
    await scan()
    await reject()
    clock.pass(hour)
    await scan()
    await reject()
    clock.pass(99 * hour)
    await scan()
    log.push(codeOf(await handlers.approve(found, {}, actor)))
    log.push(codeOf(await open().handlers.unblock(found, 'changed my mind', actor)))
    log.push(codeOf(await handlers.unblock(found, 'again', actor)))
    await scan()
    clock.pass(hour)
    await scan()
    await reject()
    expect(log).toEqual([
      ...['rejected', 'candidate.not_waiting', [0, 1, 0], [1, 0, 0], 'rejected', [1, 0, 0], 'blocked', [0, 0, 1]],
      ...['candidate.not_waiting', 'rejected', 'candidate.not_blocked', [0, 1, 0], [1, 0, 0], 'blocked'],
    ])
  })

  it.each([
    ['the file that begins', { 'handler.py': 'def execute(context, args): evil()' }, 'candidate.changed'],
    ['a file that it imports', { 'helper.py': 'x = 2' }, 'candidate.changed'],
    ['a new file', { 'more.py': '' }, 'candidate.changed'],
    ['what it claims', { 'handler.json': manifest({ description: 'nice' }) }, 'candidate.changed'],
    ['its permission', { 'handler.json': manifest({ permission_id: 'greet.shout' }) }, 'candidate.changed'],
    ['its manifest, which is none now', { 'handler.json': '{' }, 'candidate.gone'],
  ])('is not installed when %s changed after the scan', async (_name, files, code) => {
    const { handlers, candidate, place, call, grant, packs, state } = setUp()
    await packs.approve(packId('p'), {}, actor)
    await grant('c')
    const found = await candidate()
    place('p', 'h', handlerFiles(files))
    expect(codeOf(await handlers.approve(found, {}, actor))).toBe(code)
    expect((await call())['error_type']).toBe('grant_denied')
    expect(state.entries.findLast(({ kind }) => kind === 'candidate.refuse')).toMatchObject({ data: { reason: code } })
  })

  it('runs as it was approved, whatever lies in its folder now', async () => {
    const { install, place, call, sandbox } = setUp()
    await install()
    await call()
    place('p', 'h', handlerFiles({ 'handler.py': 'evil()' }))
    expect((await call())['success']).toBe(true)
    expect(new Set(sandbox.calls.map(({ treeHash }) => treeHash)).size).toBe(1)
  })

  it('is not installed beside another one for the same permission, also when both are approved at once', async () => {
    const { handlers, place, memory, packs, open } = setUp()
    memory.place('q', handlerPack('q'))
    place('q', 'other', handlerFiles({ 'handler.json': manifest({ handler_id: 'other' }) }))
    packs.discover()
    await handlers.scan(actor)
    const keys = handlers.list().map(({ key }) => key)
    const outcomes = await Promise.all(keys.map((key) => handlers.approve(key, {}, actor)))
    expect(outcomes.map(codeOf)).toEqual(['installed', 'candidate.taken'])
    expect(codeOf(await open().handlers.approve(keys[1] ?? '', {}, actor))).toBe('candidate.taken')
  })

  it.each(['store.get', 'Secrets.get', 'network.request', 'flow.run', 'kernel.x'])(
    'cannot answer for the permission %s of the host',
    async (permission) => {
      const { handlers, place } = setUp()
      place('p', 'h', handlerFiles({ 'handler.json': manifest({ permission_id: permission }) }))
      const { created, diagnostics } = await handlers.scan(actor)
      expect([created, diagnostics.map(({ code }) => code)]).toEqual([0, ['handler.host_permission']])
    },
  )

  it.each([
    ['an entrypoint that is not there', 'h', handlerFiles({ 'handler.json': manifest({ entrypoint: 'no.py:run' }) })],
    ['an entrypoint outside', 'h', handlerFiles({ 'handler.json': manifest({ entrypoint: '../x.py:run' }) })],
    ['no manifest', 'h', { 'handler.py': '' }],
    ['a name that makes no principal', 'a__b', handlerFiles()],
  ])('with %s is shown as faulty and offered to nobody', async (_name, slug, files) => {
    const { handlers, place } = setUp()
    place('p', slug, files)
    const { diagnostics } = await handlers.scan(actor)
    expect([diagnostics.length, handlers.list().filter(({ key }) => key.includes(`:${slug}:`))]).toEqual([1, []])
  })

  it('is nothing while its record cannot be read', async () => {
    const { install, handlers, state, call, open } = setUp()
    const found = await install()
    await state.write((writer) => writer.putDocument(candidateCollection, found, { status: 'installed' } as never))
    expect([handlers.list(), (await handlers.scan(actor)).diagnostics]).toMatchObject([
      [{ record: 'unreadable' }],
      [{ code: 'handler.unreadable' }],
    ])
    expect((await call('c', 'greet.say', open().openGate))['error_type']).toBe('grant_denied')
  })

  it.each(['approve', 'reject', 'unblock', 'remove'] as const)('is unknown under another name: %s', async (action) => {
    const { handlers } = setUp()
    const outcome = await (action === 'remove'
      ? handlers.remove('p:h:x:y', actor)
      : handlers[action]('p:h:x:y', '', actor))
    expect(outcome).toMatchObject({ ok: false, error: { code: 'candidate.unknown', status: 404 } })
  })
})

describe('a pack that is removed', () => {
  it('takes its handlers with it, the trust in them and what they were granted (OPS-04)', async () => {
    const { install, handlers, grants, grant, state, call, sandbox } = setUp()
    await install()
    await grant('p')
    await grant('p__h', 'store.get')
    expect((await call())['success']).toBe(true)
    const follow = await state.write((writer) =>
      handlers.removeAllIn(writer, { packId: packId('p'), actor }, (principal) =>
        grants.revokeAllIn(writer, principal, actor),
      ),
    )
    follow()
    expect([handlers.list(), handlers.trees]).toEqual([[], []])
    expect(grants.list().map(({ id }) => id)).toEqual(['c:greet.say', 'p:greet.say'])
    expect(state.read(({ documents }) => documents.list(trustCollection))).toEqual([])
    expect((await call())['error_type']).toBe('grant_denied')
    expect(sandbox.evicted).toContain('p__h')
  })

  it('takes nothing from another one', async () => {
    const { install, handlers, state, call } = setUp()
    await install()
    const follow = await state.write((writer) =>
      handlers.removeAllIn(writer, { packId: packId('q'), actor }, () => {
        throw new Error('nothing of q is there')
      }),
    )
    follow()
    expect((await call())['success']).toBe(true)
  })
})

describe('the name `<pack>__<slug>`', () => {
  it('is a handler’s or a pack’s, and never both: each would have what the other was granted', async () => {
    const { packs, memory, handlers, candidate } = setUp()
    memory.place('p__h', handlerPack('p__h'))
    await packs.approve(packId('p'), {}, actor)
    expect(codeOf(await handlers.approve(await candidate(), {}, actor))).toBe('candidate.name_taken')
    const other = setUp()
    await other.install()
    other.memory.place('p__h', handlerPack('p__h'))
    expect(await other.packs.approve(packId('p__h'), {}, actor)).toMatchObject({ error: { code: 'pack.name_taken' } })
  })
})
