import { describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type TreeHash } from '@rumi/kernel/base'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  packFiles,
} from '@rumi/kernel/testing'
import { PackLibrary } from './pack-library.ts'
import type { PackView } from './pack-view.ts'

const packId = packIdSchema.parse('demo')
const actor = 'operator/http'

// eslint-disable-next-line typescript/explicit-function-return-type
function setUp() {
  const clock = createFixedClock()
  const state = createMemoryState(clock)
  const packs = createMemoryPacks()
  const sandbox = createScriptedSandbox(() => answered(null))
  packs.place('demo', packFiles('demo'))
  const open = (): PackLibrary => new PackLibrary({ folder: packs.folder, trees: packs.trees, state, sandbox, clock })
  const library = open()
  const events = (): readonly unknown[] => state.entries.map((entry) => [entry.kind, entry.actor])
  return { clock, state, packs, sandbox, library, open, events }
}

const hashOf = (view: PackView | undefined): TreeHash => {
  if (!view?.record) throw new Error('the pack has no record')
  return view.record.scannedHash
}

describe('decisions about a pack', () => {
  it('go from installed to pending to approved to blocked, each on the ledger with what it was about', async () => {
    const { library, state, sandbox } = setUp()
    const states = [library.find(packId)?.state]
    await library.scan(packId, actor)
    states.push(library.find(packId)?.state)
    await library.approve(packId, {}, actor)
    states.push(library.find(packId)?.state)
    await library.reject(packId, 'not mine', actor)
    states.push(library.find(packId)?.state)
    expect(states).toEqual(['installed', 'pending', 'approved', 'blocked'])
    const tree_hash = hashOf(library.find(packId))
    expect(state.entries.map(({ kind, subject, data }) => [kind, subject, data])).toEqual([
      ['pack.scan', 'demo', { tree_hash }],
      ['pack.approve', 'demo', { tree_hash }],
      ['pack.reject', 'demo', { reason: 'not mine' }],
    ])
    expect(sandbox.evicted).toEqual(['demo', 'demo'])
    expect(await library.remove(packId, actor)).toEqual({ ok: true, value: 'demo' })
    expect([library.find(packId)?.state, library.records]).toEqual(['installed', []])
  })

  it('count from the moment they are durable, and for every library that is opened later', async () => {
    const { library, open } = setUp()
    const approved = await library.approve(packId, {}, actor)
    expect(approved.ok).toBe(true)
    expect(open().records).toEqual(library.records)
    expect(open().find(packId)?.state).toBe('approved')
  })

  it('that cannot be written change nothing', async () => {
    const { library, state, sandbox } = setUp()
    await library.approve(packId, {}, actor)
    const before = library.records
    const evicted = [...sandbox.evicted]
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    await expect(library.reject(packId, 'no', actor)).rejects.toThrow('full')
    await expect(library.remove(packId, actor)).rejects.toThrow('full')
    expect([library.records, sandbox.evicted, library.find(packId)?.state]).toEqual([before, evicted, 'approved'])
    expect(await library.decideRun(packId)).toMatchObject({ allowed: true })
  })

  it('are told to whoever depends on them', async () => {
    const { library } = setUp()
    let calls = 0
    library.onChange(() => (calls += 1))
    for (const change of [
      () => library.scan(packId, actor),
      () => library.approve(packId, {}, actor),
      () => library.reject(packId, '', actor),
      () => library.remove(packId, actor),
    ]) {
      const before = calls
      await change()
      expect(calls).toBeGreaterThan(before)
    }
  })

  it('about packs that do not exist are refused', async () => {
    const { library } = setUp()
    const nobody = packIdSchema.parse('nobody')
    const problem = { ok: false, error: { code: 'pack.unknown', status: 404 } }
    expect(await library.scan(nobody, actor)).toMatchObject(problem)
    expect(await library.approve(nobody, {}, actor)).toMatchObject(problem)
    expect(await library.reject(nobody, '', actor)).toMatchObject(problem)
    expect(await library.remove(nobody, actor)).toMatchObject(problem)
    expect(library.find(nobody)).toBeUndefined()
  })

  it('about a folder that is refused say why, and approve nothing', async () => {
    const { library, packs } = setUp()
    packs.spoil('demo')
    expect(await library.approve(packId, {}, actor)).toMatchObject({
      ok: false,
      error: { code: 'pack.unreadable', status: 422, message: expect.stringContaining('tree.link in the test') },
    })
    packs.place('demo', { 'ecosystem.json': '{' })
    expect(await library.approve(packId, {}, actor)).toMatchObject({ error: { code: 'pack.unreadable' } })
    expect(library.records).toEqual([])
  })
})

