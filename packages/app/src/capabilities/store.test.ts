import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import type { Capability } from '@rumi/kernel/gate'
import { storeCollection, type StoreRecord } from '@rumi/kernel/store'
import { createTestGate } from '@rumi/kernel/testing'
import { createStoreCapabilities } from './store.ts'

const allowed = { allowed_store_ids: ['s'] }
const operations = ['get', 'set', 'delete', 'list', 'batch_get', 'cas']

function openStores() {
  const capabilities: Capability[] = []
  const gate = createTestGate([], {
    findCapability: (permissionId) => capabilities.find((one) => one.permissionId === permissionId),
    maxAnswerBytes: 4 * 1024 * 1024,
  })
  capabilities.push(...createStoreCapabilities(gate.state))
  const create = (storeId = 's', more: Partial<StoreRecord> = {}) =>
    gate.state.write((state) =>
      state.putDocument(storeCollection, storeId, {
        ...{ storeId, rootPath: `user_data/stores/${storeId}`, createdAt: 0, createdBy: 'operator' },
        ...{ maxKeys: 1_000, maxBytes: 10_000_000 },
        ...more,
      }),
    )
  const ask = async (operation: string, args: JsonObject = {}, principal = 'a') =>
    gate.call(gate.open(principal), `store.${operation}`, { store_id: 's', ...args })
  const type = async (...given: Parameters<typeof ask>) => (await ask(...given)).error_type
  const output = async (...given: Parameters<typeof ask>) => (await ask(...given)).output
  const grantAll = async (principal = 'a', config: JsonObject = allowed) => {
    for (const operation of operations) await gate.grant(principal, `store.${operation}`, config)
  }
  const kept = (key = 'k') => gate.state.read(({ stores }) => stores.find('s', key))
  return { ...gate, create, ask, type, output, grantAll, kept }
}

async function openGranted() {
  const stores = openStores()
  await stores.create()
  await stores.grantAll()
  return stores
}

