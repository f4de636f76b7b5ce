import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@rumi/kernel/base'
import { candidateCollection, trustCollection } from '@rumi/kernel/capability'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  raised,
  testCaller,
  untilCancelled,
  type BlockScript,
} from '@rumi/kernel/testing'
import { actor, handlerFiles, handlerPack, manifest, packId, setUpHandlers } from './test-handlers.ts'

const homes: string[] = []
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true })
})

const setUp = (script: BlockScript = () => answered({ said: 'hello' })) => {
  const home = mkdtempSync(join(tmpdir(), 'rumi-handlers-'))
  homes.push(home)
  const clock = createFixedClock()
  const parts = { home, clock, state: createMemoryState(clock), sandbox: createScriptedSandbox(script) }
  return setUpHandlers({ ...parts, memory: createMemoryPacks(), caller: testCaller })
}

describe('a handler at work', () => {
  it('runs in a sandbox of its own, from the approved bytes, and learns who asks and how far the grant goes', async () => {
    const { install, call, sandbox, grant, state } = setUp()
    await install()
    await grant('c', 'greet.say', { allowed_names: ['you'] })
    await call()
    const [run] = sandbox.calls
    const [record] = state.read(({ documents }) => documents.list(candidateCollection))
    const contentHash = typeof record?.record === 'object' ? record.record.offer.contentHash : ''
    expect(run).toMatchObject({
      ...{
        packId: 'p__h',
        treeHash: contentHash,
        file: 'handler.py',
        runtime: 'python',
        isolation: 'fresh',
        subdir: '',
      },
      ...{ entry: { function: 'execute', style: 'handler' }, input: { name: 'you' } },
      context: {
        ...{ permission_id: 'greet.say', principal_id: 'c', owner_pack: 'p', flow_id: 'f', step_id: 's1' },
        grant_config: { allowed_names: ['you'] },
      },
    })
    expect(state.entries.slice(-2)).toMatchObject([
      { kind: 'capability.call', actor: 'c', subject: 'greet.say' },
      { kind: 'handler.end', actor: 'p__h', subject: 'greet.say', data: { outcome: 'ok', for: 'c', step_id: 's1' } },
    ])
  })

  it('has its own grants, and not those of who calls it or of its pack alone', async () => {
    const asked: unknown[] = []
    const { install, call, grant } = setUp(async (_call, signal, ask) => {
      const message = { kind: 'capability', permission_id: 'store.get', args: {}, principal_id: 'c' }
      asked.push(await ask?.(message, signal))
      return answered(null)
    })
    await install()
    const allowed = { allowed_store_ids: ['s'] }
    for (const principal of ['c', 'p']) await grant(principal, 'store.get', allowed)
    await call()
    await grant('p__h', 'store.get', allowed)
    await call()
    expect(asked).toMatchObject([{ error_type: 'grant_denied' }, { output: { asked_by: 'p__h' } }])
  })

  it.each<[string, BlockScript, string]>([
    ['raises', () => raised('secret path'), 'handler_error'],
    ['takes too long', () => ({ ...raised('late'), errorType: 'timeout' }), 'timeout'],
    ['gives too much', () => answered('x'.repeat(10_000)), 'response_too_large'],
  ])('that %s is told to the caller in one word', async (_name, script, expected) => {
    const { install, call } = setUp(script)
    await install()
    const given = await call()
    expect([given['error_type'], JSON.stringify(given).includes('secret')]).toEqual([expected, false])
  })

  it('ends with its time', async () => {
    const { install, call, clock, sandbox } = setUp((_call, signal) => untilCancelled(signal))
    await install()
    const calling = call()
    while (sandbox.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.pass(30_000)
    expect((await calling)['error_type']).toBe('timeout')
  })

  it('is not called by itself, not even through another one', async () => {
    const types: unknown[] = []
    const other: Readonly<Record<string, string>> = { p__h: 'greet.other', q__other: 'greet.say' }
    const { install, call, grant, place, memory, packs, handlers, reason } = setUp(
      async ({ packId: id }, signal, ask) => {
        const answer = await ask?.({ kind: 'capability', permission_id: other[id] ?? '', args: {} }, signal)
        types.push((answer as JsonObject)['error_type'])
        return answered(null)
      },
    )
    memory.place('q', handlerPack('q'))
    place('q', 'other', handlerFiles({ 'handler.json': manifest({ handler_id: 'o', permission_id: 'greet.other' }) }))
    packs.discover()
    await packs.approve(packId('q'), {}, actor)
    await install()
    for (const { key } of handlers.list()) await handlers.approve(key, {}, actor)
    for (const principal of ['p', 'p__h']) await grant(principal, 'greet.other')
    for (const principal of ['q', 'q__other']) await grant(principal)
    expect((await call())['success']).toBe(true)
    expect([types, reason()]).toEqual([['grant_denied', null], 'handler-depth'])
  })

  it('is denied to a caller without a grant, as if it were not there', async () => {
    const { install, call, sandbox } = setUp()
    await install()
    const [stranger, nothing] = [await call('d'), await call('d', 'nobody.knows')]
    expect({ ...stranger, latency_ms: 0 }).toEqual({ ...nothing, latency_ms: 0 })
    expect(sandbox.calls).toEqual([])
  })

  type Situation = ReturnType<typeof setUp>
  it.each<[string, (situation: Situation, key: string) => Promise<unknown> | void, string]>([
    ['its pack was rejected', ({ packs }) => packs.reject(packId('p'), 'no', actor), 'pack: blocked'],
    ['its pack was removed', ({ packs }) => packs.remove(packId('p'), actor), 'pack: not_approved'],
    ['its pack was changed', ({ memory }) => memory.place('p', handlerPack('p', { 'x.py': '' })), 'pack: modified'],
    [
      'the trust in it is gone',
      ({ state }) =>
        state.write((writer) => {
          for (const { id } of writer.documents.list(trustCollection)) writer.removeDocument(trustCollection, id)
        }),
      'trust: unknown-handler',
    ],
    [
      'the trust is in other bytes',
      ({ state }) =>
        state.write((writer) => {
          for (const { id } of writer.documents.list(trustCollection)) writer.removeDocument(trustCollection, id)
          const sha256 = 'a'.repeat(64)
          writer.putDocument(trustCollection, `greeter:${sha256}`, { handler_id: 'greeter', sha256 })
        }),
      'trust: digest-mismatch',
    ],
    [
      'some trust cannot be read',
      ({ state }) => state.write((writer) => writer.putDocument(trustCollection, 'x:y', {} as never)),
      'trust: not-loaded',
    ],
    [
      'its bytes were damaged',
      ({ memory, state }) => {
        const [kept] = state.read(({ documents }) => documents.list(candidateCollection))
        if (typeof kept?.record === 'object') memory.damage(kept.record.offer.contentHash, 'helper.py')
      },
      'handler-damaged',
    ],
    ['it was taken away', ({ handlers }, key) => handlers.remove(key, actor), 'no-handler'],
  ])('does not run when %s', async (_name, happen, expected) => {
    const situation = setUp()
    const key = await situation.install()
    await happen(situation, key)
    expect((await situation.call())['error_type']).toBe('grant_denied')
    expect(situation.reason()).toContain(expected)
    expect(situation.sandbox.calls).toEqual([])
  })

  it('ends when it is taken away, and its trust with it', async () => {
    const { install, handlers, sandbox, state } = setUp()
    const key = await install()
    expect(await handlers.remove(key, actor)).toEqual({ ok: true, value: { key } })
    expect([sandbox.evicted.at(-1), state.entries.at(-1)?.kind, handlers.list(), handlers.trees]).toEqual([
      ...['p__h', 'candidate.remove', [], []],
    ])
    expect(state.read(({ documents }) => documents.list(trustCollection))).toEqual([])
  })

  it('ends with the approval of its pack', async () => {
    const { install, packs, sandbox } = setUp()
    await install()
    await packs.reject(packId('p'), 'no', actor)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sandbox.evicted).toContain('p__h')
  })
})
