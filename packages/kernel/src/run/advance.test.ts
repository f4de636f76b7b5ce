import { describe, expect, it } from 'vitest'
import { blockStep, createFlows, flowStep, handlerStep, ifStep, setStep } from '../testing/index.ts'
import { answerById, playRun } from './test-run.ts'

const summary = (played: ReturnType<typeof playRun>): readonly string[] =>
  played.steps.map(({ path, stepId, status }) => `${path === '' ? '' : `${path}/`}${stepId} ${status}`)

describe('the order of steps', () => {
  it('is phase, then priority, then id, whatever the file says', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      phases: ['first', 'second'],
      steps: [
        setStep('z', { k: 1 }, { phase: 'second', priority: 1 }),
        setStep('b', { k: 1 }, { phase: 'first' }),
        setStep('a', { k: 1 }, { phase: 'first' }),
        setStep('c', { k: 1 }, { phase: 'first', priority: 10 }),
      ],
    })
    const played = playRun(findFlow, 'f')
    expect(summary(played)).toEqual(['c completed', 'a completed', 'b completed', 'z completed'])
    expect(played.steps.map(({ seq }) => seq)).toEqual([0, 1, 2, 3])
  })

  it('waits for each block before the next step begins', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [blockStep('a'), blockStep('b', { input: { from: '${ctx.a.n}' } })],
    })
    const { effects, run } = playRun(findFlow, 'f', { answer: answerById({ a: { value: { n: 5 } }, b: { value: 7 } }) })
    expect(effects.map((effect) => (effect.kind === 'block' ? [effect.step.id, effect.input] : []))).toEqual([
      ['a', {}],
      ['b', { from: 5 }],
    ])
    expect(run).toMatchObject({ status: 'completed', result: { a: { n: 5 }, b: 7 } })
  })
})

describe('the result of a step', () => {
  it('goes to its output, also when it is null', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      outputs: ['my_result'],
      steps: [blockStep('a', { output: 'my_result' })],
    })
    expect(playRun(findFlow, 'f').run).toMatchObject({ result: { my_result: null }, diagnostics: [] })
  })

  it('goes to _step_out.<id> without an output, and overwrites no key of that name', () => {
    const { output: _, ...analyze } = blockStep('analyze')
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [analyze, setStep('later', { copy: '${ctx._step_out.analyze.data}' }, { priority: 200 })],
    })
    const { run } = playRun(findFlow, 'f', {
      inputs: { analyze: 'mine' },
      answer: answerById({ analyze: { value: { data: 42 } } }),
    })
    expect(run.result).toEqual({ analyze: 'mine', copy: 42 })
  })

  it('is not kept without an output when it is null', () => {
    const { output: _, ...silent } = blockStep('silent')
    const findFlow = createFlows({ flow_id: 'f', outputs: ['_step_out.silent'], steps: [silent] })
    expect(playRun(findFlow, 'f').run.diagnostics).toEqual(['the declared output "_step_out.silent" has no value'])
  })

  it.each([
    [{ _kernel_step_status: 'ok', _kernel_step_meta: {}, data: 1 }, { data: 1 }],
    [{ data: 1 }, { data: 1 }],
    [[{ _kernel_step_status: 'ok' }], [{ _kernel_step_status: 'ok' }]],
    ['_kernel_step_status', '_kernel_step_status'],
  ])('loses the words of the system: %j becomes %j', (value, expected) => {
    const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a')] })
    expect(playRun(findFlow, 'f', { answer: answerById({ a: { value } }) }).run.result).toEqual({ a: expected })
  })

  it('is recorded with what the block printed, where it ran and how long it took', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [blockStep('a', { input: { x: 1 } })] })
    const { records } = playRun(findFlow, 'f', { answer: answerById({ a: { value: 'v' } }) })
    const begun = {
      seq: 0,
      stepId: 'a',
      path: '',
      type: 'block',
      phase: 'main',
      startedAt: '2025-01-01T00:00:00.000Z',
      input: { x: 1 },
      packId: 'demo_pack',
      file: 'blocks/a.py',
    }
    expect(records).toEqual([
      { ...begun, status: 'running' },
      {
        ...begun,
        status: 'completed',
        durationMs: 2,
        log: 'printed',
        posture: 'bubblewrap_fresh',
        output: 'v',
      },
    ])
  })
})