/** Arguments with which each operation would succeed or find nothing. */
const sound: Readonly<Record<string, JsonObject>> = {
  get: { key: 'k' },
  set: { key: 'k', value: 1 },
  delete: { key: 'k' },
  list: {},
  batch_get: { keys: ['k'] },
  cas: { key: 'k', expected_value: null, new_value: 1 },
}
describe('values of a store', () => {
  const value: fc.Arbitrary<JsonValue> = fc
    .jsonValue({ depthSize: 'medium' })
    .map((given) => JSON.parse(JSON.stringify(given)) as JsonValue)

  it('come back exactly as they were set, one by one and together', async () => {
    const { output } = await openGranted()
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        if (given === null) return
        const expected: JsonValue = JSON.parse(JSON.stringify(given)) as JsonValue
        expect(await output('set', { key: 'k', value: given })).toEqual({ success: true })
        expect(await output('get', { key: 'k' })).toEqual({ success: true, value: expected })
        expect(await output('batch_get', { keys: ['k'] })).toMatchObject({ results: { k: expected } })
        expect(await output('cas', { key: 'k', expected_value: given, new_value: given })).toMatchObject({
          success: true,
        })
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, JsonValue]>([
    ['keys that are names of members', JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3}') as JsonValue],
    ['a surrogate that stands alone', { '\ud800': '\udfff' }],
    ['controls and separators', '\u0000\u2028\u2029"\\'],
    ['numbers at the edge', [0, -1.5e-7, 1e21, 9_007_199_254_740_992]],
    ['false, and nothing inside of something', [false, null, '', {}, []]],
  ])('may hold %s', async (_name, given) => {
    const { ask } = await openGranted()
    await ask('set', { key: 'k', value: given })
    const read = await ask('get', { key: 'k' })
    expect(JSON.stringify(read.output)).toBe(JSON.stringify({ success: true, value: given }))
    const swapped = await ask('cas', { key: 'k', expected_value: given, new_value: 1 })
    expect(swapped).toMatchObject({ success: true, output: { success: true, store_id: 's', key: 'k' } })
  })

  it('are gone after they were deleted', async () => {
    const { output, type, grantAll, kinds } = await openGranted()
    await grantAll()
    await output('set', { key: 'k', value: 1 })
    expect(await output('delete', { key: 'k' })).toEqual({ success: true })
    expect([await type('get', { key: 'k' }), await type('delete', { key: 'k' })]).toEqual([
      'key_not_found',
      'key_not_found',
    ])
    expect(kinds()).toEqual(['capability.call', 'capability.call'])
  })

  it.each(['set', 'cas'])('are changed together with a ledger entry: %s', async (operation) => {
    const { state, ask } = await openGranted()
    const commits: unknown[] = []
    state.beforeCommit = (after) => {
      commits.push([after.stores.find('s', 'k'), after.ledger.entries(0, 9).map(({ kind }) => kind)])
    }
    await ask(operation, { ...sound[operation], value: 'canary', new_value: 'canary' })
    expect(commits).toEqual([['"canary"', ['capability.call']]])
    expect(JSON.stringify(state.entries)).not.toContain('canary')
  })

  it.each([
    ['store.set', { key: 'k', value: null }],
    ['store.set', { key: 'k' }],
    ['store.cas', { key: 'k', expected_value: 1, new_value: null }],
    ['store.cas', { key: 'k', expected_value: 1 }],
    ['store.batch_get', { keys: [] }],
    ['store.batch_get', { keys: 'k' }],
    ['store.batch_get', {}],
    ['store.list', { limit: 1.5 }],
    ['store.list', { limit: '9' }],
    ['store.list', { prefix: 'a b' }],
    ['store.list', { prefix: 7 }],
    ['store.list', { cursor: 7 }],
  ])('are not touched by a call that is malformed: %s %j', async (name, args) => {
    const { type } = await openGranted()
    expect(await type(name.slice('store.'.length), args)).toBe('validation_error')
  })
})

describe('the size of a value', () => {
  it.each(['set', 'cas'])('has at most 1 MiB as JSON when the grant of store.%s says nothing', async (operation) => {
    const { type, kept } = await openGranted()
    const write = (characters: number) => {
      const value = 'é'.repeat(characters)
      return type(operation, { key: 'k', value, new_value: value })
    }
    expect([await write(524_288), kept()]).toEqual(['payload_too_large', undefined])
    expect([await write(524_287), kept()?.length]).toEqual([null, 524_289])
  })

  it('has at most what every level of the lineage allows', async () => {
    const { create, grant, type } = openStores()
    await create()
    await grant('a', 'store.set', { ...allowed, max_value_bytes: 10 })
    await grant('a__b', 'store.set', { ...allowed, max_value_bytes: 2_000_000 })
    const write = (size: number, principal: string) => type('set', { key: 'k', value: 'x'.repeat(size - 2) }, principal)
    expect([await write(10, 'a__b'), await write(11, 'a__b'), await write(11, 'a')]).toEqual([
      null,
      'payload_too_large',
      'payload_too_large',
    ])
    await grant('a', 'store.set', { ...allowed, max_value_bytes: 3_000_000 })
    expect([await write(2_000_000, 'a__b'), await write(2_000_001, 'a__b')]).toEqual([null, 'payload_too_large'])
  })

  it.each([0, -1, '9', true])('is none at all under a limit of %j', async (limit) => {
    const { create, grant, type } = openStores()
    await create()
    await grant('a', 'store.set', { ...allowed, max_value_bytes: limit })
    expect(await type('set', { key: 'k', value: 1 })).toBe('payload_too_large')
  })
})

describe('a key', () => {
  it.each([
    ['', 'validation_error'],
    ['x'.repeat(513), 'validation_error'],
    ['a b', 'validation_error'],
    ['a\u0000', 'validation_error'],
    ['ß', 'validation_error'],
    ['/a', 'validation_error'],
    ['a/', 'validation_error'],
    ['__proto__', 'validation_error'],
    ['a/__proto__/b', 'validation_error'],
    ['../../x', 'security_error'],
    ['a/../../b', 'security_error'],
    [7, 'validation_error'],
    [null, 'validation_error'],
    [['k'], 'validation_error'],
  ])('%j is refused by every operation', async (key, expected) => {
    const { type } = await openGranted()
    for (const operation of ['get', 'set', 'delete', 'cas'])
      expect(await type(operation, { ...sound[operation], key })).toBe(expected)
    expect(await type('batch_get', { keys: ['k', key] })).toBe(expected)
  })

  it.each(['k', 'a/b.c_d-E9', '...', 'a..b', 'constructor', 'x'.repeat(512)])('%s is good', async (key) => {
    const { type, output } = await openGranted()
    expect(await type('set', { key, value: 1 })).toBeNull()
    expect(await output('batch_get', { keys: [key] })).toMatchObject({ results: { [key]: 1 }, found: 1 })
  })
})

describe('store.batch_get', () => {
  it('gives what there is and null for the rest', async () => {
    const { ask, output } = await openGranted()
    await ask('set', { key: 'a', value: [1] })
    expect(await output('batch_get', { keys: ['a', 'b'] })).toEqual({
      ...{ success: true, results: { a: [1], b: null }, found: 1, not_found: 1, truncated: false, warnings: [] },
    })
  })

  it('takes a hundred keys', async () => {
    const { type } = await openGranted()
    const keys = Array.from({ length: 101 }, (_, index) => `k${index}`)
    expect([await type('batch_get', { keys }), await type('batch_get', { keys: keys.slice(1) })]).toEqual([
      'validation_error',
      null,
    ])
  })

  it('reads each value once, and none behind the limit: a hundred large ones would keep everybody waiting', async () => {
    const { ask, output, state } = await openGranted()
    for (const key of ['a', 'b', 'c']) await ask('set', { key, value: 'x'.repeat(900 * 1024 - 10) })
    const read: string[] = []
    const readState = state.read.bind(state)
    state.read = (reading) =>
      readState((reader) =>
        reading({
          ...reader,
          stores: {
            ...reader.stores,
            find: (storeId, key) => {
              read.push(key)
              return reader.stores.find(storeId, key)
            },
          },
        }),
      )
    const keys = [...Array.from({ length: 98 }, () => 'a'), 'b', 'c']
    expect(await output('batch_get', { keys })).toMatchObject({ found: 3, not_found: 0, truncated: true })
    expect(read).toEqual(['a'])
  })

  it('gives 900 KiB together, and says that there is more', async () => {
    const { ask, output } = await openGranted()
    const value = 'x'.repeat(450 * 1024 - 2)
    for (const key of ['a', 'b', 'c']) await ask('set', { key, value: key === 'c' ? 1 : value })
    expect(await output('batch_get', { keys: ['a', 'b'] })).toMatchObject({ results: { b: value }, truncated: false })
    expect(await output('batch_get', { keys: ['a', 'b', 'c'] })).toMatchObject({
      ...{ results: { a: value, b: value, c: null }, found: 3, not_found: 0, truncated: true },
      warnings: [expect.stringContaining('900KB')],
    })
  })
})

describe('store.list', () => {
  it('gives pages in order, below a prefix', async () => {
    const { ask, output } = await openGranted()
    for (const key of ['b/2', 'a', 'b/10', 'b', 'c', 'b0']) await ask('set', { key, value: 1 })
    const page = async (args: JsonObject) => {
      const listed = (await output('list', args)) as JsonObject
      return [listed['keys'], listed['next_cursor'], listed['has_more'], listed['total_estimate']]
    }
    expect([
      await page({}),
      await page({ limit: 2 }),
      await page({ limit: 2, cursor: 'b' }),
      await page({ limit: 2, cursor: 'b/2' }),
      await page({ prefix: 'b/' }),
      await page({ prefix: 'b', cursor: 'b/10', limit: 1 }),
      await page({ prefix: 'x' }),
      await page({ limit: 0, prefix: null, cursor: null }),
    ]).toEqual([
      [['a', 'b', 'b/10', 'b/2', 'b0', 'c'], null, false, 6],
      [['a', 'b'], 'b', true, 6],
      [['b/10', 'b/2'], 'b/2', true, 6],
      [['b0', 'c'], null, false, 6],
      [['b/10', 'b/2'], null, false, 6],
      [['b/2'], 'b/2', true, 6],
      [[], null, false, 6],
      [['a'], 'a', true, 6],
    ])
  })

  it('gives at most a thousand keys, and a hundred when nobody says', async () => {
    const { state, output } = await openGranted()
    await state.write((writer) => {
      for (let index = 0; index < 1_001; index += 1) writer.putStoreEntry('s', `k${index}`, '1')
    })
    const count = async (args: JsonObject) => {
      const listed = (await output('list', args)) as { readonly keys: readonly string[] }
      return listed.keys.length
    }
    expect([await count({}), await count({ limit: 5_000 })]).toEqual([100, 1_000])
  })
})

describe('store.cas', () => {
  const cas = (expected: JsonValue, next: JsonValue) => ({ key: 'k', expected_value: expected, new_value: next })

  it('creates only what is not there, and replaces only what is expected', async () => {
    const { ask, kept } = await openGranted()
    const outcomes = []
    for (const args of [cas(0, 1), cas(null, { a: 1, b: [2] }), cas(null, 9), cas({ b: [2], a: 1 }, 'next')])
      outcomes.push(await ask('cas', args))
    expect(outcomes).toMatchObject([
      { error_type: 'conflict', output: { current_value: null } },
      { success: true, output: { success: true, store_id: 's', key: 'k' } },
      { error_type: 'conflict', output: { success: false, current_value: { a: 1, b: [2] } } },
      { success: true },
    ])
    expect(kept()).toBe('"next"')
  })

  it('takes an expectation that is left out for "it must not be there"', async () => {
    const { type } = await openGranted()
    const create = { key: 'k', new_value: 1 }
    expect([await type('cas', create), await type('cas', create)]).toEqual([null, 'conflict'])
  })

  it('lets exactly one of many win', async () => {
    const { type, kept, state } = await openGranted()
    await type('set', { key: 'k', value: 0 })
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => type('cas', cas(0, index + 1))))
    const winner = outcomes.indexOf(null)
    expect(outcomes.map((outcome, index) => (index === winner ? null : outcome))).toEqual(
      outcomes.map((_, index) => (index === winner ? null : 'conflict')),
    )
    expect([kept(), state.entries.filter(({ kind }) => kind === 'capability.call').length]).toEqual([
      String(winner + 1),
      2,
    ])
  })
})

