import { describe, expect, it } from 'vitest'
import { createFixedClock, createMemoryState, testRun, testStep } from '../testing/index.ts'
import { recoverRuns } from './recover.ts'

describe('after a kernel that ended without notice', () => {
  it('open runs and their open steps are interrupted, and the ledger says so; others stay as they are', async () => {
    const clock = createFixedClock()
    const state = createMemoryState(clock)
    const [ended, open, empty] = [testRun(1, 'completed'), testRun(2), testRun(3)]
    await state.write((writer) => {
      for (const run of [ended, open, empty]) writer.putRun(run)
      writer.putStep(open.runId, testStep(0, 'completed'))
      writer.putStep(open.runId, testStep(1, 'running'))
      writer.putStep(open.runId, testStep(2, 'running'))
    })
    expect(await recoverRuns(state, clock)).toEqual([open.runId, empty.runId])
    const error = { errorType: 'interrupted', message: 'the system ended while this run was in progress' }
    const interrupted = { status: 'interrupted', endedAt: '2025-01-01T00:00:00.000Z' }
    expect(state.read((reader) => reader.runs.list(9))).toEqual([
      { ...empty, ...interrupted, error },
      { ...open, ...interrupted, error: { stepId: 'step_2', ...error } },
      ended,
    ])
    expect(state.read((reader) => reader.runs.steps(open.runId)).map(({ status }) => status)).toEqual([
      'completed',
      'interrupted',
      'interrupted',
    ])
    const data = { flow_id: 'hello', status: 'interrupted' }
    expect(state.entries).toMatchObject(
      [open, empty].map(({ runId }) => ({ kind: 'run.end', actor: 'system', subject: runId, data })),
    )
    expect(await recoverRuns(state, clock)).toEqual([])
  })
})