describe('an approval', () => {
  it('of a named hash is refused when the folder holds something else, and the refusal is on the ledger', async () => {
    const { library, packs, state } = setUp()
    const review = await library.review(packId)
    if (!review.ok) throw new Error(review.error.message)
    const reviewed = review.value.treeHash
    packs.place('demo', packFiles('demo', { 'blocks/a.py': 'steal()' }))
    expect(await library.approve(packId, { namedHash: reviewed }, actor)).toMatchObject({
      ok: false,
      error: { code: 'pack.hash_mismatch', status: 409 },
    })
    expect(state.entries.at(-1)).toMatchObject({ kind: 'pack.refuse', data: { reason: 'pack.hash_mismatch' } })
    expect(await library.decideRun(packId)).toMatchObject({ allowed: false })
    packs.place('demo', packFiles('demo'))
    expect(await library.approve(packId, { namedHash: reviewed }, actor)).toMatchObject({
      value: { state: 'approved' },
    })
  })

  it('shows file by file what has changed since the last one', async () => {
    const { library, packs } = setUp()
    await library.approve(packId, {}, actor)
    packs.place('demo', packFiles('demo', { 'blocks/a.py': 'other', 'blocks/b.py': 'new' }))
    const review = await library.review(packId)
    if (!review.ok) throw new Error(review.error.message)
    const { state, changes, files } = review.value
    expect([state, changes?.added.map(({ path }) => path), changes?.changed.map(({ after }) => after.path)]).toEqual([
      'modified',
      ['blocks/b.py'],
      ['blocks/a.py'],
    ])
    expect(files.map(({ path }) => path)).toEqual(['blocks/a.py', 'blocks/b.py', 'ecosystem.json'])
  })

  it('is for exactly that content, and is gone at once when it is withdrawn', async () => {
    const { library, packs } = setUp()
    const first = await library.approve(packId, {}, actor)
    if (!first.ok) throw new Error(first.error.message)
    const hash = hashOf(first.value)
    const other = treeHashSchema.parse(`sha256:${'0'.repeat(64)}`)
    expect([library.isApproved(packId, hash), library.isApproved(packId, other)]).toEqual([true, false])
    packs.place('demo', packFiles('demo', { 'new.txt': '' }))
    await library.approve(packId, {}, actor)
    expect(library.isApproved(packId, hash)).toBe(false)
    packs.place('demo', packFiles('demo'))
    await library.approve(packId, {}, actor)
    expect(library.isApproved(packId, hash)).toBe(true)
    await library.reject(packId, '', actor)
    expect(library.isApproved(packId, hash)).toBe(false)
  })
})

describe('whether a pack may run', () => {
  it.each([
    ['is not there', (): undefined => undefined, 'unknown_pack'],
    ['was only scanned', ({ library }: ReturnType<typeof setUp>) => library.scan(packId, actor), 'not_approved'],
    ['was rejected', ({ library }: ReturnType<typeof setUp>) => library.reject(packId, '', actor), 'blocked'],
  ])('it may not when it %s', async (_, arrange, reason) => {
    const given = setUp()
    await arrange(given)
    if (reason === 'unknown_pack') given.packs.removeFolder('demo')
    given.library.discover()
    expect(await given.library.decideRun(packId)).toEqual({ allowed: false, reason })
  })

  it('it may when its folder was only touched: it is read again', async () => {
    const { library, packs, events } = setUp()
    await library.approve(packId, {}, actor)
    const before = events()
    packs.touch('demo')
    expect(await library.decideRun(packId)).toMatchObject({ allowed: true })
    expect(events()).toEqual(before)
  })

  it('it may not when its folder has changed, which the ledger tells once, and may when it is as it was', async () => {
    const { library, packs, state } = setUp()
    await library.approve(packId, {}, actor)
    packs.place('demo', packFiles('demo', { 'blocks/a.py': 'steal()' }))
    for (let time = 0; time < 3; time += 1) {
      expect(await library.decideRun(packId)).toEqual({ allowed: false, reason: 'modified' })
    }
    expect(state.entries.filter(({ kind }) => kind === 'pack.modified')).toMatchObject([{ actor: 'system' }])
    packs.place('demo', packFiles('demo'))
    expect(await library.decideRun(packId)).toMatchObject({ allowed: true })
  })

  it('it may not when its folder is gone or refused', async () => {
    const { library, packs } = setUp()
    await library.approve(packId, {}, actor)
    packs.spoil('demo')
    expect(await library.decideRun(packId)).toEqual({ allowed: false, reason: 'modified' })
    packs.removeFolder('demo')
    expect(await library.decideRun(packId)).toEqual({ allowed: false, reason: 'modified' })
  })
})

describe('an approved tree', () => {
  it('is isolated as its approved bytes say, whatever the folder says now', async () => {
    const { library, packs } = setUp()
    const approved = await library.approve(packId, {}, actor)
    if (!approved.ok) throw new Error(approved.error.message)
    packs.place('demo', packFiles('demo', {}, { isolation: 'warm' }))
    library.discover()
    const tree = await library.openTree(hashOf(approved.value))
    expect(tree).toMatchObject({
      ok: true,
      value: { isolation: 'fresh', subdir: '', treeHash: hashOf(approved.value) },
    })
    const warm = await library.approve(packId, {}, actor)
    if (!warm.ok) throw new Error(warm.error.message)
    expect(await library.openTree(hashOf(warm.value))).toMatchObject({ value: { isolation: 'warm' } })
  })

  it.each([['blocks/a.py'], ['ecosystem.json'], [undefined]])(
    'that is damaged (%s) does not run until it is whole again',
    async (path) => {
      const { library, packs, open } = setUp()
      const approved = await library.approve(packId, {}, actor)
      if (!approved.ok) throw new Error(approved.error.message)
      const hash = hashOf(approved.value)
      packs.damage(hash, path)
      const later = open()
      expect((await later.openTree(hash)).ok).toBe(false)
      await later.scan(packId, actor)
      expect((await later.openTree(hash)).ok).toBe(true)
      expect((await library.openTree(hash)).ok).toBe(true)
    },
  )
})
