import { describe, expect, it } from 'vitest'
import { err, ok, type JsonObject } from '@rumi/kernel/base'
import {
  deleteSecret,
  deriveSealingKey,
  openSecret,
  secretNameSchema,
  SecretText,
  setSecret,
  type SecretRecord,
} from '@rumi/kernel/secret'
import { createTestGate } from '@rumi/kernel/testing'
import { createSecretsCapability, type SecretReader } from './secrets.ts'

const key = deriveSealingKey(Buffer.alloc(32, 4))
const canary = 'canary-5f3a'

function seal(name: string, versionFloor?: number): SecretRecord {
  const about = { previous: undefined, versionFloor, name: secretNameSchema.parse(name), at: 1 }
  return setSecret({ ...about, text: new SecretText(canary), key, nonce: Buffer.alloc(12, 7) }).record
}

function setUp(rate = 1_000) {
  const kept = new Map<string, { record: SecretRecord | 'unreadable'; versionFloor: number | undefined }>()
  const secrets: SecretReader = {
    read: (name) => kept.get(name) ?? { record: undefined, versionFloor: undefined },
    open: ({ key: name, version, value }) => {
      const opened = openSecret({ name, version, sealed: value, keys: [key] })
      return opened.ok ? ok(opened.value) : err({ kind: opened.error.kind })
    },
  }
  const gate = createTestGate([createSecretsCapability(secrets)], { rateOf: () => ({ limit: rate, windowMs: 60_000 }) })
  kept.set('GOOD', { record: seal('GOOD'), versionFloor: 1 })
  const get = (name: unknown, principal = 'a') =>
    gate.call(gate.open(principal), 'secrets.get', { key: name } as JsonObject)
  return { ...gate, kept, get }
}

describe('secrets.get', () => {
  it('gives the value to a pack whose grant names it, on the ledger before', async () => {
    const { get, grant, state } = setUp()
    await grant('a', 'secrets.get', { allowed_keys: ['GOOD'] })
    expect(await get('GOOD')).toMatchObject({ success: true, output: { success: true, value: canary } })
    expect(state.entries).toMatchObject([{ kind: 'capability.call', actor: 'a', subject: 'GOOD' }])
    expect(JSON.stringify(state.entries)).not.toContain(canary)
  })

  it('gives nothing that could not be written down first', async () => {
    const { get, grant, state } = setUp()
    await grant('a', 'secrets.get', { allowed_keys: ['GOOD'] })
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    expect(JSON.stringify(await get('GOOD'))).not.toContain(canary)
  })

  it('says the same, whatever the reason that there is nothing to give', async () => {
    const { get, grant, kept, denials } = setUp()
    const deleted = deleteSecret({ previous: seal('DELETED'), versionFloor: 1, at: 2 })
    if (!deleted.ok) throw new Error('there is a secret to delete')
    kept.set('DELETED', { record: deleted.value, versionFloor: 2 })
    kept.set('STALE', { record: seal('STALE'), versionFloor: 2 })
    kept.set('UNKNOWN_TO_LEDGER', { record: seal('UNKNOWN_TO_LEDGER'), versionFloor: undefined })
    kept.set('UNREADABLE', { record: 'unreadable', versionFloor: 1 })
    kept.set('COPIED', { record: seal('GOOD'), versionFloor: 1 })
    kept.set('SPOILED', { record: { ...seal('SPOILED'), value: seal('OTHER').value } as never, versionFloor: 1 })
    kept.set('FORBIDDEN', { record: seal('FORBIDDEN'), versionFloor: 1 })
    const stranger = await get('GOOD', 'b')
    const granted = [...kept.keys(), 'ABSENT'].filter((name) => name !== 'FORBIDDEN')
    await grant('a', 'secrets.get', { allowed_keys: granted })
    const names = granted.filter((name) => name !== 'GOOD')
    const answers = [stranger]
    for (const name of [...names, 'FORBIDDEN', 'NOBODY', 'a b', 'good', '', '*', 7, null, ['GOOD'], undefined])
      answers.push(await get(name))
    expect(new Set(answers.map(({ latency_ms: _latency, ...rest }) => JSON.stringify(rest)))).toEqual(
      new Set([
        '{"success":false,"output":{"success":false,"error":"Access denied or secret not found","error_type":"access_denied"},"error":"Access denied or secret not found","error_type":"access_denied"}',
      ]),
    )
    expect(denials().map(({ reasons }) => reasons[0])).toEqual(
      expect.arrayContaining([
        ...['b: no-grant', 'deleted', 'stale', 'unreadable', 'name-mismatch', 'absent', 'not-covered'],
        ...['malformed-name', 'not-authentic'],
      ]),
    )
  })

  it.each<[string, JsonObject]>([
    ['no list', {}],
    ['an empty list', { allowed_keys: [] }],
    ['a star', { allowed_keys: ['*'] }],
    ['another key', { allowed_keys: ['OTHER'] }],
  ])('gives nothing under a grant with %s', async (_name, config) => {
    const { get, grant } = setUp()
    await grant('a', 'secrets.get', config)
    expect((await get('GOOD')).error_type).toBe('access_denied')
  })

  it('gives no more in a minute than is allowed, and counts names that are not there as well', async () => {
    const { get, grant, clock } = setUp(2)
    await grant('a', 'secrets.get', { allowed_keys: ['GOOD', 'ABSENT'] })
    const types = [(await get('ABSENT')).error_type, (await get('GOOD')).error_type, (await get('GOOD')).error_type]
    clock.setWall(clock.now() - 3_600_000)
    types.push((await get('GOOD')).error_type)
    clock.pass(60_000)
    types.push((await get('GOOD')).error_type)
    expect(types).toEqual(['access_denied', null, 'rate_limited', 'rate_limited', null])
  })
})
