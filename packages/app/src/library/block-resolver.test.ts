import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import type { BlockQuestion } from '@rumi/kernel/run'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  packFiles,
  type MemoryPacks,
} from '@rumi/kernel/testing'
import { createBlockResolver } from './block-resolver.ts'
import { PackLibrary } from './pack-library.ts'

const packId = packIdSchema.parse('demo')
const operator = { kind: 'shared' } as const

// eslint-disable-next-line typescript/explicit-function-return-type
function setUp() {
  const clock = createFixedClock()
  const packs = createMemoryPacks()
  packs.place('demo', packFiles('demo', { 'notes.txt': '', 'blocks/b.ts': '', 'blocks/c.rb': '' }))
  const library = new PackLibrary({
    folder: packs.folder,
    trees: packs.trees,
    state: createMemoryState(clock),
    sandbox: createScriptedSandbox(() => answered(null)),
    clock,
  })
  const resolve = createBlockResolver(library)
  const ask = (question: Partial<BlockQuestion> = {}) =>
    resolve({ packId, file: 'blocks/a.py', flowSource: operator, ...question })
  return { packs, library, ask }
}

type Setup = { readonly packs: MemoryPacks; readonly library: PackLibrary }
const approve = ({ library }: Setup): Promise<unknown> => library.approve(packId, {}, 'operator')

describe('whether a block may run', () => {
  it('is answered with exactly the approved bytes and how to run them', async () => {
    const { library, ask } = setUp()
    await library.approve(packId, {}, 'operator')
    const [record] = library.records
    const treeHash = record?.scannedHash ?? ''
    const common = { treeHash, treePath: `/home/trees/${treeHash}`, subdir: '', isolation: 'fresh' }
    expect(await ask()).toMatchObject({ ok: true, value: { ...common, file: 'blocks/a.py', runtime: 'python' } })
    expect(await ask({ file: 'b.ts' })).toMatchObject({
      ok: true,
      value: { ...common, file: 'blocks/b.ts', runtime: 'node' },
    })
  })

  it.each([
    ['nobody has looked at', (): undefined => undefined, 'not_approved'],
    ['was scanned only', ({ library }: Setup) => library.scan(packId, 'operator'), 'not_approved'],
    ['was rejected', ({ library }: Setup) => library.reject(packId, '', 'operator'), 'denied'],
    [
      'was changed after its approval',
      async (setup: Setup) => {
        await approve(setup)
        setup.packs.place('demo', packFiles('demo', { 'blocks/a.py': 'steal()' }))
      },
      'modified',
    ],
    [
      'is gone',
      async (setup: Setup) => {
        await approve(setup)
        setup.packs.removeFolder('demo')
      },
      'modified',
    ],
    [
      'has a damaged copy',
      async (setup: Setup) => {
        await approve(setup)
        const [record] = setup.library.records
        if (record) setup.packs.damage(record.scannedHash, 'blocks/a.py')
      },
      'denied',
    ],
  ])('is no for a pack that %s, and says nothing about its files', async (_, arrange, errorType) => {
    const setup = setUp()
    await arrange(setup)
    const known = await setup.ask()
    expect(known).toMatchObject({ ok: false, error: { errorType } })
    expect(await setup.ask({ file: 'blocks/no-such.py' })).toEqual(known)
  })

  it.each([
    ['blocks/no.py', 'has no file'],
    ['blocks/c.rb', 'is no block'],
    ['notes.txt', 'is no block'],
    ['../demo/blocks/a.py', 'has no file'],
    ['/etc/passwd.py', 'has no file'],
    ['blocks/./a.py', 'has no file'],
    ['', 'is no block'],
  ])('is no for the file %j', async (file, words) => {
    const setup = setUp()
    await approve(setup)
    expect(await setup.ask({ file })).toMatchObject({
      ok: false,
      error: { errorType: 'block_missing', message: expect.stringContaining(words) },
    })
  })

  it.each([
    ['another', 'evil', 'denied'],
    ['the same', 'demo', undefined],
  ])('for a flow of %s pack', async (_, owner, errorType) => {
    const setup = setUp()
    await approve(setup)
    const flowSource = { kind: 'pack', packId: packIdSchema.parse(owner) } as const
    const answer = await setup.ask({ flowSource })
    expect(answer.ok ? undefined : answer.error.errorType).toBe(errorType)
  })

  it('is decided about the flow before the pack: a stranger learns nothing about other packs', async () => {
    const setup = setUp()
    const flowSource = { kind: 'pack', packId: packIdSchema.parse('evil') } as const
    const before = await setup.ask({ flowSource })
    await approve(setup)
    expect(await setup.ask({ flowSource })).toEqual(before)
  })
})

describe('an answer', () => {
  it.each([
    ['a rejection', ({ library }: Setup) => library.reject(packId, '', 'operator')],
    ['a removal', ({ library }: Setup) => library.remove(packId, 'operator')],
    [
      'an approval of something else',
      (setup: Setup) => {
        setup.packs.place('demo', packFiles('demo', { 'new.txt': '' }))
        return approve(setup)
      },
    ],
  ])('does not stand any more after %s', async (_, change) => {
    const setup = setUp()
    await approve(setup)
    const answer = await setup.ask()
    if (!answer.ok) throw new Error(answer.error.message)
    expect(answer.value.isCurrent()).toBe(true)
    await change(setup)
    expect(answer.value.isCurrent()).toBe(false)
  })
})
