import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonValue } from '@rumi/kernel/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem } from '../http/system.ts'
import { languages, probeFiles, probeFlow, startProbeSystem, type ProbeSystem } from './probe-system.ts'

/** A module of the pack's own under the name of ours. */
const impostor = `
def call(*given):
    return {"success": True, "output": "from the pack", "error": None, "error_type": None, "latency_ms": 0.0}
`
const misled = `
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rumi_capability

def run(input_data):
    sys.modules.pop("rumi_capability")
    import rumi_capability as again
    answers = [module.call("store.get", {"store_id": "pantry", "key": "k"}) for module in (rumi_capability, again)]
    return [[answer["output"], answer["error_type"]] for answer in answers]
`
/** Asks past the module, as a call that was never made, in somebody else's name; then for itself. */
const forger = `
import json
import os
import rumi_capability

def run(input_data):
    for offset, message in input_data["steps"]:
        body = (1).to_bytes(4, "big") + json.dumps(message).encode()
        os.write(3, (len(body) + 5).to_bytes(4, "big") + bytes([input_data.get("kind", 4)]) + (1 + offset).to_bytes(4, "big") + body)
    return rumi_capability.call("store.get", {"store_id": "pantry", "key": "k"})["error_type"]
`
const levels = Array.from({ length: 12 }, (_, level) => level)
const flows = Object.fromEntries(
  ['loop', 'back', ...levels.map((level) => `d${level}`)].map((name) => [
    `ecosystem/alpha/flows/${name}.flow.json`,
    probeFlow(`alpha.${name}`, 'probe.py'),
  ]),
)

let gate: ProbeSystem
beforeAll(async () => {
  gate = await startProbeSystem({
    packs: ['alpha', 'beta', 'mimic', 'lasting'],
    files: {
      ...flows,
      ...probeFiles('alpha', { stores: [{ store_id: 'mine' }] }, {}),
      ...probeFiles('lasting', { isolation: 'warm' }),
      ...probeFiles(
        'mimic',
        {},
        {
          'blocks/rumi_capability.py': impostor,
          'blocks/misled.py': misled,
          'blocks/forger.py': forger,
          'flows/misled.flow.json': probeFlow('mimic.misled', 'misled.py'),
          'flows/forger.flow.json': probeFlow('mimic.forger', 'forger.py'),
        },
      ),
    },
  })
  for (const store of ['pantry', 'beside']) await gate.must('POST', '/api/stores/create', { store_id: store })
  await gate.must('POST', '/api/stores/create', { store_id: 'small', max_keys: 2, max_bytes: 1000 })
})
afterAll(async () => gate.close())

const inStores = { allowed_store_ids: ['pantry', 'small', 'mine'] }
const typesOf = (answers: readonly { readonly error_type: string | null }[]): readonly (string | null)[] =>
  answers.map(({ error_type: type }) => type)

