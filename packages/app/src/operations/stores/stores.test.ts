import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import { storeCollection, storeShareCollection } from '@rumi/kernel/store'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import type { Services } from '../services.ts'
import { callOperation, createTestServices } from '../test-services.ts'
import { approveShare, createStore, deleteStore, listShares, listStores, revokeShare } from './stores.ts'

function setUp() {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  const services = createTestServices({ clock, state: createMemoryState(clock), sandbox })
  const call = (operation: typeof listStores, input: unknown = {}) =>
    callOperation(operation, services as unknown as Services, input)
  const own = (storeId: string, owner: string) => {
    const record = { storeId, rootPath: `user_data/stores/${storeId}`, createdAt: 0, createdBy: 'operator/http' }
    const whole = { ...record, owner: packIdSchema.parse(owner), maxKeys: 9, maxBytes: 9 }
    return services.state.write((state) => state.putDocument(storeCollection, storeId, whole))
  }
  return { ...services, call, own }
}
const share = (more: object = {}) => ({ provider_pack_id: 'p', consumer_pack_id: 'c', store_id: 's', ...more })

describe('stores over the surfaces', () => {
  it('are created once, on the ledger, and listed with what they take', async () => {
    const { call, state } = setUp()
    const created = {
      ...{ store_id: 's', root_path: 'user_data/stores/s', created_by: 'operator/http', owner: null },
      ...{ keys: 0, bytes: 0, max_keys: 1_000_000, max_bytes: 1_073_741_824 },
    }
    expect(await call(createStore, { store_id: 's' })).toMatchObject({ ok: true, value: created })
    expect(await call(createStore, { store_id: 's', max_keys: 5 })).toMatchObject({
      ok: false,
      error: { code: 'store.exists', status: 409 },
    })
    await state.write((writer) => writer.putStoreEntry('s', 'key', '"ß"'))
    expect(await call(listStores)).toMatchObject({
      value: { count: 1, unreadable: [], stores: [{ ...created, keys: 1, bytes: 7 }] },
    })
    expect(state.entries.map(({ kind, actor, subject }) => [kind, actor, subject])).toEqual([
      ['store.create', 'operator/http', 's'],
    ])
  })

  it.each([
    'x',
    '/etc',
    'user_data/stores',
    'user_data/stores/../x',
    'user_data/stores//x',
    'user_data/stores/./x',
    'user_data/stores/.hidden',
    'user_data/stores/x\u0000',
    'user_data/other/x',
    '../user_data/stores/x',
  ])('do not lie at %j', async (path) => {
    const { call, state } = setUp()
    expect(await call(createStore, { store_id: 's', root_path: path })).toMatchObject({
      ok: false,
      error: { code: 'store.root_path', status: 400 },
    })
    expect(state.entries).toEqual([])
  })

  it('that cannot be read are named, and cannot be made anew', async () => {
    const { call, state } = setUp()
    await state.write((writer) => writer.putDocument(storeCollection, 's', {} as never))
    expect([await call(listStores), await call(createStore, { store_id: 's' })]).toMatchObject([
      { value: { count: 0, unreadable: ['s'] } },
      { ok: false, error: { code: 'store.exists' } },
    ])
  })

  it('are deleted with all their values and shares, and nothing else is', async () => {
    const { call, own, state } = setUp()
    for (const storeId of ['s', 't']) {
      await own(storeId, 'p')
      await call(approveShare, share({ store_id: storeId }))
      await state.write((writer) => writer.putStoreEntry(storeId, 'k', '1'))
    }
    await state.write((writer) => writer.putDocument(storeShareCollection, 'x:y:s', {} as never))
    expect(await call(deleteStore, { store_id: 's' })).toEqual({
      ok: true,
      value: { store_id: 's', deleted: true, keys: 1 },
    })
    expect(
      state.read(({ stores, documents }) => [
        stores.usage('s').keys,
        stores.usage('t').keys,
        documents.list(storeCollection).map(({ id }) => id),
        documents.list(storeShareCollection).map(({ id }) => id),
      ]),
    ).toEqual([0, 1, ['t'], ['p:c:t']])
    expect(await call(deleteStore, { store_id: 's' })).toMatchObject({ ok: false, error: { code: 'store.unknown' } })
  })

  it('are shared by the pack that owns them only', async () => {
    const { call, own, state } = setUp()
    await own('s', 'p')
    await call(createStore, { store_id: 'operators' })
    for (const wrong of [{ provider_pack_id: 'q' }, { store_id: 'operators' }, { store_id: 'nowhere' }])
      expect(await call(approveShare, share(wrong))).toMatchObject({ ok: false, error: { code: 'store.not_owned' } })
    expect(await call(approveShare, share())).toMatchObject({ ok: true, value: share() })
    expect(await call(listShares)).toMatchObject({ value: { count: 1, entries: [share()] } })
    expect(state.entries.at(-1)).toMatchObject({
      kind: 'store.share',
      subject: 's',
      data: { provider: 'p', consumer: 'c' },
    })
  })

  it('are shared no more when it is taken back, and what runs of the consumer ends', async () => {
    const { call, own, sandbox, state } = setUp()
    await own('s', 'p')
    await call(approveShare, share())
    expect([await call(revokeShare, share()), await call(revokeShare, share())]).toMatchObject([
      { value: { success: true, revoked: true } },
      { value: { success: true, revoked: false } },
    ])
    expect([sandbox.evicted, state.read(({ documents }) => documents.list(storeShareCollection))]).toEqual([['c'], []])
    expect(state.entries.filter(({ kind }) => kind === 'store.unshare')).toHaveLength(1)
  })
})
