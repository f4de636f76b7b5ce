import { describe, expect, it } from 'vitest'
import { blockStep, createFlows, flowStep, setStep } from '../testing/index.ts'
import { valueBounds } from './bounds.ts'
import { playRun } from './test-run.ts'

describe('the bounds of a run', () => {
  it('end one that would go on for ever: flows of a hundred steps that call each other', () => {
    const flows = Array.from({ length: 8 }, (_, index) => ({
      flow_id: `f${index}`,
      steps: Array.from({ length: 100 }, (_unused, step) =>
        index < 7 ? flowStep(`s${step}`, `f${index + 1}`) : setStep(`s${step}`, { k: 1 }),
      ),
    }))
    const { run, steps } = playRun(createFlows(...flows), 'f0')
    expect(run).toMatchObject({ status: 'failed', error: { errorType: 'too_many_steps' }, nextSeq: 10_000 })
    expect(steps.filter(({ status }) => status === 'running')).toEqual([])
  })

  it('let others have a turn after fifty steps', () => {
    const steps = Array.from({ length: 120 }, (_, index) => setStep(`s${index}`, { k: index }))
    const { turns, run } = playRun(createFlows({ flow_id: 'f', steps }), 'f')
    const seen = turns.map(({ turn }) => [turn.effect.kind, turn.records.length])
    expect([seen, run.status]).toEqual([
      [
        ['pause', 50],
        ['pause', 50],
        ['end', 20],
      ],
      'completed',
    ])
  })

  it('stop a text that doubles', () => {
    const steps = Array.from({ length: 40 }, (_, index) =>
      setStep(`s${String(index).padStart(2, '0')}`, { x: '${ctx.x}${ctx.x}' }),
    )
    const { run } = playRun(createFlows({ flow_id: 'f', steps }), 'f', { inputs: { x: 'ab' } })
    expect(run).toMatchObject({ status: 'failed', error: { errorType: 'too_large' } })
    expect(JSON.stringify(run.result).length).toBeLessThan(5_000_000)
  })

  it('stop a context that doubles each time a flow gives it back', () => {
    const steps = Array.from({ length: 60 }, (_, index) =>
      flowStep(`s${String(index).padStart(2, '0')}`, 'echo', { output: `k${index}` }),
    )
    const findFlow = createFlows({ flow_id: 'f', outputs: ['k59'], steps }, { flow_id: 'echo', steps: [] })
    const { run } = playRun(findFlow, 'f', { inputs: { x: 'abcdefgh' } })
    expect(run.error).toMatchObject({
      errorType: 'too_large',
      message: expect.stringContaining('the result of the flow'),
    })
  })

  it('stop a value that is wrapped until nobody can read it any more', () => {
    const steps = Array.from({ length: 200 }, (_, index) =>
      setStep(`s${String(index).padStart(3, '0')}`, { x: { a: '${ctx.x}' } }),
    )
    const { run } = playRun(createFlows({ flow_id: 'f', steps }), 'f', { inputs: { x: 1 } })
    expect(run.error).toEqual({
      stepId: `s${valueBounds.depth}`,
      errorType: 'too_large',
      message: 'with its references the value is nested deeper than 128',
    })
    expect(run.result).toBeDefined()
  })

  it('keep no result that is too large for any reply', () => {
    const steps = Array.from({ length: 5 }, (_, index) => blockStep(`b${index}`))
    const big = { value: 'x'.repeat(15 * 1024 * 1024) }
    const { run } = playRun(createFlows({ flow_id: 'f', steps }), 'f', { answer: () => big })
    expect(run).toMatchObject({ status: 'failed', result: null, error: { errorType: 'too_large' } })
  })
})