describe.each(languages)('a block in %s', (language) => {
  const probe = (pack: string, ...steps: Parameters<ProbeSystem['probe']>[2][]) => gate.probe(pack, language, ...steps)

  it('IPC-01: is who the channel says, whatever it says itself', async () => {
    await gate.grant('alpha', 'store.get', inStores)
    const from = gate.entries().length
    const claims = { principal_id: 'alpha', owner_pack: 'alpha', pack_id: 'alpha', caller: { principalId: 'alpha' } }
    const answers = await probe('beta', ['call', 'store.get', { store_id: 'pantry', key: 'k', ...claims }])
    expect(typesOf(answers)).toEqual(['grant_denied'])
    expect(gate.entries(from).filter(({ actor }) => actor === 'alpha')).toEqual([])
    const overridden = gate.entries(from).find(({ kind }) => kind === 'principal.overridden')
    expect(overridden).toMatchObject({ actor: 'beta', subject: 'beta', data: { claimed: 'alpha' } })
    expect(await probe('alpha', ['call', 'store.get', { store_id: 'pantry', key: 'k' }])).toMatchObject([
      { error_type: 'key_not_found' },
    ])
    await gate.must('POST', '/api/capability/grants/revoke', { principal_id: 'alpha', permission_id: 'store.get' })
  })

  it('asks a thousand times at once, in order and without harm to anybody', async () => {
    const from = gate.entries().length
    expect(await probe('alpha', ['many', 1000, 'store.get', { store_id: 'mine', key: 'nothing' }])).toEqual([
      { key_not_found: 1000 },
    ])
    expect(await probe('beta', ['many', 1000, 'store.get', { store_id: 'mine', key: 'nothing' }])).toEqual([
      { grant_denied: 1000 },
    ])
    const counts = gate.entries(from).flatMap(({ kind, data }) => (kind === 'capability.use' ? [data['count']] : []))
    const denials = gate.entries(from).filter(({ kind }) => kind === 'capability.deny').length
    // AUD-11: what is too much for the ledger is one number on it; the limit is of a minute, and both languages share it.
    expect(denials).toBeLessThanOrEqual(120)
    expect(counts).toEqual([1000, 1000 - denials])
  })

  it('is told that 4 MiB of arguments are too much, or too much for a store, and goes on', async () => {
    await gate.grant('alpha', 'store.set', inStores)
    const answers = await probe(
      ...(['alpha', ['large', 1024 * 1024 + 1], ['large', 4 * 1024 * 1024 - 400]] as const),
      ...([
        ['large', 4 * 1024 * 1024 + 1],
        ['large', 8],
      ] as const),
    )
    expect(answers).toEqual(['payload_too_large', 'payload_too_large', 'invalid_request', null])
  })

  it('CAP-09: names keys, never paths', async () => {
    await gate.grant('alpha', 'store.set', inStores)
    await gate.grant('alpha', 'store.get', inStores)
    const bad = [
      '../../x',
      'a/../../b',
      '..',
      '/etc/passwd',
      'a\0b',
      '\0',
      '',
      'x'.repeat(1024),
      'a//../b',
      7,
      null,
      {},
    ]
    const wishes = bad.flatMap((key) =>
      ['store.set', 'store.get'].map((one) => ['call', one, { store_id: 'pantry', key, value: 1 }] as const),
    )
    for (const answer of await probe('alpha', ...wishes)) {
      expect(answer).toMatchObject({
        success: false,
        error_type: expect.stringMatching(/^(validation|security)_error$/),
      })
    }
    const [set, get, list] = await probe(
      ...(['alpha', ['call', 'store.set', { store_id: 'mine', key: 'constructor', value: 1 }]] as const),
      ...([
        ['call', 'store.get', { store_id: 'mine', key: 'toString' }],
        ['call', 'store.batch_get', { store_id: 'mine', keys: ['constructor', 'hasOwnProperty'] }],
      ] as const),
    )
    expect([set, get, list]).toMatchObject([
      { success: true },
      { error_type: 'key_not_found' },
      { output: { results: { constructor: 1, hasOwnProperty: null }, found: 1 } },
    ])
  })

  it('CAP-10: does not use a store that its grant does not name, nor the store of another pack', async () => {
    for (const one of ['store.get', 'store.set', 'store.delete', 'store.list', 'store.batch_get', 'store.cas']) {
      const args = { store_id: 'beside', key: 'k', keys: ['k'], value: 1, new_value: 1 }
      expect(typesOf(await probe('alpha', ['call', one, args]))).toEqual(['grant_denied'])
      // Shared by nobody: also a grant is not enough.
      await gate.grant('beta', one, { allowed_store_ids: ['mine'] })
      expect(typesOf(await probe('beta', ['call', one, { ...args, store_id: 'mine' }]))).toEqual(['grant_denied'])
      await gate.must('POST', '/api/capability/grants/revoke', { principal_id: 'beta', permission_id: one })
    }
  })

  it('CAP-11: puts no more into a store than there is room', async () => {
    await gate.grant('alpha', 'store.set', inStores)
    await gate.grant('alpha', 'store.delete', inStores)
    const set = (key: string, value: string) => ['call', 'store.set', { store_id: 'small', key, value }] as const
    const drop = (key: string) => ['call', 'store.delete', { store_id: 'small', key }] as const
    const answers = await probe(
      ...(['alpha', set('a', 'x'), set('b', 'x'), set('c', 'x'), set('a', 'x'.repeat(2000)), set('a', 'y')] as const),
      ...[drop('a'), drop('b')],
    )
    expect(typesOf(answers)).toEqual([null, null, 'quota_exceeded', 'quota_exceeded', null, null, null])
  })

  it('asks nothing any more when it has answered, whether its process ends or not', async () => {
    for (const pack of ['mimic', 'lasting']) {
      expect(await probe(pack, ['linger', 'store.get', { store_id: 'pantry', key: 'k' }])).toEqual(['answered'])
      const size = gate.entries().length
      await probe('alpha', ['call', 'store.get', { store_id: 'mine', key: 'k' }])
      expect(gate.entries(size).filter(({ actor }) => actor === pack)).toEqual([])
    }
  })

  it('opens nothing by itself: no file of the home, no socket', async () => {
    const { home } = gate
    const paths = [home, join(home, 'user_data'), join(home, 'user_data/rumi.db'), '/etc/shadow']
    const wishes = [
      ...paths.map((path) => ['read', path] as const),
      ['connect', '127.0.0.1', gate.server.port] as const,
    ]
    const answers = await probe('alpha', ...wishes)
    expect(answers).toHaveLength(5)
    for (const answer of answers)
      expect(answer).toMatch(/^(ENOENT|EACCES|EAFNOSUPPORT|No such file|Permission|Address family)/)
    expect(gate.server.connections()).toBe(0)
  })
})

