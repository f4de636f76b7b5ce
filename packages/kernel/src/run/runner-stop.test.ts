import { describe, expect, it } from 'vitest'
import { ok } from '../base/index.ts'
import {
  answered,
  blockStep,
  createTestRunner,
  handlerStep,
  raised,
  resolvedBlock,
  setStep,
  untilCancelled,
  type RunnerSituation,
  type TestFlow,
} from '../testing/index.ts'
import type { RunnerPorts } from './runner.ts'

/** Lets everything happen that waits for nothing from outside. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a run that is not begun', () => {
  it.each([
    ['nope', {}, { code: 'flow.unknown', status: 404 }],
    ['needy', {}, { code: 'flow.input_missing', status: 400, message: 'The flow needs the inputs: name.' }],
  ])('%s with %j', async (flowId, inputs, problem) => {
    const needy: TestFlow = { flow_id: 'needy', inputs: { name: { type: 'string', required: true } }, steps: [] }
    const { run, state } = createTestRunner({ flows: [needy] })
    expect(await run({ flowId, inputs })).toMatchObject({ ok: false, error: problem })
    expect(state.entries).toEqual([])
  })

  it('is one too many, until another has ended', async () => {
    const { run, runner, state } = createTestRunner({ script: (_, signal) => untilCancelled(signal) })
    const running = [run(), run()]
    expect(runner.activeCount).toBe(2)
    expect(await run()).toMatchObject({ ok: false, error: { code: 'run.busy', status: 429 } })
    await settle()
    const [first] = state.read((reader) => reader.runs.listOpen())
    await runner.cancel(first!.runId)
    await Promise.race(running)
    expect(runner.activeCount).toBe(1)
    const next = run()
    expect(runner.activeCount).toBe(2)
    await settle()
    await runner.close()
    expect(await next).toMatchObject({ ok: true })
  })

  it.each([
    ['a block that fails', (): never => raised('no') as never],
    [
      'an exception',
      (): never => {
        throw new Error('bug')
      },
    ],
  ])('gives its place back after %s', async (_, script) => {
    const { run, runner } = createTestRunner({ script, ports: { maxConcurrent: 1 } })
    await run().catch(() => undefined)
    expect(runner.activeCount).toBe(0)
    expect(await run().catch(() => 'ran')).not.toMatchObject({ ok: false })
  })
})

describe('a run that is stopped', () => {
  const waiting: RunnerSituation = { script: (_, signal) => untilCancelled(signal) }

  it('by cancel has ended, durably, when cancel returns', async () => {
    const { run, runner, state, kinds, clock } = createTestRunner(waiting)
    const running = run()
    await settle()
    const [open] = state.read((reader) => reader.runs.listOpen())
    expect(await runner.cancel(open!.runId)).toBe(true)
    expect(kinds()).toEqual(['run.start', 'block.start', 'block.end', 'run.end'])
    expect(state.entries[2]?.data).toMatchObject({ outcome: 'cancelled' })
    expect(state.read((reader) => reader.runs.steps(open!.runId))).toMatchObject([{ status: 'interrupted' }])
    expect(await running).toMatchObject({ value: { status: 'cancelled', result: null } })
    expect(await runner.cancel(open!.runId)).toBe(false)
    expect(clock.waiting).toBe(0)
  })

  it('by its time-out says after how long', async () => {
    const { run, clock } = createTestRunner(waiting)
    const running = run()
    await settle()
    clock.pass(299_999)
    await settle()
    expect(clock.waiting).toBe(1)
    clock.pass(1)
    expect(await running).toMatchObject({
      value: { status: 'timed_out', error: { errorType: 'timed_out', message: 'the flow timed out after 300 s' } },
    })
    expect(clock.waiting).toBe(0)
  })

  it('by its caller is cancelled', async () => {
    const { run } = createTestRunner(waiting)
    const caller = new AbortController()
    const running = run({ signal: caller.signal })
    await settle()
    caller.abort()
    expect(await running).toMatchObject({ value: { status: 'cancelled' } })
  })

  it('before it begins decides and runs nothing', async () => {
    const { run, sandbox, kinds } = createTestRunner(waiting)
    expect(await run({ signal: AbortSignal.abort() })).toMatchObject({ value: { status: 'cancelled' } })
    expect([sandbox.calls, kinds()]).toEqual([[], ['run.start', 'run.end']])
  })

  it('while its intent is written runs nothing, and the ledger says so', async () => {
    const caller = new AbortController()
    const { run, state, sandbox } = createTestRunner(waiting)
    state.beforeCommit = () => caller.abort()
    expect(await run({ signal: caller.signal })).toMatchObject({ value: { status: 'cancelled' } })
    expect(sandbox.calls).toEqual([])
    expect(state.entries.map(({ kind, data }) => [kind, data['outcome'] ?? '', data['posture'] ?? ''])).toEqual([
      ['run.start', '', ''],
      ['block.start', '', ''],
      ['block.end', 'cancelled', 'rejected'],
      ['run.end', '', ''],
    ])
  })

  it('keeps what a block answered in the same moment, and begins no other', async () => {
    const caller = new AbortController()
    const { run, sandbox, state } = createTestRunner({
      flows: [{ flow_id: 'f', steps: [blockStep('a'), blockStep('b')] }],
      script: () => {
        caller.abort()
        return answered('kept')
      },
    })
    const result = await run({ signal: caller.signal })
    expect(result).toMatchObject({ value: { status: 'cancelled' } })
    expect(sandbox.calls).toHaveLength(1)
    const steps = state.read((reader) => reader.runs.steps(reader.runs.list(1)[0]!.runId))
    expect(steps).toMatchObject([{ status: 'completed', output: 'kept' }, { status: 'interrupted' }])
  })

  it('while it needs nobody stops at its next pause', async () => {
    const caller = new AbortController()
    const steps = Array.from({ length: 500 }, (_, index) => setStep(`s${index}`, { k: index }))
    const { run, state } = createTestRunner({ flows: [{ flow_id: 'f', steps }] })
    state.beforeCommit = () => caller.abort()
    expect(await run({ signal: caller.signal })).toMatchObject({ value: { status: 'cancelled' } })
    expect(state.read((reader) => reader.runs.steps(reader.runs.list(1)[0]!.runId))).toHaveLength(50)
  })

  it('with all others by close', async () => {
    const { run, runner, state } = createTestRunner(waiting)
    const running = [run(), run()]
    await settle()
    await runner.close()
    expect(await Promise.all(running)).toMatchObject([
      { value: { status: 'cancelled' } },
      { value: { status: 'cancelled' } },
    ])
    expect([runner.activeCount, state.read((reader) => reader.runs.listOpen())]).toEqual([0, []])
  })
})

describe('an exception', () => {
  const bug = new Error('bug')
  const throwing = (): never => {
    throw bug
  }

  it.each([
    ['the sandbox', { script: throwing }],
    [
      'a handler',
      {
        flows: [{ flow_id: 'f', steps: [handlerStep('a', { handler: 'kernel:approval.scan', args: {} })] }],
        ports: { performHandler: throwing },
      },
    ],
    [
      'the last decision',
      {
        flows: [{ flow_id: 'f', steps: [blockStep('0'), blockStep('a')] }],
        ports: { resolveBlock: onlyOnce(throwing) },
      },
    ],
  ])('of %s reaches the caller, and the run is interrupted at once', async (_, given) => {
    const { run, state, runner } = createTestRunner(given)
    await expect(run()).rejects.toBe(bug)
    expect(runner.activeCount).toBe(0)
    const [record] = state.read((reader) => reader.runs.list(1))
    expect(record).toMatchObject({ status: 'interrupted', error: { errorType: 'interrupted' } })
    expect(state.read((reader) => reader.runs.steps(record!.runId)).at(-1)?.status).not.toBe('running')
    expect(state.entries.at(-1)).toMatchObject({ kind: 'run.end', actor: 'system', data: { status: 'interrupted' } })
  })

  it('of the disk at the end acknowledges nothing; the next start closes the run', async () => {
    const { run, state } = createTestRunner()
    let writes = 0
    state.beforeCommit = () => {
      writes += 1
      if (writes > 1) throw bug
    }
    await expect(run()).rejects.toBe(bug)
    expect(state.read((reader) => reader.runs.listOpen())).toHaveLength(1)
    expect(state.entries.map(({ kind }) => kind)).toEqual(['run.start', 'block.start'])
  })
})

/** Permits the first block and then throws. */
function onlyOnce(thrower: () => never): RunnerPorts['resolveBlock'] {
  let asked = 0
  return async () => {
    asked += 1
    return asked === 1 ? ok(resolvedBlock) : thrower()
  }
}
