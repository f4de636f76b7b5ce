import { describe, expect, it } from 'vitest'
import { createFlows, flowStep, handlerStep, setStep } from '../testing/index.ts'
import { answerById, playRun } from './test-run.ts'

const failed = (
  message: string,
): { readonly failed: { readonly errorType: 'block_error'; readonly message: string } } => ({
  failed: { errorType: 'block_error', message },
})

describe('handlers', () => {
  it.each([
    [{ handler: 'kernel:noop', args: {}, value: null, changes: {} }],
    [{ handler: 'kernel:ctx.get', args: { key: 'n' }, value: 5, changes: {} }],
    [{ handler: 'kernel:ctx.get', args: { key: 'no' }, value: null, changes: {} }],
    [
      {
        handler: 'kernel:ctx.get',
        args: { key: 'no', default: 'd', store_as: 'kept' },
        value: 'd',
        changes: { kept: 'd' },
      },
    ],
    [{ handler: 'kernel:ctx.get', args: { key: 'toString' }, value: null, changes: {} }],
    [{ handler: 'kernel:ctx.set', args: { key: 'k', value: { v: 1 } }, value: { v: 1 }, changes: { k: { v: 1 } } }],
    [{ handler: 'kernel:ctx.set', args: { key: 'k' }, value: null, changes: { k: null } }],
    [{ handler: 'kernel:ctx.copy', args: { from_key: 'n', to_key: 'm' }, value: 5, changes: { m: 5 } }],
    [{ handler: 'kernel:ctx.copy', args: { from_key: 'no', to_key: 'm' }, value: null, changes: { m: null } }],
  ])('give what is asked for: %j', ({ handler, args, value, changes }) => {
    const findFlow = createFlows({
      flow_id: 'f',
      pack: 'p',
      steps: [handlerStep('h', { handler, args }, { output: 'out' })],
    })
    const { run } = playRun(findFlow, 'f', { inputs: { n: 5 } })
    expect(run).toMatchObject({ status: 'completed', result: { n: 5, out: value, ...changes } })
  })

  it.each([
    ['kernel:ctx.get', {}],
    ['kernel:ctx.get', { key: 7 }],
    ['kernel:ctx.get', { key: '' }],
    ['kernel:ctx.set', { key: '__proto__', value: { polluted: true } }],
    ['kernel:ctx.get', { key: 'n', store_as: '__proto__' }],
    ['kernel:ctx.copy', { from_key: 'n' }],
  ])('%s refuses %j', (handler, args) => {
    const findFlow = createFlows({ flow_id: 'f', steps: [handlerStep('h', { handler, args })] })
    expect(playRun(findFlow, 'f').run.error).toMatchObject({ stepId: 'h', errorType: 'bad_request' })
    expect({}).not.toHaveProperty('polluted')
  })

  it('that do not exist fail their step', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [handlerStep('h', { handler: 'kernel:nope', args: {} }), setStep('s', { k: 1 })],
    })
    const { run } = playRun(findFlow, 'f')
    expect(run).toMatchObject({ status: 'failed', error: { errorType: 'handler_not_found' }, result: { k: 1 } })
  })

  it.each(['kernel:approval.scan', 'kernel:flow.load_all', 'kernel:flow.execute_by_id', 'kernel:execute_flow'])(
    '%s is for flows of the operator, also when those call a flow of a pack',
    (handler) => {
      const findFlow = createFlows(
        { flow_id: 'mine', steps: [flowStep('call', 'theirs')] },
        { flow_id: 'theirs', pack: 'p', steps: [handlerStep('h', { handler, args: { flow_id: 'mine' } })] },
      )
      for (const flowId of ['theirs', 'mine']) {
        const { run, effects } = playRun(findFlow, flowId)
        expect([run.error?.errorType, effects]).toEqual(['denied', []])
      }
    },
  )

  it('with effects are performed by somebody else, who gets their expanded arguments', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [handlerStep('h', { handler: 'kernel:approval.scan', args: { x: '${ctx.n}' } }, { output: 'o' })],
    })
    const { run, effects } = playRun(findFlow, 'f', { inputs: { n: 5 }, answer: answerById({ h: { value: 'V' } }) })
    expect(effects).toMatchObject([{ kind: 'handler', handler: 'kernel:approval.scan', args: { x: 5 } }])
    expect(run.result).toEqual({ n: 5, o: 'V' })
    const broken = playRun(findFlow, 'f', { answer: answerById({ h: failed('no') }) })
    expect(broken.run).toMatchObject({ status: 'failed', error: { stepId: 'h', message: 'no' } })
  })

  it.each([
    ['kernel:flow.execute_by_id', { flow_id: 'g', inputs: { x: 1 } }],
    ['kernel:execute_flow', { flow_id: 'g', context: { x: 1 } }],
  ])('%s runs a flow as a step of that type does', (handler, args) => {
    const findFlow = createFlows(
      { flow_id: 'f', steps: [handlerStep('h', { handler, args }, { output: 'sub' })] },
      { flow_id: 'g', outputs: ['x'], steps: [] },
    )
    expect(playRun(findFlow, 'f').run).toMatchObject({ status: 'completed', result: { sub: { x: 1 } } })
    const nowhere = createFlows({ flow_id: 'f', steps: [handlerStep('h', { handler, args: {} })] })
    expect(playRun(nowhere, 'f').run.error?.errorType).toBe('flow_not_found')
  })
})