describe('a block that does not ask as it should', () => {
  it('hears only itself when it brings a module of its own under our name', async () => {
    const from = gate.entries().length
    const { result } = await gate.run('mimic.misled', [])
    for (const [output] of result.answer) {
      expect(output === 'from the pack' || output.error_type === 'grant_denied').toBe(true)
    }
    const asked = gate.entries(from).filter(({ kind }) => kind.startsWith('capability.'))
    expect(asked.filter(({ actor }) => actor !== 'mimic')).toEqual([])
    expect(asked.filter(({ kind }) => kind !== 'capability.deny')).toEqual([])
  })

  it.each<JsonValue>([{ constructor: { principal_id: 'alpha' } }, '__proto__', 'a b', 7, null, ['store.get']])(
    'is told that %j is no permission',
    async (permission) => {
      const message = { kind: 'capability', permission_id: permission, args: {} }
      const [answer] = await gate.probe('beta', 'python', ['raw', message])
      expect(answer).toMatchObject({
        success: false,
        error_type: expect.stringMatching(/^(invalid_request|grant_denied)$/),
      })
    },
  )

  it('gains nothing by a key "__proto__": in its message, in its arguments or in a value', async () => {
    await gate.grant('alpha', 'store.set', inStores)
    await gate.grant('alpha', 'store.get', inStores)
    const polluting = JSON.parse('{"__proto__":{"success":true,"principal_id":"alpha","polluted":1}}')
    const hidden = JSON.stringify(['raw', { kind: 'capability', permission_id: 'store.get', args: polluting }])
    const ended = await gate.run('beta.python', [['hidden', Array.from(hidden).toReversed().join('')]])
    // A message with such a key is no message: whoever sends it past our modules is ended.
    expect([ended.success, ended.error_type ?? ended.result.answer[0][1]]).not.toEqual([true, null])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(await gate.probe('alpha', 'python', ['call', 'store.get', { store_id: 'mine', key: 'k' }])).toMatchObject([
      { error_type: null },
    ])
  })

  it.each([
    ['in the name of another call', [[1, { kind: 'capability', permission_id: 'store.get', args: {} }]], 4],
    ['as an answer of ours', [[0, { success: true }]], 5],
    ['as a frame of no kind', [[0, {}]], 99],
  ] as const)('is ended when it forges a frame %s, and the next one is served', async (_, steps, kind) => {
    const answer = await gate.rumi.ask('POST', '/api/flows/mimic.forger/run', { inputs: { steps, kind } })
    expect(answer.body.data).toMatchObject({ success: false, status: 'failed' })
    expect(await gate.probe('beta', 'python', ['check', 'example.com', 443])).toMatchObject([{ allowed: false }])
  })
})

