import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { treeHashSchema } from '@rumi/kernel/base'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  tellLate,
  testCaller,
} from '@rumi/kernel/testing'
import { actor, handlerFiles, manifest, setUpHandlers } from './test-handlers.ts'

const homes: string[] = []
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true })
})

const setUp = () => {
  const home = mkdtempSync(join(tmpdir(), 'rumi-handlers-'))
  homes.push(home)
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  const parts = { home, clock, state: tellLate(createMemoryState(clock)), sandbox }
  return setUpHandlers({ ...parts, memory: createMemoryPacks(), caller: testCaller })
}

const hashOf = ({ handlers }: ReturnType<typeof setUp>) => {
  const [one] = handlers.list()
  if (!one || one.record === 'unreadable') throw new Error('nothing is offered')
  return one.record.offer.contentHash
}

describe('a handler that waits', () => {
  it('is shown as it would run, and not as its folder is now', async () => {
    const system = setUp()
    const { handlers, place, candidate } = system
    place('p', 'h', handlerFiles({ 'handler.json': manifest({ description: 'greets', risk: 'none' }) }))
    await candidate()
    const hash = hashOf(system)
    place('p', 'h', handlerFiles({ 'handler.json': manifest({ description: 'nicer' }), 'more.py': '' }))
    expect(handlers.findClaims(hash)).toEqual({ description: 'greets', risk: 'none' })
    expect(handlers.findFiles(hash)?.map(({ path, size }) => [path, size])).toEqual([
      ['handler.json', expect.any(Number)],
      ['handler.py', 31],
      ['helper.py', 5],
    ])
    // A start keeps what an operator is to look at.
    expect(handlers.trees).toEqual([hash])
  })

  it('says nothing when its content is not kept', () => {
    const { handlers } = setUp()
    const nothing = treeHashSchema.parse(`sha256:${'0'.repeat(64)}`)
    expect([handlers.findClaims(nothing), handlers.findFiles(nothing)]).toEqual([undefined, undefined])
  })

  it('is not installed when a scan took other files than the ones that were shown', async () => {
    const system = setUp()
    const { handlers, place, candidate } = system
    const found = await candidate()
    const contentHash = hashOf(system)
    place('p', 'h', handlerFiles({ 'helper.py': 'x = 2' }))
    await handlers.scan(actor)
    expect(await handlers.approve(found, { contentHash }, actor)).toMatchObject({
      error: { code: 'candidate.changed' },
    })
    const now = await handlers.approve(found, { contentHash: hashOf(system) }, actor)
    expect(now).toMatchObject({ value: { status: 'installed' } })
  })
})

describe('a handler that waits for nothing', () => {
  it('is refused with what can be done instead', async () => {
    const { handlers, candidate, clock } = setUp()
    const found = await candidate()
    const code = 'candidate.not_waiting'
    await handlers.reject(found, 'no', actor)
    const until = new Date(clock.now() + 3_600_000).toISOString()
    expect(await handlers.approve(found, {}, actor)).toMatchObject({
      error: {
        code,
        message: expect.stringContaining(`until ${until}`),
        hint: expect.stringMatching(/capability scan$/),
      },
    })
    clock.pass(3_600_000)
    await handlers.scan(actor)
    await handlers.approve(found, {}, actor)
    expect(await handlers.reject(found, 'no', actor)).toMatchObject({
      error: { code, hint: expect.stringMatching(`rumi capability remove ${found}$`) },
    })
  })
})
