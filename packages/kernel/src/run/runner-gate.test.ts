import { describe, expect, it } from 'vitest'
import { flowIdSchema, type JsonValue } from '../base/index.ts'
import type { Caller, GateSession } from '../gate/index.ts'
import { answered, blockStep, createTestRunner, flowStep, raised } from '../testing/index.ts'

const secret = 'canary-4711'
const useEntry = { kind: 'capability.use', actor: 'demo_pack', subject: 's', data: { count: 3 } }

/** A gate that answers everything with the message, and notes who asked. */
function echoGate(act: (caller: Caller) => void = () => undefined) {
  const callers: Caller[] = []
  const openGate = (caller: Caller): GateSession => {
    callers.push(caller)
    return {
      ask: async (message) => {
        act(caller)
        return { heard: message }
      },
      finish: () => [useEntry],
    }
  }
  return { callers, openGate }
}

const signal = new AbortController().signal

describe('a block that asks', () => {
  it('is known by its step and run, whatever it says, and its uses are on the ledger with its end', async () => {
    const { callers, openGate } = echoGate()
    const heard: unknown[] = []
    const { run, state, kinds } = createTestRunner({
      ports: { openGate },
      script: async (_call, _signal, ask) => {
        heard.push(await ask?.({ principal_id: 'other' }, signal))
        return answered(1)
      },
      flows: [
        { flow_id: 'f', steps: [flowStep('go', 'g')] },
        { flow_id: 'g', steps: [blockStep('a')] },
      ],
    })
    const outcome = await run()
    expect(heard).toEqual([{ heard: { principal_id: 'other' } }])
    const runId = outcome.ok ? outcome.value.runId : ''
    expect(callers).toMatchObject([
      { principalId: 'demo_pack', runId, flowId: 'g', stepId: 'a', seq: 1, flowStack: ['f', 'g'] },
    ])
    expect(kinds()).toEqual(['run.start', 'block.start', 'capability.use', 'block.end', 'run.end'])
    expect(state.entries.at(2)).toMatchObject(useEntry)
  })

  it('has no gate where none was built: the sandbox is told so', async () => {
    const asked: unknown[] = []
    const { run } = createTestRunner({
      script: (_call, _signal, ask) => {
        asked.push(ask)
        return answered(1)
      },
    })
    await run()
    expect(asked).toEqual([undefined])
  })

  it('whose step names another principal acts for its own pack, and the claim is recorded (IPC-01)', async () => {
    const { callers, openGate } = echoGate()
    const steps = [blockStep('a', { principal_id: 'other' }), blockStep('b', { principal_id: 'demo_pack' })]
    const { run, state } = createTestRunner({ ports: { openGate }, flows: [{ flow_id: 'f', steps }] })
    await run()
    expect(callers.map(({ principalId }) => principalId)).toEqual(['demo_pack', 'demo_pack'])
    const claims = state.entries.filter(({ kind }) => kind === 'principal.overridden')
    expect(claims).toMatchObject([{ actor: 'demo_pack', data: { claimed: 'other', step_id: 'a', flow_id: 'f' } }])
  })
})

describe('a secret that a block was given', () => {
  const reveal = (caller: Caller): void => void caller.revealed?.add(secret)
  const leak = async (value: JsonValue) => {
    const { openGate } = echoGate(reveal)
    const inputs: JsonValue[] = []
    const test = createTestRunner({
      ports: { openGate },
      script: async (call, _signal, ask) => {
        inputs.push(call.input)
        if (call.context['step_id'] !== 'a') return raised(`failed with ${secret}`)
        await ask?.({}, signal)
        return { ok: true, value, log: `log ${secret}\n`, posture: 'bubblewrap_fresh' }
      },
      flows: [{ flow_id: 'f', steps: [blockStep('a'), blockStep('b', { input: { v: '${ctx.a}' } })] }],
    })
    const outcome = await test.run()
    return { ...test, outcome, inputs }
  }

  it('reaches the next step, and nothing that is kept or answered of the run', async () => {
    const { state, outcome, inputs } = await leak({ key: secret, [secret]: `Bearer ${secret}` })
    expect(inputs[1]).toEqual({ v: { key: secret, [secret]: `Bearer ${secret}` } })
    const steps = state.read((reader) => reader.runs.list(1).flatMap(({ runId }) => reader.runs.steps(runId)))
    const kept = JSON.stringify([state.entries, state.read((reader) => reader.runs.list(9)), steps, outcome])
    expect(kept).not.toContain(secret)
    expect(kept).toContain('log [redacted]')
    expect(kept).toContain('failed with [redacted]')
  })

  it('may be a word of ours: the records of the run stay what they are', async () => {
    const words = ['completed', 'result', 'demo_pack', 'inputs', 'status']
    const { openGate } = echoGate((caller) => words.forEach((word) => caller.revealed?.add(word)))
    const test = createTestRunner({
      ports: { openGate },
      script: async (_call, _signal, ask) => {
        await ask?.({}, signal)
        return { ok: true, value: { result: 'completed' }, log: 'demo_pack', posture: 'bubblewrap_fresh' }
      },
      flows: [{ flow_id: 'f', steps: [blockStep('a')] }],
    })
    await test.run()
    const [run] = test.state.read((reader) => reader.runs.list(1))
    expect(run).toMatchObject({ status: 'completed', result: { a: { '[redacted]': '[redacted]' } } })
    const steps = test.state.read((reader) => (run === undefined ? [] : reader.runs.steps(run.runId)))
    expect(steps).toMatchObject([{ status: 'completed', packId: 'demo_pack', log: '[redacted]' }])
  })
})