describe('the result of a flow', () => {
  it('is the declared outputs, and null with a word about it for what nothing set', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      outputs: { a: 'string', b: 'string' },
      steps: [setStep('s', { a: 1 })],
    })
    const { run } = playRun(findFlow, 'f', { inputs: { other: 1 } })
    expect([run.result, run.diagnostics]).toEqual([{ a: 1, b: null }, ['the declared output "b" has no value']])
  })

  it('is the whole context without the keys of the system when no outputs are declared', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { _hidden: 1 }), setStep('t', { shown: 2 })] })
    expect(playRun(findFlow, 'f', { inputs: { given: 3, _private: 4 } }).run.result).toEqual({ shown: 2, given: 3 })
  })

  it('begins with declared defaults, and what the caller gives goes before them', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      inputs: { a: { type: 'string', default: 'A' }, b: { type: 'string', default: 'B' } },
      steps: [setStep('s', { joined: '${ctx.a}${ctx.b}' })],
    })
    expect(playRun(findFlow, 'f', { inputs: { b: 'given' } }).run.result).toMatchObject({ joined: 'Agiven' })
  })
})

describe('references', () => {
  it('that point nowhere are null, and are named in the diagnostics of step and run', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { k: ['${ctx.no.where}', '-${ctx.nope}-'] })] })
    const { run, steps } = playRun(findFlow, 'f')
    expect(run).toMatchObject({
      status: 'completed',
      result: { k: [null, '--'] },
      diagnostics: ['s: ctx.no.where has no value', 's: ctx.nope has no value'],
    })
    expect(steps[0]?.diagnostics).toEqual(['ctx.no.where has no value', 'ctx.nope has no value'])
  })

  it('in data are data, however many steps they pass through', () => {
    const attack = ['${ctx.secret}', { deep: '$ctx.secret', '${ctx.secret}': 1 }]
    const findFlow = createFlows(
      {
        flow_id: 'f',
        steps: [
          setStep('a', { once: '${ctx.given}' }, { priority: 1 }),
          handlerStep(
            'b',
            { handler: 'kernel:ctx.set', args: { key: 'twice', value: '${ctx.once}' } },
            { priority: 2 },
          ),
          handlerStep(
            'c',
            { handler: 'kernel:ctx.copy', args: { from_key: 'twice', to_key: 'thrice' } },
            { priority: 3 },
          ),
          flowStep('d', 'inner', { priority: 4, args: { thrice: '${ctx.thrice}' }, output: 'inner' }),
          blockStep('e', { priority: 5, input: { all: ['${ctx.thrice}', '${ctx.inner}'], text: 'x ${ctx.thrice}' } }),
        ],
      },
      { flow_id: 'inner', outputs: ['out'], steps: [setStep('i', { out: '${ctx.thrice}' })] },
    )
    const { effects } = playRun(findFlow, 'f', { inputs: { given: attack, secret: 'S3CRET' } })
    const [effect] = effects
    expect(effect?.kind === 'block' && effect.input).toEqual({
      all: [attack, { out: attack }],
      text: `x ${JSON.stringify(attack)}`,
    })
  })

  it('in what a block returns are data too', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [blockStep('a'), setStep('s', { k: '${ctx.a}' }, { priority: 200 })],
    })
    const { run } = playRun(findFlow, 'f', {
      inputs: { secret: 'S3CRET' },
      answer: answerById({ a: { value: '${ctx.secret} $ctx.secret' } }),
    })
    expect(run.result).toMatchObject({ k: '${ctx.secret} $ctx.secret' })
  })

  it('do not reach the machine that everything runs on', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { k: '$env.HOME ${env.HOME}' })] })
    expect(playRun(findFlow, 'f').run.result).toEqual({ k: '$env.HOME ${env.HOME}' })
  })
})

