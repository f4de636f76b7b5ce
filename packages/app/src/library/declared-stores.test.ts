import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import { storeCollection, storeShareCollection } from '@rumi/kernel/store'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  packFiles,
} from '@rumi/kernel/testing'
import { declareStores } from './declared-stores.ts'
import { PackLibrary } from './pack-library.ts'

const actor = 'operator/http'
const packId = (text: string) => packIdSchema.parse(text)

function setUp() {
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const packs = createMemoryPacks()
  const sandbox = createScriptedSandbox(() => answered(null))
  const library = new PackLibrary({ folder: packs.folder, trees: packs.trees, state, sandbox, clock })
  declareStores(library, state, clock)
  const place = (name: string, ...storeIds: readonly string[]) => {
    packs.place(name, packFiles(name, {}, { stores: storeIds.map((storeId) => ({ store_id: storeId })) }))
    library.discover()
  }
  const approve = async (name: string) => {
    const approved = await library.approve(packId(name), {}, actor)
    return approved.ok ? 'approved' : approved.error.code
  }
  const stores = () =>
    state
      .read(({ documents }) => documents.list(storeCollection))
      .map(({ id, record }) => [id, record === 'unreadable' ? record : record.owner])
  return { state, library, place, approve, stores }
}

describe('a store that a pack declares', () => {
  it('is created as its own, with its approval and in the same write', async () => {
    const { state, place, approve, stores } = setUp()
    place('p', 's', 't')
    const commits: unknown[] = []
    state.beforeCommit = (after) => {
      const kinds = after.ledger.entries(0, 9).map(({ kind }) => kind)
      if (kinds.includes('pack.approve')) commits.push([after.documents.list(storeCollection).length, kinds])
    }
    expect([stores(), await approve('p'), stores()]).toEqual([
      [],
      'approved',
      [
        ['s', 'p'],
        ['t', 'p'],
      ],
    ])
    expect(commits).toEqual([[2, expect.arrayContaining(['pack.approve', 'store.create'])]])
  })

  it('keeps its values and is nobody’s when its pack is removed: another pack under the id is refused (OPS-04)', async () => {
    const { state, library, place, approve, stores } = setUp()
    place('p', 's')
    await approve('p')
    const share = { provider: packId('p'), consumer: packId('q'), storeId: 's', approvedAt: 1, approvedBy: actor }
    await state.write((writer) => {
      writer.putStoreEntry('s', 'k', '1')
      writer.putDocument(storeShareCollection, 'p:q:s', share)
    })
    await library.remove(packId('p'), actor)
    expect([stores(), state.read((reader) => reader.stores.find('s', 'k'))]).toEqual([[['s', undefined]], '1'])
    expect(state.read(({ documents }) => documents.list(storeShareCollection))).toEqual([])
    expect(state.entries.slice(-2).map(({ kind, subject }) => [kind, subject])).toEqual([
      ['pack.remove', 'p'],
      ['store.orphan', 's'],
    ])
    expect(await approve('p')).toBe('store.taken')
  })

  it('keeps what it is when the pack is approved again', async () => {
    const { state, place, approve, stores } = setUp()
    place('p', 's')
    await approve('p')
    await state.write((writer) => writer.putStoreEntry('s', 'k', '1'))
    place('p', 's', 'u')
    expect(await approve('p')).toBe('approved')
    expect([stores(), state.read((reader) => reader.stores.find('s', 'k'))]).toEqual([
      [
        ['s', 'p'],
        ['u', 'p'],
      ],
      '1',
    ])
    expect(state.entries.filter(({ kind }) => kind === 'store.create')).toHaveLength(2)
  })

  it.each<[string, object]>([
    ["another pack's", { owner: 'q' }],
    ["the operator's", {}],
    ['one whose record cannot be read', { maxKeys: 0 }],
  ])('may not be %s', async (_name, more) => {
    const { state, place, approve, stores } = setUp()
    const record = { storeId: 's', rootPath: 'r', createdAt: 0, createdBy: 'x', maxKeys: 1, maxBytes: 1, ...more }
    await state.write((writer) => writer.putDocument(storeCollection, 's', record as never))
    const before = stores()
    place('p', 't', 's')
    expect([await approve('p'), stores()]).toEqual(['store.taken', before])
  })

  it('goes to one of two packs that are approved at the same moment', async () => {
    const { place, approve, stores } = setUp()
    place('p', 's')
    place('q', 's')
    const outcomes = await Promise.all([approve('p'), approve('q')])
    expect([outcomes.toSorted((a, b) => a.localeCompare(b)), stores().length]).toEqual([['approved', 'store.taken'], 1])
  })
})
