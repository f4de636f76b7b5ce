import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  packFiles,
} from '@rumi/kernel/testing'
import { FlowLibrary, type OperatorFlows } from './flow-library.ts'
import { PackLibrary } from './pack-library.ts'

const packId = packIdSchema.parse('demo')
const flow = (flowId: string, key = 'k'): string =>
  JSON.stringify({
    flow_id: flowId,
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key, value: 1 } }],
  })

// eslint-disable-next-line typescript/explicit-function-return-type
function setUp(packMore: Readonly<Record<string, string>> = { 'flows/a.flow.json': flow('demo.a') }) {
  const clock = createFixedClock()
  const packs = createMemoryPacks()
  packs.place('demo', packFiles('demo', packMore))
  const library = new PackLibrary({
    folder: packs.folder,
    trees: packs.trees,
    state: createMemoryState(clock),
    sandbox: createScriptedSandbox(() => answered(null)),
    clock,
  })
  const own = new Map<string, string>()
  let reads = 0
  const operator: OperatorFlows = {
    fingerprint: () => JSON.stringify([...own]),
    read: () => {
      reads += 1
      const files = [...own].map(([file, text]) => ({
        file,
        source: { kind: 'shared' } as const,
        bytes: Buffer.from(text),
      }))
      return { files, diagnostics: [] }
    },
    isFlowPath: (path) => path.endsWith('.flow.json'),
  }
  const flows = new FlowLibrary(operator, library, 1000)
  const ids = (): readonly string[] => flows.list().map(({ flowId }) => flowId)
  return {
    packs,
    library,
    own,
    flows,
    ids,
    reads: () => reads,
    approve: () => library.approve(packId, {}, 'operator'),
  }
}

describe('the flows of the operator', () => {
  it('follow their files without a restart, and are not read again while nothing changes', () => {
    const { own, ids, flows, reads } = setUp()
    own.set('flows/x.flow.json', flow('x'))
    expect([ids(), reads()]).toEqual([['x'], 1])
    const prepared = flows.find('x')
    expect([flows.find('x') === prepared, prepared?.steps.length, reads()]).toEqual([true, 1, 1])
    own.set('flows/x.flow.json', flow('y'))
    expect([ids(), flows.find('x'), flows.find('y')?.definition.flowId]).toEqual([['y'], undefined, 'y'])
    flows.reload()
    expect([ids(), reads()]).toEqual([['y'], 3])
  })

  it('that are broken take nothing from others', () => {
    const { own, ids, flows } = setUp()
    own.set('flows/good.flow.json', flow('good'))
    own.set('flows/bad.flow.json', '{')
    own.set('flows/large.flow.json', ' '.repeat(1001))
    expect(ids()).toEqual(['good'])
    expect(flows.diagnostics.map(({ file, severity }) => [file, severity])).toEqual([
      ['flows/bad.flow.json', 'error'],
      ['flows/large.flow.json', 'error'],
    ])
  })

  it('are not replaced by a flow of a pack', async () => {
    const { own, flows, approve } = setUp({ 'flows/a.flow.json': flow('mine', 'stolen') })
    own.set('flows/mine.flow.json', flow('mine'))
    await approve()
    expect(flows.find('mine')?.definition.source).toEqual({ kind: 'shared' })
    expect(flows.diagnostics.map(({ code }) => code)).toContain('flow.shadowed')
  })
})

describe('the packs that a flow calls', () => {
  it('are those of the flows it runs, and of the flows these run, however deep', async () => {
    const call = (id: string, target: string) => ({ id, phase: 'main', type: 'flow', flow: target })
    const calling = (flowId: string, steps: readonly unknown[]): string =>
      JSON.stringify({ flow_id: flowId, phases: ['main'], steps })
    const { own, flows, approve } = setUp()
    await approve()
    // oxlint-disable-next-line unicorn/no-thenable -- the key of the file format; nobody awaits it
    const branch = { id: 'b', phase: 'main', type: 'if', condition: 'true', then: [call('c', 'demo.a')] }
    own.set('flows/x.flow.json', calling('x', [call('a', 'y')]))
    own.set('flows/y.flow.json', calling('y', [branch, call('d', 'x'), call('e', 'nobody')]))
    own.set('flows/z.flow.json', flow('z'))
    expect(['x', 'y', 'z', 'demo.a', 'nobody'].map((id) => flows.listCalledPacks(id))).toEqual([
      ['demo'],
      ['demo'],
      [],
      ['demo'],
      [],
    ])
  })
})

