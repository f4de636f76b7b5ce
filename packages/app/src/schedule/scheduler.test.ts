import { describe, expect, it } from 'vitest'
import { err, flowIdSchema, ok, type JsonObject, type Outcome } from '@rumi/kernel/base'
import { parseFlow, type FlowDefinition, type FlowSchedule } from '@rumi/kernel/flow'
import type { RunRecord } from '@rumi/kernel/state'
import { createFixedClock, createMemoryState, testRun } from '@rumi/kernel/testing'
import { scheduleCollection } from './record.ts'
import { Scheduler } from './scheduler.ts'

const startMs = Date.UTC(2025, 0, 1)
const at = (seconds: number): string => new Date(startMs + seconds * 1000).toISOString()
const every300: FlowSchedule = { intervalSeconds: 300 }

function flowOf(flowId: string, schedule: FlowSchedule): FlowDefinition {
  const text = JSON.stringify({
    flow_id: flowId,
    phases: ['main'],
    steps: [{ id: 's', phase: 'main', type: 'set', input: { key: 'x', value: 1 } }],
  })
  const { flow } = parseFlow(Buffer.from(text), { file: `flows/${flowId}.flow.json`, source: { kind: 'shared' } })
  if (!flow) throw new Error('the test has a bad flow')
  return { ...flow, schedule }
}

interface Started {
  readonly wish: { readonly flowId: string; readonly inputs: JsonObject; readonly timeoutMs: number }
  readonly signal: AbortSignal
  readonly end: (outcome: Outcome<RunRecord>) => void
  readonly fail: (error: Error) => void
}

