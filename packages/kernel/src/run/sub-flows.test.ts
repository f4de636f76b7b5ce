import { describe, expect, it } from 'vitest'
import { blockStep, createFlows, flowStep, setStep, type TestFlow } from '../testing/index.ts'
import { playRun } from './test-run.ts'

describe('flows that call flows', () => {
  const chain = (length: number): readonly TestFlow[] =>
    Array.from({ length }, (_, index) => ({
      flow_id: `f${index}`,
      steps:
        index + 1 < length ? [flowStep('next', `f${index + 1}`, { output: 'below' })] : [setStep('end', { end: 1 })],
    }))

  it('go ten deep', () => {
    const { run } = playRun(createFlows(...chain(10)), 'f0')
    expect([run.status, JSON.stringify(run.result).split('below').length - 1]).toEqual(['completed', 9])
  })

  it('do not go eleven deep', () => {
    const { run } = playRun(createFlows(...chain(11)), 'f0')
    expect(run.error).toEqual({
      stepId: 'next',
      errorType: 'flow_depth_exceeded',
      message: 'depth limit: flows may call flows 10 deep',
    })
  })

  it.each([
    ['itself', [['a', 'a']]],
    [
      'one that calls it',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ],
  ])('are refused when a flow calls %s', (_, calls) => {
    const flows = calls.map(([from = '', to = '']) => ({ flow_id: from, steps: [flowStep('call', to)] }))
    expect(playRun(createFlows(...flows), 'a').run.error).toMatchObject({
      errorType: 'recursive_flow',
      message: 'Recursive: the flow "a" is already running in this run',
    })
  })

  it('may call the same flow one time after the other', () => {
    const findFlow = createFlows(
      { flow_id: 'f', steps: [flowStep('a', 'g'), flowStep('b', 'g')] },
      { flow_id: 'g', steps: [setStep('s', { k: 1 })] },
    )
    expect(playRun(findFlow, 'f').run.status).toBe('completed')
  })

  it('are told about a flow that does not exist', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [flowStep('a', 'nope')] })
    expect(playRun(findFlow, 'f').run.error).toMatchObject({ errorType: 'flow_not_found', stepId: 'a' })
  })

  it.each([
    [{ outer: undefined, inner: undefined, mine: 1 }],
    [{ outer: 'p', inner: 'p', mine: 1 }],
    [{ outer: undefined, inner: 'p', mine: null }],
  ])('hand over what their owners allow: %j', ({ outer, inner, mine }) => {
    const findFlow = createFlows(
      {
        flow_id: 'outer',
        ...(outer === undefined ? {} : { pack: outer }),
        steps: [flowStep('call', 'inner', { args: { given: 'arg' }, output: 'sub' })],
      },
      {
        flow_id: 'inner',
        ...(inner === undefined ? {} : { pack: inner }),
        steps: [setStep('s', { seen: { mine: '${ctx.mine}', given: '${ctx.given}', _secret: '${ctx._secret}' } })],
      },
    )
    const { run } = playRun(findFlow, 'outer', { inputs: { mine: 1, given: 'caller', _secret: 's' } })
    expect(run.result).toMatchObject({ sub: { seen: { mine, given: 'arg', _secret: null } } })
  })

  it('keep what a called flow sets out of the caller', () => {
    const findFlow = createFlows(
      { flow_id: 'f', steps: [flowStep('a', 'g', { output: 'sub' })] },
      { flow_id: 'g', outputs: ['x'], steps: [setStep('s', { mine: 'changed' }), setStep('t', { x: 1 })] },
    )
    expect(playRun(findFlow, 'f', { inputs: { mine: 'kept' } }).run.result).toEqual({ mine: 'kept', sub: { x: 1 } })
  })

  it.each([
    ['another pack', 'q'],
    ['the operator', undefined],
  ])('of a pack may not call one of %s', (_, owner) => {
    const findFlow = createFlows(
      { flow_id: 'p.f', pack: 'p', steps: [flowStep('call', 'g')] },
      { flow_id: 'g', ...(owner === undefined ? {} : { pack: owner }), steps: [blockStep('a')] },
    )
    const { run, effects } = playRun(findFlow, 'p.f')
    expect([run.error?.errorType, effects]).toEqual(['denied', []])
  })
})
