import { describe, expect, it } from 'vitest'
import { err, flowIdSchema, type FlowId, type JsonObject } from '@rumi/kernel/base'
import type { Capability, Caller } from '@rumi/kernel/gate'
import { createGate } from '@rumi/kernel/gate'
import {
  answered,
  createTestGate,
  createTestRunner,
  raised,
  setStep,
  testCaller,
  blockStep,
  type BlockScript,
} from '@rumi/kernel/testing'
import { createFlowRunCapability } from './flow-run.ts'

const flow = (text: string): FlowId => flowIdSchema.parse(text)

function setUp(stack: readonly string[] = ['f'], script: BlockScript = () => answered({ n: 1 })) {
  const capabilities: Capability[] = []
  const gate = createTestGate(capabilities)
  const runs = createTestRunner({
    script,
    flows: [
      { flow_id: 'g', steps: [blockStep('a')], outputs: ['a'] },
      { flow_id: 'quiet', steps: [setStep('s', { x: 1 })] },
    ],
  })
  capabilities.push(createFlowRunCapability(() => runs.runner))
  const open = createGate({
    ...{ state: gate.state, clock: gate.clock, grants: gate.grants, spendUses: async (chain) => chain },
    ...{ findCapability: () => capabilities[0], rateOf: () => undefined, ownPorts: () => [], maxAnswerBytes: 10_000 },
    performEgress: () => Promise.reject(new Error('no network')),
    openSecret: async () => err('absent'),
    onException: (error) => {
      throw error
    },
  })
  const caller: Caller = { ...testCaller('a'), flowStack: stack.map(flow) }
  const run = async (args: JsonObject) =>
    (await open(caller).ask(
      { kind: 'capability', permission_id: 'flow.run', args },
      new AbortController().signal,
    )) as JsonObject
  return { ...gate, runs, run }
}

describe('flow.run', () => {
  it('runs a flow that the grant names, for the pack that asked, and gives its end', async () => {
    const { run, grant, runs, kinds } = setUp()
    await grant('a', 'flow.run', { allowed_flow_ids: ['g'] })
    expect(await run({ flow_id: 'g' })).toMatchObject({
      success: true,
      output: { success: true, status: 'completed', flow_id: 'g', run_id: expect.stringMatching(/^run_/) },
    })
    const [record] = runs.state.read((state) => state.runs.list(9))
    expect([record?.caller, kinds()]).toEqual(['pack/a', ['capability.call']])
  })

  it.each<[string, JsonObject]>([
    ['no list', {}],
    ['an empty list', { allowed_flow_ids: [] }],
    ['another flow', { allowed_flow_ids: ['quiet'] }],
    ['a star', { allowed_flow_ids: ['*'] }],
  ])('runs nothing under a grant with %s', async (_name, config) => {
    const { run, grant, runs } = setUp()
    await grant('a', 'flow.run', config)
    expect((await run({ flow_id: 'g' }))['error_type']).toBe('grant_denied')
    expect(runs.sandbox.calls).toEqual([])
  })

  it('does not run what is running above it', async () => {
    const { run, grant, runs } = setUp(['g', 'f'])
    await grant('a', 'flow.run', { allowed_flow_ids: ['g'] })
    expect((await run({ flow_id: 'g' }))['error_type']).toBe('recursive_flow')
    expect(runs.sandbox.calls).toEqual([])
  })

  it.each([
    [9, null],
    [10, 'flow_depth_exceeded'],
  ])('below %i flows answers with %j', async (depth, expected) => {
    const { run, grant } = setUp(Array.from({ length: depth }, (_, index) => `f${index}`))
    await grant('a', 'flow.run', { allowed_flow_ids: ['g'] })
    expect((await run({ flow_id: 'g' }))['error_type']).toBe(expected)
  })

  it.each<[JsonObject]>([[{}], [{ flow_id: '../g' }], [{ flow_id: 7 }], [{ flow_id: 'g', inputs: [] }]])(
    'says what is wrong with %j',
    async (args) => {
      const { run, grant } = setUp()
      await grant('a', 'flow.run', { allowed_flow_ids: ['g'] })
      expect((await run(args))['error_type']).toBe('validation_error')
    },
  )

  it('says how a flow ended that did not complete', async () => {
    const { run, grant } = setUp(['f'], () => raised('it broke'))
    await grant('a', 'flow.run', { allowed_flow_ids: ['g'] })
    expect(await run({ flow_id: 'g' })).toMatchObject({
      ...{ success: false, error: 'it broke', error_type: 'flow_execution_error' },
      output: { success: false, status: 'failed', flow_id: 'g' },
    })
  })

  it('says that a flow is not there', async () => {
    const { run, grant } = setUp()
    await grant('a', 'flow.run', { allowed_flow_ids: ['nowhere'] })
    expect((await run({ flow_id: 'nowhere' }))['error_type']).toBe('flow_not_found')
  })
})
