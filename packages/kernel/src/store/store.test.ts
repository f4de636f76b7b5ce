import { describe, expect, it } from 'vitest'
import { packIdSchema } from '../base/index.ts'
import { decideStoreAccess, formatShareId, storeCollection, storeIdSchema, type StoreShare } from './store.ts'

const id = (text: string) => packIdSchema.parse(text)
const store = {
  ...{ storeId: 's', rootPath: 'user_data/stores/s', createdAt: 0, createdBy: 'operator', owner: id('owner') },
  ...{ maxKeys: 1, maxBytes: 1 },
}
const share: StoreShare = {
  ...{ provider: id('owner'), consumer: id('a'), storeId: 's', approvedAt: 0, approvedBy: 'operator' },
}
const notShared = { ok: false, error: { kind: 'not-shared', owner: 'owner' } }
const open = { ok: true, value: undefined }

describe('a store', () => {
  it.each<[string, string, StoreShare | 'unreadable' | undefined, object]>([
    ['is open to its owner', 'owner', undefined, open],
    ['is open to its owner, whatever is shared', 'owner', 'unreadable', open],
    ['is open to whom it is shared with', 'a', share, open],
    ['is closed to a stranger', 'a', undefined, notShared],
    ["is closed to the owner's child", 'owner__a', undefined, notShared],
    ['is closed to a child of whom it is shared with', 'a__b', share, notShared],
    ['is closed by a share for somebody else', 'b', share, notShared],
    ['is closed by a share of somebody else', 'a', { ...share, provider: id('b') }, notShared],
    ['is closed by a share of another store', 'a', { ...share, storeId: 't' }, notShared],
    ['is closed by a share that cannot be read', 'a', 'unreadable', { ok: false, error: { kind: 'unreadable' } }],
  ])('%s', (_name, principal, ...[given, expected]) => {
    expect(decideStoreAccess(id(principal), store, given)).toEqual(expected)
  })

  it('of the operator needs a grant and no share', () => {
    const { owner: _owner, ...ofOperator } = store
    expect(decideStoreAccess(id('a'), ofOperator, undefined)).toEqual(open)
  })

  it.each(['', 'a/b', '..', 'a:b', 'a b', 'x'.repeat(129)])('is not called %j', (name) => {
    expect(storeIdSchema.safeParse(name).success).toBe(false)
  })

  it('has a record that says how much it may take', () => {
    expect(
      [store, { ...store, maxKeys: 0 }, { ...store, maxBytes: Number.POSITIVE_INFINITY }, { ...store, x: 1 }].map(
        (record) => storeCollection.schema.safeParse(record).success,
      ),
    ).toEqual([true, false, false, false])
  })

  it('is shared under a name that tells all three apart', () => {
    expect(formatShareId(share)).toBe('owner:a:s')
  })
})