/** Enough turns for every write that was begun. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

// eslint-disable-next-line typescript/explicit-function-return-type
function setUp(first: readonly FlowDefinition[] = [flowOf('f', every300)]) {
  const clock = createFixedClock(startMs)
  const state = createMemoryState(clock)
  const flows = { now: first }
  const started: Started[] = []
  const exceptions: unknown[] = []
  const open = (): Scheduler => {
    const scheduler = new Scheduler({
      state,
      clock,
      listFlows: () => flows.now,
      run: async (wish, signal) =>
        new Promise((end, fail) => {
          started.push({ wish, signal, end, fail })
        }),
    })
    scheduler.start((error) => exceptions.push(error))
    return scheduler
  }
  const pass = async (seconds: number): Promise<void> => {
    clock.pass(seconds * 1000)
    await settle()
  }
  const runOf = (flowId: string): Outcome<RunRecord> =>
    ok({ ...testRun(1), flowId: flowIdSchema.parse(flowId), status: 'completed' })
  const entries = (): readonly unknown[] =>
    state.entries.map(({ kind, actor, data }) => [
      kind,
      actor,
      data['due'] ?? null,
      data['reason'] ?? data['collapsed'],
    ])
  return { clock, state, flows, started, exceptions, open, pass, runOf, entries }
}

describe('a flow with an interval', () => {
  it('begins when it is first seen, runs after 300 s and every 300 s, and is on the ledger before it runs', async () => {
    const { open, pass, started, runOf, entries } = setUp()
    const scheduler = open()
    await pass(1)
    expect(scheduler.list()).toMatchObject([{ nextMs: startMs + 301_000 }])
    await pass(299)
    expect([started.length, entries()]).toEqual([0, []])
    await pass(1)
    expect(started.map(({ wish }) => wish)).toEqual([
      { flowId: 'f', inputs: { _triggered_by: 'scheduler' }, timeoutMs: 300_000, caller: 'schedule/f' },
    ])
    expect(entries()).toEqual([['schedule.run', 'schedule/f', at(301), false]])
    expect(scheduler.list()).toMatchObject([{ lastRun: { at: at(301), status: 'running' }, nextMs: startMs + 601_000 }])
    started[0]?.end(runOf('f'))
    await settle()
    expect(scheduler.list()).toMatchObject([
      { lastRun: { at: at(301), status: 'completed', runId: 'run_000000000000000000000001' } },
    ])
    await pass(299)
    expect(started.length).toBe(1)
    await pass(1)
    expect(started.length).toBe(2)
  })

  it('does not run beside itself: a tick that comes meanwhile is dropped and said once', async () => {
    const { open, pass, started, runOf, entries } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(300)
    await pass(300)
    for (let second = 0; second < 10; second += 1) await pass(1)
    expect(started.length).toBe(1)
    expect(entries()).toEqual([
      ['schedule.run', 'schedule/f', at(301), false],
      ['schedule.skip', 'schedule/f', at(601), 'overlap'],
    ])
    expect(scheduler.list()).toMatchObject([{ lastSkip: { at: at(601), reason: 'overlap' } }])
    started[0]?.end(runOf('f'))
    await settle()
    await pass(280)
    expect(started.length).toBe(1)
    await pass(10)
    expect(started.length).toBe(2)
  })

  it('runs once for everything that was missed while the system was off, and what was cut off is interrupted', async () => {
    const { open, pass, clock, started, entries } = setUp()
    const before = open()
    await pass(1)
    await pass(300)
    before.stop()
    clock.pass(3_600_000)
    const after = open()
    expect(after.list()).toMatchObject([{ lastRun: { at: at(301), status: 'interrupted' } }])
    await pass(1)
    await pass(1)
    expect(started.length).toBe(2)
    expect(entries().slice(1)).toEqual([['schedule.run', 'schedule/f', at(601), true]])
    expect(after.list()).toMatchObject([{ nextMs: startMs + 4_201_000 }])
  })

  it('starts anew with another schedule, and when it comes back', async () => {
    const { open, pass, flows, started } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(299)
    flows.now = [flowOf('f', { intervalSeconds: 100 })]
    await pass(1)
    expect([started.length, scheduler.list()]).toMatchObject([0, [{ nextMs: startMs + 401_000 }]])
    flows.now = []
    await pass(1000)
    flows.now = [flowOf('f', { intervalSeconds: 100 })]
    expect(scheduler.list()[0]?.nextMs).toBeUndefined()
    await pass(1)
    await pass(99)
    expect(started.length).toBe(0)
    await pass(1)
    expect(started.length).toBe(1)
  })

  it('that could not start is skipped with the reason, and its last run stays', async () => {
    const { open, pass, started, runOf, entries } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(300)
    started[0]?.end(runOf('f'))
    await settle()
    await pass(300)
    started[1]?.end(err({ code: 'run.busy', status: 429, message: 'busy' }))
    await settle()
    expect(entries().at(-1)).toEqual(['schedule.skip', 'schedule/f', null, 'run.busy'])
    expect(scheduler.list()).toMatchObject([
      { lastRun: { at: at(301), status: 'completed' }, lastSkip: { at: at(601), reason: 'run.busy' } },
    ])
  })
})

describe('a flow with a cron expression', () => {
  it('runs at its minute of its place, once', async () => {
    const { open, pass, started, runOf } = setUp([flowOf('f', { cron: '1 9 * * *', timezone: 'Asia/Tokyo' })])
    const scheduler = open()
    await pass(1)
    expect(scheduler.list()).toMatchObject([{ nextMs: startMs + 60_000 }])
    await pass(59)
    started[0]?.end(runOf('f'))
    for (let second = 0; second < 60; second += 1) await pass(1)
    expect(started.length).toBe(1)
  })

  it('that is none never runs, and is said', async () => {
    const { open, pass, started, exceptions } = setUp([flowOf('f', { cron: '61 * * * *' }), flowOf('g', every300)])
    const scheduler = open()
    await pass(1)
    await pass(400)
    expect(started.map(({ wish }) => wish.flowId)).toEqual(['g'])
    expect(scheduler.list()[0]).toMatchObject({
      diagnostics: [{ code: 'schedule.cron', severity: 'error', file: 'flows/f.flow.json' }],
    })
    expect([scheduler.list()[0]?.nextMs, exceptions]).toEqual([undefined, []])
  })
})

describe('a scheduler', () => {
  it('watches nothing before it is started and after it was stopped, and cancels what it started', async () => {
    const { open, pass, clock, started, runOf } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(300)
    expect([scheduler.isActive, started[0]?.signal.aborted]).toEqual([true, false])
    const closed = scheduler.close()
    expect([scheduler.isActive, started[0]?.signal.aborted, clock.waiting]).toEqual([false, true, 0])
    started[0]?.end(runOf('f'))
    await closed
    expect(scheduler.list()).toMatchObject([{ lastRun: { status: 'completed' } }])
    await pass(1000)
    expect(started.length).toBe(1)
  })

  it('starts nothing whose record cannot be written, says what broke, and tries again', async () => {
    const { open, pass, state, started, exceptions } = setUp()
    open()
    await pass(1)
    state.beforeCommit = () => {
      throw new Error('the disk is full')
    }
    await pass(300)
    expect([started.length, exceptions.length]).toEqual([0, 1])
    state.beforeCommit = () => undefined
    await pass(1)
    expect(started.length).toBe(1)
  })

  it('goes on after a run that broke', async () => {
    const { open, pass, started, exceptions } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(300)
    const broken = new Error('a bug')
    started[0]?.fail(broken)
    await settle()
    expect(exceptions).toEqual([broken])
    expect(scheduler.list()).toMatchObject([{ lastRun: { status: 'interrupted' } }])
    await pass(300)
    expect(started.length).toBe(2)
  })

  it('begins anew where its record cannot be read, and says so: nothing runs early', async () => {
    const { open, pass, state, started, entries } = setUp()
    open()
    await pass(1)
    const damaged: unknown = { flowId: 'f', handledMs: 'x' }
    await state.write((writer) => {
      writer.putDocument({ ...scheduleCollection, schema: scheduleCollection.schema }, 'f', damaged as never)
    })
    await pass(300)
    expect([started.length, entries()]).toEqual([0, [['schedule.skip', 'schedule/f', null, 'schedule.unreadable']]])
    await pass(300)
    expect(started.length).toBe(1)
  })

  it('does not run again at once what it ran, when the clock is set back', async () => {
    const { open, pass, clock, started, runOf } = setUp()
    const scheduler = open()
    await pass(1)
    await pass(300)
    started[0]?.end(runOf('f'))
    clock.setWall(startMs + 200_000)
    await pass(1)
    expect([started.length, scheduler.list()]).toMatchObject([1, [{ nextMs: startMs + 601_000 }]])
    clock.setWall(startMs - 86_400_000)
    await pass(1)
    expect(scheduler.list()).toMatchObject([{ nextMs: startMs - 86_400_000 + 301_000 }])
  })
})