describe('the flows of a pack', () => {
  it('run once it is approved, and not after it was rejected or forgotten', async () => {
    const { library, flows, ids, approve } = setUp()
    expect([ids(), flows.findWithheld('demo.a')]).toEqual([[], undefined])
    await library.scan(packId, 'operator')
    expect([ids(), flows.findWithheld('demo.a')]).toEqual([[], { flowId: 'demo.a', packId: 'demo' }])
    await approve()
    expect([ids(), flows.findWithheld('demo.a')]).toEqual([['demo.a'], undefined])
    expect(flows.find('demo.a')?.definition).toMatchObject({
      source: { kind: 'pack', packId: 'demo' },
      file: 'ecosystem/demo/flows/a.flow.json',
    })
    await library.reject(packId, '', 'operator')
    expect([ids(), flows.find('demo.a'), flows.findWithheld('demo.a')?.packId]).toEqual([[], undefined, 'demo'])
    await library.remove(packId, 'operator')
    expect([ids(), flows.findWithheld('demo.a')]).toEqual([[], undefined])
  })

  it('are those of the approved bytes, whatever its folder holds now', async () => {
    const { packs, library, flows, approve, ids } = setUp()
    await approve()
    packs.place(
      'demo',
      packFiles('demo', { 'flows/a.flow.json': flow('demo.a', 'changed'), 'flows/b.flow.json': flow('demo.b') }),
    )
    await library.scan(packId, 'operator')
    expect(flows.findApproved('demo.a')?.definition.steps).toMatchObject([{ key: 'k' }])
    await approve()
    expect(flows.find('demo.a')?.definition.steps).toMatchObject([{ key: 'changed' }])
    expect(ids()).toEqual(['demo.a', 'demo.b'])
  })

  it('of a pack that was changed after its approval may not be run or called', async () => {
    const { packs, flows, approve, ids } = setUp()
    await approve()
    expect([ids(), flows.find('demo.a')?.definition.flowId]).toEqual([['demo.a'], 'demo.a'])
    packs.place('demo', packFiles('demo', { 'flows/a.flow.json': flow('demo.a', 'changed') }))
    expect([ids(), flows.find('demo.a')]).toEqual([[], undefined])
  })

  it('lie in its folder for flows, beside its manifest or below backend', async () => {
    const { ids, approve } = setUp({
      'flows/a.flow.json': flow('demo.a'),
      'flows/deep/b.flow.json': flow('demo.b'),
      'backend/flows/c.flow.json': flow('demo.c'),
      'elsewhere/far/flows/d.flow.json': flow('demo.d'),
      'e.flow.json': flow('demo.e'),
      'flows/notes.json': flow('demo.f'),
    })
    await approve()
    expect(ids()).toEqual(['demo.a', 'demo.b', 'demo.c'])
  })

  it('that are broken are named, and take nothing from others', async () => {
    const { flows, ids, own, approve } = setUp({ 'flows/a.flow.json': '{', 'flows/b.flow.json': flow('demo.b') })
    own.set('flows/x.flow.json', flow('x'))
    await approve()
    expect(ids()).toEqual(['demo.b', 'x'])
    expect(flows.diagnostics.map(({ file }) => file)).toEqual(['ecosystem/demo/flows/a.flow.json'])
  })

  it.each([
    [undefined, 'ecosystem/demo'],
    ['flows/a.flow.json', 'ecosystem/demo/flows/a.flow.json'],
  ])(
    'whose stored copy is damaged (%s) do not run, which is said, and run again when it is whole',
    async (path, file) => {
      const { packs, library, flows, ids, approve } = setUp()
      await approve()
      const [record] = library.records
      if (record) packs.damage(record.scannedHash, path)
      flows.reload()
      expect(ids()).toEqual([])
      expect(flows.diagnostics).toMatchObject([{ code: 'flow.unreadable', severity: 'error', file }])
      await approve()
      expect([ids(), flows.diagnostics]).toEqual([['demo.a'], []])
    },
  )
})
