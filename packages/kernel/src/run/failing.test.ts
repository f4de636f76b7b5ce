import { describe, expect, it } from 'vitest'
import { blockStep, createFlows, flowStep, ifStep, setStep } from '../testing/index.ts'
import { answerById, playRun } from './test-run.ts'

const failed = (
  message: string,
): { readonly failed: { readonly errorType: 'block_error'; readonly message: string } } => ({
  failed: { errorType: 'block_error', message },
})
const summary = (played: ReturnType<typeof playRun>): readonly string[] =>
  played.steps.map(({ path, stepId, status }) => `${path === '' ? '' : `${path}/`}${stepId} ${status}`)

describe('a step that fails', () => {
  const steps = [blockStep('a'), blockStep('b'), setStep('c', { seen: '${ctx.a}' }, { priority: 200 })]
  const answer = answerById({ a: failed('first'), b: failed('second') })

  it('lets the flow go on with null as its output, and the run end as failed with the first reason', () => {
    const played = playRun(createFlows({ flow_id: 'f', steps }), 'f', { answer })
    expect(summary(played)).toEqual(['a failed', 'b failed', 'c completed'])
    expect(played.run).toMatchObject({
      status: 'failed',
      error: { stepId: 'a', errorType: 'block_error', message: 'first' },
      result: { a: null, b: null, seen: null },
    })
    expect(played.steps[1]?.error).toEqual({ errorType: 'block_error', message: 'second' })
  })

  it('ends the flow at once without fail_soft', () => {
    const findFlow = createFlows({ flow_id: 'f', defaults: { fail_soft: false }, steps })
    const played = playRun(findFlow, 'f', { answer })
    expect(summary(played)).toEqual(['a failed'])
    expect(played.run).toMatchObject({ status: 'failed', error: { stepId: 'a', message: 'first' }, result: null })
  })

  it('counts also when it is in a branch', () => {
    const branch = ifStep('if', { condition: 'true', yes: steps })
    const soft = playRun(createFlows({ flow_id: 'f', steps: [branch] }), 'f', { answer })
    expect([summary(soft), soft.run.status]).toEqual([
      ['if completed', 'if/then/a failed', 'if/then/b failed', 'if/then/c completed'],
      'failed',
    ])
    const strict = createFlows({ flow_id: 'f', defaults: { fail_soft: false }, steps: [branch] })
    expect(summary(playRun(strict, 'f', { answer }))).toEqual(['if completed', 'if/then/a failed'])
  })

  it.each([
    [true, true, ['call completed', 'call/a failed', 'call/b failed', 'call/c completed', 'last completed']],
    [true, false, ['call failed', 'call/a failed', 'last completed']],
    [false, true, ['call completed', 'call/a failed', 'call/b failed', 'call/c completed', 'last completed']],
    [false, false, ['call failed', 'call/a failed']],
  ])('in a flow that is called: fail_soft outside %s, inside %s', (outside, inside, expected) => {
    const findFlow = createFlows(
      {
        flow_id: 'outer',
        defaults: { fail_soft: outside },
        steps: [flowStep('call', 'inner', { output: 'sub' }), setStep('last', { k: 1 }, { priority: 200 })],
      },
      { flow_id: 'inner', defaults: { fail_soft: inside }, steps },
    )
    const played = playRun(findFlow, 'outer', { answer })
    expect(summary(played)).toEqual(expected)
    expect(played.run).toMatchObject({ status: 'failed', error: { stepId: 'a', message: 'first' } })
  })
})

describe('a block that aborts', () => {
  const abort = { value: { __flow_control: 'abort', reason: 'Invalid input' } }

  it('ends the run as aborted with its reason in the diagnostics, and its marker reaches nobody', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a'), blockStep('b')] })
    const { run, steps, effects } = playRun(findFlow, 'f', { answer: answerById({ a: abort }) })
    expect(run).toMatchObject({
      status: 'aborted',
      result: null,
      error: { stepId: 'a', errorType: 'aborted', message: 'Invalid input' },
      diagnostics: ['a: aborted: Invalid input'],
    })
    expect(effects).toHaveLength(1)
    expect(steps).toMatchObject([{ status: 'aborted', error: { errorType: 'aborted', message: 'Invalid input' } }])
    expect(JSON.stringify([run, steps])).not.toContain('__flow_control')
  })

  it('in a flow that is called ends the whole run, and no step stays open', () => {
    const findFlow = createFlows(
      { flow_id: 'outer', steps: [flowStep('call', 'middle'), setStep('never', { k: 1 }, { priority: 200 })] },
      { flow_id: 'middle', steps: [flowStep('call2', 'inner')] },
      { flow_id: 'inner', steps: [blockStep('a')] },
    )
    const played = playRun(findFlow, 'outer', { answer: answerById({ a: abort }) })
    expect(summary(played)).toEqual(['call aborted', 'call/call2 aborted', 'call/call2/a aborted'])
  })

  it.each([
    [{ __flow_control: 'abort' }, 'no reason given'],
    [{ __flow_control: 'abort', reason: { not: 'a text' } }, 'no reason given'],
    [{ __flow_control: 'abort', reason: 'x'.repeat(2000) }, 'x'.repeat(1000)],
  ])('may say why or not: %#', (value, reason) => {
    const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a')] })
    expect(playRun(findFlow, 'f', { answer: answerById({ a: { value } }) }).run.error?.message).toBe(reason)
  })

  it.each([{ __flow_control: 'retry' }, [{ __flow_control: 'abort' }], { inside: { __flow_control: 'abort' } }])(
    'says it exactly so: %j does not',
    (value) => {
      const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a')] })
      expect(playRun(findFlow, 'f', { answer: answerById({ a: { value } }) }).run.status).toBe('completed')
    },
  )
})

describe('a run that is stopped', () => {
  it.each(['cancelled', 'timed_out'] as const)(
    '%s leaves the step it waited for and those around it interrupted',
    (stopped) => {
      const findFlow = createFlows(
        { flow_id: 'outer', steps: [setStep('done', { k: 1 }, { priority: 1 }), flowStep('call', 'inner')] },
        { flow_id: 'inner', steps: [ifStep('if', { condition: 'true', yes: [blockStep('a')] })] },
      )
      const played = playRun(findFlow, 'outer', { answer: answerById({ a: { stopped } }) })
      expect(summary(played)).toEqual([
        'done completed',
        'call interrupted',
        'call/if completed',
        'call/if/then/a interrupted',
      ])
      expect(played.run).toMatchObject({
        status: stopped,
        result: null,
        error: { errorType: stopped, message: `${stopped} by the test` },
        frames: [],
        awaiting: undefined,
      })
    },
  )

  it('keeps the failure that came before as its reason', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a'), blockStep('b')] })
    const answer = answerById({ a: failed('first'), b: { stopped: 'cancelled' } })
    expect(playRun(findFlow, 'f', { answer }).run).toMatchObject({ status: 'cancelled', error: { stepId: 'a' } })
  })
})