describe('what a capability has to tell the operator', () => {
  it('is read in the log of the step, behind what the block printed', async () => {
    const { openGate } = echoGate((caller) => void caller.notes?.push('the handler of x failed: block_error: why'))
    const { run, state } = createTestRunner({
      ports: { openGate },
      script: async (_call, _signal, ask) => {
        await ask?.({}, signal)
        return answered(1, 'printed\n')
      },
    })
    await run()
    const [step] = state.read((reader) => reader.runs.list(1).flatMap(({ runId }) => reader.runs.steps(runId)))
    expect(step?.log).toBe('printed\n[rumi] the handler of x failed: block_error: why\n')
  })
})

describe('a flow that a block runs', () => {
  const start = (runner: ReturnType<typeof createTestRunner>['runner'], flowStack: readonly string[], flowId = 'f') =>
    runner.run(
      {
        flowId: flowIdSchema.parse(flowId),
        inputs: {},
        timeoutMs: 1000,
        caller: 'pack/x',
        flowStack: flowStack.map((id) => flowIdSchema.parse(id)),
      },
      signal,
    )

  it('knows the flows that wait for it: for its gate, its workers, cycles and depth', async () => {
    const { callers, openGate } = echoGate()
    const flows = [
      { flow_id: 'f', steps: [blockStep('a'), flowStep('back', 'outer')], defaults: { fail_soft: false } },
      { flow_id: 'outer', steps: [blockStep('b')] },
    ]
    const { runner, sandbox } = createTestRunner({ ports: { openGate }, flows })
    const outcome = await start(runner, ['outer'])
    expect(callers).toMatchObject([{ flowStack: ['outer', 'f'] }])
    expect(sandbox.calls.map(({ nesting }) => nesting)).toEqual([1])
    expect(outcome).toMatchObject({ ok: true, value: { status: 'failed', error: { errorType: 'recursive_flow' } } })
    const nine = Array.from({ length: 9 }, (_, index) => `x${index}`)
    expect(await start(runner, nine)).toMatchObject({ value: { error: { errorType: 'flow_depth_exceeded' } } })
  })

  it('takes no more places than the share of its owner', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { runner, run } = createTestRunner({
      script: async () => {
        await promise
        return answered(1)
      },
    })
    const wish = { flowId: flowIdSchema.parse('f'), inputs: {}, timeoutMs: 1000, caller: 'schedule/f' }
    const share = { owner: 'schedule', places: 1 }
    const first = runner.run({ ...wish, share }, signal)
    expect(await runner.run({ ...wish, share }, signal)).toMatchObject({ error: { code: 'run.busy' } })
    const other = run()
    resolve()
    expect([(await first).ok, (await other).ok]).toEqual([true, true])
    expect((await runner.run({ ...wish, share }, signal)).ok).toBe(true)
  })

  it('does not wait for a place that its caller holds, and has bounds of its own', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { runner, run } = createTestRunner({
      script: async () => {
        await promise
        return answered(1)
      },
    })
    const outer = [run(), run()]
    expect(await run()).toMatchObject({ ok: false, error: { code: 'run.busy' } })
    const inner = [start(runner, ['o']), start(runner, ['o'])]
    expect(await start(runner, ['o'])).toMatchObject({ ok: false, error: { code: 'run.busy' } })
    resolve()
    expect(await Promise.all([...outer, ...inner])).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: true },
      { ok: true },
    ])
  })
})
