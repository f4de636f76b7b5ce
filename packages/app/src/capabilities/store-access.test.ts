import { describe, expect, it } from 'vitest'
import { packIdSchema, type JsonObject } from '@rumi/kernel/base'
import type { Capability } from '@rumi/kernel/gate'
import { formatShareId, storeCollection, storeShareCollection, type StoreRecord } from '@rumi/kernel/store'
import { createTestGate } from '@rumi/kernel/testing'
import { createStoreCapabilities } from './store.ts'

const allowed = { allowed_store_ids: ['s'] }
const operations = ['get', 'set', 'delete', 'list', 'batch_get', 'cas']
const owner = packIdSchema.parse('owner')

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
  const share = (
    more: object = {},
    at = formatShareId({ provider: owner, consumer: packIdSchema.parse('a'), storeId: 's' }),
  ) =>
    gate.state.write((state) =>
      state.putDocument(storeShareCollection, at, {
        ...{ provider: owner, consumer: packIdSchema.parse('a'), storeId: 's', approvedAt: 0, approvedBy: 'operator' },
        ...more,
      }),
    )
  const ask = async (operation: string, args: JsonObject = {}, principal = 'a') =>
    gate.call(gate.open(principal), `store.${operation}`, { store_id: 's', ...args })
  const type = async (...given: Parameters<typeof ask>) => (await ask(...given)).error_type
  const grantAll = async (principal = 'a', config: JsonObject = allowed) => {
    for (const operation of operations) await gate.grant(principal, `store.${operation}`, config)
  }
  return { ...gate, create, share, ask, type, grantAll }
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
const everyOperation = operations.map((operation) => [operation, sound[operation] ?? {}] as const)

describe('who may use a store', () => {
  it.each(everyOperation)(
    'store.%s of one that is not there says so, with a remedy for the operator',
    async (operation, args) => {
      const { grantAll, ask, denials } = openStores()
      await grantAll()
      expect(await ask(operation, args)).toMatchObject({ error_type: 'store_not_found' })
      expect(denials()).toMatchObject([
        {
          ...{ permissionId: `store.${operation}`, subject: 's', reasons: ['store_not_found'], needs: allowed },
          remedy: { kind: 'create-store', storeId: 's' },
        },
      ])
    },
  )

  it.each(everyOperation)('store.%s of one that is not there says nothing to a stranger', async (operation, args) => {
    const { ask, denials } = openStores()
    const absent = await ask(operation, args)
    const there = await (await openGranted()).ask(operation, args, 'stranger')
    expect([absent.error_type, { ...absent, latency_ms: 0 }]).toEqual(['grant_denied', { ...there, latency_ms: 0 }])
    expect(denials()).toMatchObject([{ reasons: ['a: no-grant'] }])
  })

  it.each<[string, JsonObject]>([
    ['no list', {}],
    ['an empty list', { allowed_store_ids: [] }],
    ['another store', { allowed_store_ids: ['t'] }],
    ['a star', { allowed_store_ids: ['*'] }],
    ['the operator-only spelling', { store_ids: ['s'] }],
  ])('is denied under a grant with %s', async (_name, config) => {
    const { create, grantAll, type } = openStores()
    await create()
    await grantAll('a', config)
    for (const [operation, args] of everyOperation) expect(await type(operation, args)).toBe('grant_denied')
  })

  it.each(['', 'a/b', '..', 'x'.repeat(129), 7, null])('the id %j is refused', async (storeId) => {
    const { type } = await openGranted()
    expect(await type('get', { store_id: storeId, key: 'k' })).toBe('validation_error')
  })

  it('is the pack that declared it, without a grant', async () => {
    const { create, type } = openStores()
    await create('s', { owner })
    expect(await type('set', { key: 'k', value: 1 }, 'owner')).toBeNull()
    expect(await type('get', { key: 'k' }, 'owner__child')).toBe('grant_denied')
    expect(await type('set', { key: 'k', value: 'x'.repeat(1_048_575) }, 'owner')).toBe('payload_too_large')
  })

  it.each(everyOperation)("store.%s of another pack's needs both a share and a grant", async (operation, args) => {
    const { create, grant, share, type, denials, state } = openStores()
    await create('s', { owner })
    await state.write((writer) => writer.putStoreEntry('s', 'k', '1'))
    const outcomes = [await type(operation, args)]
    await grant('a', `store.${operation}`, allowed)
    outcomes.push(await type(operation, args))
    const remedies = denials().map(({ reasons, remedy }) => [reasons, remedy])
    await share()
    outcomes.push(await type(operation, args))
    await state.write((writer) => writer.removeDocument(storeShareCollection, 'owner:a:s'))
    outcomes.push(await type(operation, args))
    await share()
    outcomes.push(await type(operation, args, 'b'))
    const open = operation === 'cas' ? 'conflict' : null
    expect(outcomes).toEqual(['grant_denied', 'grant_denied', open, 'grant_denied', 'grant_denied'])
    expect(remedies).toContainEqual([
      ['not-shared'],
      { kind: 'share-store', provider: 'owner', consumer: 'a', storeId: 's' },
    ])
  })

  it.each<[string, object]>([
    ['for another consumer', { consumer: 'b' }],
    ['of another provider', { provider: 'b' }],
    ['of another store', { storeId: 't' }],
    ['that cannot be read', { approvedAt: 'never' }],
  ])('is nobody by a share %s that was copied here', async (_name, more) => {
    const { create, grantAll, share, type } = openStores()
    await create('s', { owner })
    await grantAll()
    await share(more)
    for (const [operation, args] of everyOperation) expect(await type(operation, args)).toBe('grant_denied')
  })

  it('is nobody while its record cannot be read', async () => {
    const { create, grantAll, type, denials } = openStores()
    await create('s', { maxKeys: 0 })
    await grantAll()
    for (const principal of ['a', 'owner'])
      for (const [operation, args] of everyOperation)
        expect(await type(operation, args, principal)).toBe('grant_denied')
    expect(denials().find(({ principalId }) => principalId === 'a')?.reasons).toEqual(['store-unreadable'])
  })
})
