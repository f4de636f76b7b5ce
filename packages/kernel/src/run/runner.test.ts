import { describe, expect, it } from 'vitest'
import { ok } from '../base/index.ts'
import {
  answered,
  blockStep,
  createFlows,
  createScriptedSandbox,
  createTestRunner,
  flowStep,
  raised,
  resolvedBlock,
  setStep,
} from '../testing/index.ts'
import type { SandboxDriver } from '../sandbox/index.ts'
import type { BlockQuestion } from './block-resolver.ts'

/** Lets everything happen that waits for nothing from outside. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A promise and how to settle it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

describe('what is durable, and when', () => {
  it('has the intent before the sandbox is asked: run, open step and block.start', async () => {
    const seen: unknown[] = []
    const { state, run } = createTestRunner({
      script: ({ packId }) => {
        const [record] = state.read((reader) => reader.runs.listOpen())
        const steps = record ? state.read((reader) => reader.runs.steps(record.runId)) : []
        seen.push(
          packId,
          record?.status,
          steps.map(({ stepId, status }) => [stepId, status]),
          state.entries.at(-1),
        )
        return answered(1)
      },
    })
    await run()
    expect(seen).toMatchObject([
      'demo_pack',
      'running',
      [['a', 'running']],
      {
        kind: 'block.start',
        actor: 'demo_pack',
        data: { pack_id: 'demo_pack', step_id: 'a', seq: 0, tree_hash: resolvedBlock.treeHash, isolation: 'fresh' },
      },
    ])
  })

  it('asks no sandbox when the intent cannot be written', async () => {
    const { state, run, sandbox, runner } = createTestRunner()
    const failure = new Error('the disk is full')
    state.beforeCommit = () => {
      throw failure
    }
    await expect(run()).rejects.toBe(failure)
    expect([sandbox.calls, state.entries, runner.activeCount]).toEqual([[], [], 0])
  })

  it.each([
    ['an outcome', {}, ['run.start', 'block.start', 'block.end', 'run.end']],
    [
      'a refusal',
      {
        resolveBlock: async () => ({
          ok: false as const,
          error: { errorType: 'not_approved' as const, message: 'no' },
        }),
      },
      ['run.start', 'block.refuse', 'run.end'],
    ],
  ])('gives no reply before %s and the end of the run are written', async (_, ports, expected) => {
    const { state, run, kinds } = createTestRunner({ ports })
    const disk = gate()
    state.beforeCommit = (after) =>
      after.ledger.entries(0, 99).some(({ kind }) => kind === 'run.end') ? disk.opened : undefined
    let replied = false
    const running = run().then((result) => {
      replied = true
      return result
    })
    await settle()
    expect([replied, kinds()]).toEqual([
      false,
      expected.filter((kind) => kind.endsWith('start') || kind.endsWith('refuse')),
    ])
    disk.open()
    await running
    expect(kinds()).toEqual(expected)
  })

  it('writes a refusal with the step that waits for it, and calls no sandbox', async () => {
    const { state, run, sandbox } = createTestRunner({
      ports: { resolveBlock: async () => ({ ok: false, error: { errorType: 'modified', message: 'it was changed' } }) },
    })
    const result = await run()
    expect(result).toMatchObject({
      ok: true,
      value: { status: 'failed', error: { stepId: 'a', errorType: 'modified' } },
    })
    expect(state.entries[1]).toMatchObject({
      kind: 'block.refuse',
      subject: state.entries[0]?.subject,
      data: { reason: 'modified' },
    })
    expect(sandbox.calls).toEqual([])
  })

  it('replies what it wrote', async () => {
    const { state, run } = createTestRunner({ script: () => answered({ n: 1 }, 'log') })
    const result = await run({ inputs: { x: 1 } })
    if (!result.ok) throw new Error(result.error.message)
    const { runId } = result.value
    expect(state.read((reader) => reader.runs.find(runId))).toEqual(result.value)
    expect(result.value).toEqual({
      runId: 'run_01941f297c00000000000001',
      flowId: 'f',
      file: 'user_data/shared/flows/f.flow.json',
      status: 'completed',
      startedAt: '2025-01-01T00:00:00.000Z',
      endedAt: '2025-01-01T00:00:00.000Z',
      caller: 'operator/http',
      inputs: { x: 1 },
      result: { x: 1, a: { n: 1 } },
    })
    expect(state.read((reader) => reader.runs.steps(runId))).toMatchObject([
      { stepId: 'a', status: 'completed', output: { n: 1 }, log: 'log', posture: 'bubblewrap_fresh' },
    ])
    expect(state.entries.at(-1)).toMatchObject({
      kind: 'run.end',
      actor: 'operator/http',
      subject: runId,
      data: { status: 'completed' },
    })
  })

  it('writes a long flow of steps that need nobody piece by piece', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => setStep(`s${index}`, { k: index }))
    const { state, run } = createTestRunner({ flows: [{ flow_id: 'f', steps }] })
    const sizes: number[] = []
    state.beforeCommit = (after) => {
      const [record] = after.runs.list(1)
      sizes.push(record ? after.runs.steps(record.runId).length : 0)
    }
    await run()
    expect(sizes).toEqual([50, 100, 120])
  })
})

describe('a block’s call', () => {
  it('carries what was decided and what the step says, and nothing more', async () => {
    const { run, sandbox } = createTestRunner({
      flows: [{ flow_id: 'f', steps: [blockStep('a', { input: { v: '${ctx.x}' }, timeout_seconds: 400 })] }],
    })
    await run({ inputs: { x: 5 } })
    const { isCurrent: _, ...block } = resolvedBlock
    expect(sandbox.calls).toEqual([
      {
        ...block,
        packId: 'demo_pack',
        input: { v: 5 },
        context: { flow_id: 'f', step_id: 'a', phase: 'main', ts: '2025-01-01T00:00:00.000Z', owner_pack: 'demo_pack' },
        limits: expect.objectContaining({ wallMs: 300_000 }),
        nesting: 0,
      },
    ])
  })

  it('asks for permission as the flow that runs, also when that flow is gone by now', async () => {
    const questions: BlockQuestion[] = []
    const all = createFlows({ flow_id: 'p.f', pack: 'p', steps: [blockStep('a'), blockStep('b')] })
    let isGone = false
    const { run } = createTestRunner({
      ports: {
        findFlow: (flowId) => (isGone ? undefined : all(flowId)),
        resolveBlock: async (question) => {
          questions.push(question)
          isGone = true
          return ok(resolvedBlock)
        },
      },
    })
    await run({ flowId: 'p.f' })
    const flowSource = { kind: 'pack', packId: 'p' }
    expect(questions).toEqual([
      { packId: 'demo_pack', file: 'blocks/a.py', flowSource },
      { packId: 'demo_pack', file: 'blocks/b.py', flowSource },
    ])
  })

  it('does not happen when the approval is withdrawn while the intent is written', async () => {
    let isCurrent = true
    const { state, run, sandbox } = createTestRunner({
      ports: { resolveBlock: async () => ok({ ...resolvedBlock, isCurrent: () => isCurrent }) },
    })
    state.beforeCommit = () => {
      isCurrent = false
    }
    expect(await run()).toMatchObject({ value: { status: 'failed', error: { errorType: 'not_approved' } } })
    expect(sandbox.calls).toEqual([])
    expect(state.entries[2]).toMatchObject({
      kind: 'block.end',
      data: { outcome: 'not_approved', posture: 'rejected' },
    })
  })

  it('does not happen when the approval is withdrawn while the sandbox tests itself', async () => {
    let isCurrent = true
    const sandbox = createScriptedSandbox(() => answered(1))
    const slow: SandboxDriver = {
      ...sandbox,
      selfTest: async () => {
        await settle()
        isCurrent = false
        return { passed: true, checks: [] }
      },
    }
    const { run } = createTestRunner({
      ports: { sandbox: slow, resolveBlock: async () => ok({ ...resolvedBlock, isCurrent: () => isCurrent }) },
    })
    expect(await run()).toMatchObject({ value: { status: 'failed', error: { errorType: 'not_approved' } } })
    expect(sandbox.calls).toEqual([])
  })

  it.each([
    [answered(1), 'ok', 'bubblewrap_fresh'],
    [raised('no'), 'block_error', 'bubblewrap_fresh'],
    [
      { ok: false, errorType: 'sandbox_unavailable', message: 'no', log: '', posture: 'rejected' } as const,
      'sandbox_unavailable',
      'rejected',
    ],
  ])('has an end on the ledger for its start: %#', async (outcome, word, posture) => {
    const { state, run } = createTestRunner({ script: () => outcome })
    await run()
    expect(state.entries[2]).toMatchObject({ kind: 'block.end', data: { outcome: word, posture, duration_ms: 0 } })
  })

  it('is timed by a clock that nobody can set', async () => {
    const { run, state, clock } = createTestRunner({
      script: () => {
        clock.pass(1500)
        clock.setWall(0)
        return answered(1)
      },
    })
    expect(await run()).toMatchObject({ value: { status: 'completed', endedAt: '1970-01-01T00:00:00.000Z' } })
    expect(state.entries.map(({ seq, data }) => [seq, data['duration_ms']])).toEqual([
      [0, undefined],
      [1, undefined],
      [2, 1500],
      [3, undefined],
    ])
  })
})

describe('runs at the same time', () => {
  it('keep their contexts and their records apart', async () => {
    const first = gate()
    const { run, state } = createTestRunner({
      flows: [
        {
          flow_id: 'f',
          steps: [blockStep('a', { input: '${ctx.who}' }), flowStep('b', 'g', { output: 'sub', priority: 200 })],
        },
        { flow_id: 'g', steps: [] },
      ],
      script: async ({ input }) => {
        if (input === 'slow') await first.opened
        return answered(input)
      },
    })
    const slow = run({ inputs: { who: 'slow' } })
    const fast = await run({ inputs: { who: 'fast' } })
    first.open()
    expect([fast, await slow]).toMatchObject([
      { value: { result: { who: 'fast', a: 'fast', sub: { who: 'fast', a: 'fast' } } } },
      { value: { result: { who: 'slow', a: 'slow', sub: { who: 'slow', a: 'slow' } } } },
    ])
    const ids = state.read((reader) => reader.runs.list(9)).map(({ runId }) => runId)
    expect(new Set(ids).size).toBe(2)
    expect(ids.map((runId) => state.read((reader) => reader.runs.steps(runId)).length)).toEqual([2, 2])
  })
})