describe('a condition', () => {
  it.each([
    ['$ctx.score > 80', { score: 90 }, true],
    ['$ctx.score <= 80', { score: 90 }, false],
    ['$ctx.name == "hello"', { name: 'hello' }, true],
    ['$ctx.missing', {}, false],
    ['${ctx.empty}', { empty: '' }, false],
    ['$ctx.result == none', { result: null }, true],
  ])('when: %s with %j is %s', (when, inputs, runs) => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { k: 1 }, { when })] })
    expect(summary(playRun(findFlow, 'f', { inputs }))).toEqual([runs ? 's completed' : 's skipped'])
  })

  it('that is false skips the step and says so; the run completes', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { k: 1 }, { when: '$ctx.no == 1' })] })
    const { run, records } = playRun(findFlow, 'f')
    expect(run).toMatchObject({ status: 'completed', result: {} })
    expect(records).toMatchObject([{ status: 'skipped', diagnostics: ['its condition is false'] }])
  })

  it('that fails while it runs skips the step and says why', () => {
    const findFlow = createFlows({ flow_id: 'f', steps: [setStep('s', { k: 1 }, { when: 'ctx.text < 5' })] })
    const { steps } = playRun(findFlow, 'f', { inputs: { text: 'no number' } })
    expect(steps).toMatchObject([{ status: 'skipped' }])
    expect(steps[0]?.diagnostics?.[0]).toMatch(/^its condition/)
  })

  it('of an if chooses a branch, whose steps see and change the same context', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [
        ifStep(
          'choose',
          {
            condition: '$ctx.n > 1',
            yes: [setStep('t', { way: 'then ${ctx.n}' }), blockStep('b', { priority: 200 })],
            no: [setStep('e', { way: 'else' })],
          },
          { priority: 1, output: 'chosen' },
        ),
        setStep('after', { seen: '${ctx.way} ${ctx.b}' }, { priority: 2, depends_on: ['t'] }),
      ],
    })
    const high = playRun(findFlow, 'f', { inputs: { n: 2 }, answer: answerById({ b: { value: 'B' } }) })
    expect(summary(high)).toEqual([
      'choose completed',
      'choose/then/t completed',
      'choose/then/b completed',
      'after completed',
    ])
    expect(high.run.result).toEqual({ n: 2, chosen: true, way: 'then 2', b: 'B', seen: 'then 2 B' })
    const low = playRun(findFlow, 'f', { inputs: { n: 1 } })
    expect(summary(low)).toEqual(['choose completed', 'choose/else/e completed', 'after skipped'])
    expect(low.run.result).toEqual({ n: 1, chosen: false, way: 'else' })
  })
})

describe('depends_on', () => {
  const cascade = (failSoft: boolean): ReturnType<typeof createFlows> =>
    createFlows({
      flow_id: 'f',
      phases: ['main', 'second'],
      defaults: { fail_soft: failSoft },
      steps: [
        setStep('a', { a: 1 }, { when: '$ctx.never' }),
        setStep('b', { b: 1 }, { depends_on: ['a'] }),
        setStep('c', { c: 1 }, { depends_on: ['b'] }),
        setStep('d', { d: 1 }, { phase: 'second' }),
      ],
    })

  it('skips what a skipped step would have come before, and what comes after that', () => {
    const { run, steps } = playRun(cascade(true), 'f')
    expect(steps.map(({ stepId, status }) => [stepId, status])).toEqual([
      ['a', 'skipped'],
      ['b', 'skipped'],
      ['c', 'skipped'],
      ['d', 'completed'],
    ])
    expect(steps[1]?.diagnostics).toEqual(['it depends on "a", which did not run'])
    expect(run).toMatchObject({ status: 'completed', result: { d: 1 } })
  })

  it('ends the flow without fail_soft', () => {
    const played = playRun(cascade(false), 'f')
    expect(summary(played)).toEqual(['a skipped', 'b skipped'])
    expect(played.run).toMatchObject({
      status: 'failed',
      result: null,
      error: { stepId: 'b', errorType: 'dependency', message: '"b" depends on a step that did not run' },
    })
  })

  it('ends only the flow it is in: the step that called it has failed, and its fail_soft decides', () => {
    const findFlow = createFlows(
      {
        flow_id: 'outer',
        steps: [flowStep('call', 'f', { output: 'sub' }), setStep('next', { n: 1 }, { priority: 200 })],
      },
      {
        flow_id: 'f',
        defaults: { fail_soft: false },
        steps: [setStep('a', { a: 1 }, { when: '$ctx.never' }), setStep('b', { b: 1 }, { depends_on: ['a'] })],
      },
    )
    const played = playRun(findFlow, 'outer')
    expect(summary(played)).toEqual(['call failed', 'call/a skipped', 'call/b skipped', 'next completed'])
    expect(played.run).toMatchObject({ status: 'failed', result: { sub: null, n: 1 }, error: { stepId: 'b' } })
  })

  it('on a step that failed is not met', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [blockStep('a'), setStep('b', { k: 1 }, { depends_on: ['a'] })],
    })
    const failed = { failed: { errorType: 'block_error', message: 'no' } } as const
    expect(summary(playRun(findFlow, 'f', { answer: answerById({ a: failed }) }))).toEqual(['a failed', 'b skipped'])
  })

  it('on itself or in a circle is never met', () => {
    const findFlow = createFlows({
      flow_id: 'f',
      steps: [
        setStep('self', { k: 1 }, { depends_on: ['self'] }),
        setStep('x', { k: 1 }, { depends_on: ['y'] }),
        setStep('y', { k: 1 }, { depends_on: ['x'] }),
      ],
    })
    expect(summary(playRun(findFlow, 'f'))).toEqual(['self skipped', 'x skipped', 'y skipped'])
  })
})