describe('the room of a store', () => {
  it('is counted in keys: a full one still changes what it holds', async () => {
    const { create, grantAll, type } = openStores()
    await create('s', { maxKeys: 2 })
    await grantAll()
    const set = (key: string) => type('set', { key, value: 1 })
    expect([await set('a'), await set('b'), await set('c'), await set('a')]).toEqual([
      null,
      null,
      'quota_exceeded',
      null,
    ])
    expect(await type('cas', { key: 'c', expected_value: null, new_value: 1 })).toBe('quota_exceeded')
    expect([await type('delete', { key: 'a' }), await set('c')]).toEqual([null, null])
  })

  it('is counted in bytes of keys and values: a full one still shrinks', async () => {
    const { create, grantAll, type, kept } = openStores()
    await create('s', { maxBytes: 10 })
    await grantAll()
    const set = (value: JsonValue, key = 'kk') => type('set', { key, value })
    expect([await set('xxxxxxx'), await set('xxxxxx'), await set('yyyyyy'), await set(1, 'z')]).toEqual([
      'quota_exceeded',
      null,
      null,
      'quota_exceeded',
    ])
    expect([await set('yyyyyyy'), kept('kk'), await set('y'), await set(1, 'z')]).toEqual([
      'quota_exceeded',
      '"yyyyyy"',
      null,
      null,
    ])
  })
})