describe('a flow that a block runs', () => {
  const runs = (count: number) => Array.from({ length: count }, (_, level) => `alpha.d${level}`)

  it('IPC-06: is not one that is running above it', async () => {
    await gate.grant('alpha', 'flow.run', { allowed_flow_ids: ['alpha.loop', 'alpha.back'] })
    const again = ['call', 'flow.run', { flow_id: 'alpha.loop', inputs: { steps: [] } }] as const
    const [straight] = (await gate.run('alpha.loop', [again])).result.answer
    expect(straight).toMatchObject({ success: false, error_type: 'recursive_flow' })
    const around = ['call', 'flow.run', { flow_id: 'alpha.back', inputs: { steps: [again] } }] as const
    const [outer] = (await gate.run('alpha.loop', [around])).result.answer
    expect(outer).toMatchObject({ success: true, output: { result: { answer: [{ error_type: 'recursive_flow' }] } } })
  })

  it('IPC-06: is at most ten deep', async () => {
    await gate.grant('alpha', 'flow.run', { allowed_flow_ids: runs(12) })
    const from = gate.entries().length
    const { result } = await gate.run('alpha.d0', [['descend', 0]])
    expect(result.answer).toEqual([[9, 'flow_depth_exceeded']])
    const outcomes = gate
      .entries(from)
      .flatMap(({ kind, data }) => (kind === 'capability.use' ? [data['outcome']] : []))
    expect(outcomes).toContain('flow_depth_exceeded')
  })

  it('is one that the grant names, and acts for its own pack', async () => {
    await gate.grant('alpha', 'flow.run', { allowed_flow_ids: ['beta.python'] })
    const get = ['call', 'store.get', { store_id: 'mine', key: 'k' }] as const
    const [other, ours] = await gate.probe(
      ...(['alpha', 'python'] as const),
      ['call', 'flow.run', { flow_id: 'beta.typescript', inputs: { steps: [] } }],
      ['call', 'flow.run', { flow_id: 'beta.python', inputs: { steps: [get] } }],
    )
    expect(other).toMatchObject({ error_type: 'grant_denied' })
    expect(ours).toMatchObject({ success: true, output: { result: { answer: [{ error_type: 'grant_denied' }] } } })
  })
})

describe('where a store lies', () => {
  it.each([
    '/etc',
    '../x',
    'user_data/stores/../../x',
    'user_data',
    'user_data/stores',
    'user_data/stores/.',
    'C:\\x',
    '',
  ])('CAP-13: is never %j', async (path) => {
    const answer = await gate.rumi.ask('POST', '/api/stores/create', { store_id: 'outside', root_path: path })
    expectProblem(answer, 400, 'store.root_path')
  })

  it('CAP-13: is no folder, so that a link in its place leads nowhere', async () => {
    const folder = join(gate.home, 'user_data/stores')
    const elsewhere = join(gate.home, '../elsewhere')
    mkdirSync(elsewhere)
    if (existsSync(folder)) renameSync(folder, `${folder}.before`)
    symlinkSync(elsewhere, folder)
    await gate.must('POST', '/api/stores/create', { store_id: 'linked' })
    await gate.grant('alpha', 'store.set', { allowed_store_ids: ['linked'] })
    const answers = await gate.probe('alpha', 'python', [
      'call',
      'store.set',
      { store_id: 'linked', key: 'k', value: 1 },
    ])
    expect(typesOf(answers)).toEqual([null])
    expect(readdirSync(elsewhere)).toEqual([])
  })
})
