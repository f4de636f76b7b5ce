import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../base/index.ts'
import { blockStep, createFlows, flowStep, handlerStep, ifStep, setStep, type TestFlow } from '../testing/index.ts'
import { advance } from './advance.ts'
import type { FlowFinder } from './prepare.ts'
import { playRun, type Answer, type PlayedRun } from './test-run.ts'

const flowIds = ['f0', 'f1', 'f2', 'f3']
const keys = ['a', 'b', 'c', '_d']

const key = fc.constantFrom(...keys)
const reference = key.map((name) => `\${ctx.${name}}`)
const value = fc.oneof(reference, fc.constantFrom<JsonObject[string]>(1, null, 'text', { x: '${ctx.a}' }, ['$ctx.b']))
const condition = fc.oneof(
  fc.constantFrom('true', 'false', 'ctx.a < 5'),
  key.map((name) => `$ctx.${name} == none`),
)

const common = fc.record(
  {
    priority: fc.integer({ min: 1, max: 3 }),
    when: condition,
    output: key,
    depends_on: fc.array(
      fc.integer({ min: 0, max: 7 }).map((index) => `s${index}`),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
)

type Draft = (id: string) => JsonObject

const leaf: fc.Arbitrary<Draft> = fc.oneof(
  fc.tuple(key, value, common).map(
    ([name, put, more]): Draft =>
      (id) =>
        setStep(id, { [name]: put }, more),
  ),
  fc.tuple(value, common).map(
    ([input, more]): Draft =>
      (id) =>
        blockStep(id, { ...more, input }),
  ),
  fc.tuple(fc.constantFrom(...flowIds, 'nowhere'), value, common).map(
    ([flow, give, more]): Draft =>
      (id) =>
        flowStep(id, flow, { ...more, args: { a: give } }),
  ),
  fc.tuple(fc.constantFrom('kernel:ctx.get', 'kernel:nope', 'kernel:approval.scan'), common).map(
    ([handler, more]): Draft =>
      (id) =>
        handlerStep(id, { handler, args: { key: 'a', store_as: 'b' } }, more),
  ),
)

const step: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.tuple(condition, common, fc.array(leaf, { maxLength: 3 }), fc.array(leaf, { maxLength: 2 })).map(
      ([test, more, then, other]): Draft =>
        (id) =>
          ifStep(
            id,
            {
              condition: test,
              yes: then.map((draft, index) => draft(`${id}t${index}`)),
              no: other.map((draft, index) => draft(`${id}e${index}`)),
            },
            more,
          ),
    ),
  },
)

const flow = (flowId: string): fc.Arbitrary<TestFlow> =>
  fc
    .record({
      drafts: fc.array(step, { maxLength: 6 }),
      isSoft: fc.boolean(),
      pack: fc.constantFrom(undefined, undefined, 'p', 'q'),
      outputs: fc.constantFrom(undefined, ['a', 'b'], ['_d']),
    })
    .map(({ drafts, isSoft, pack, outputs }) => ({
      flow_id: flowId,
      defaults: { fail_soft: isSoft },
      ...(pack === undefined ? {} : { pack }),
      ...(outputs === undefined ? {} : { outputs }),
      steps: drafts.map((draft, index) => draft(`s${index}`)),
    }))

const answers = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom<ReturnType<Answer>>({ value: 3 }, { value: null }, { value: { a: '${ctx.b}' } }),
    },
    { weight: 2, arbitrary: fc.constant<ReturnType<Answer>>({ failed: { errorType: 'block_error', message: 'no' } }) },
    { weight: 1, arbitrary: fc.constant<ReturnType<Answer>>({ value: { __flow_control: 'abort', reason: 'enough' } }) },
    { weight: 1, arbitrary: fc.constantFrom<ReturnType<Answer>>({ stopped: 'cancelled' }, { stopped: 'timed_out' }) },
  ),
  { minLength: 1, maxLength: 12 },
)

interface Played extends PlayedRun {
  readonly findFlow: FlowFinder
  readonly root: TestFlow
}

const played: fc.Arbitrary<Played> = fc
  .tuple(fc.tuple(...flowIds.map(flow)), answers, fc.dictionary(key, value, { maxKeys: 3 }))
  .map(([flows, given, inputs]) => {
    const findFlow = createFlows(...flows)
    let turn = -1
    const answer: Answer = () => given[(turn += 1) % given.length] ?? {}
    const [root] = flows
    if (!root) throw new Error('there are always flows')
    return { ...playRun(findFlow, root.flow_id, { inputs, answer }), findFlow, root }
  })

const law = (holds: (run: Played) => void): void => {
  fc.assert(fc.property(played, holds), { numRuns: 80 })
}

describe('whatever the flows and the answers, advance', () => {
  it('gives the same turn for the same run and event, and changes nothing it was given', () => {
    law(({ turns, findFlow }) => {
      // Every run and event on the way was frozen: a change would have thrown.
      for (const { before, event, turn } of turns) expect(advance(before, event, findFlow)).toEqual(turn)
    })
  })

  it('gives every step that began exactly one end, after which nothing more is said about it', () => {
    law(({ records, steps }) => {
      expect(steps.filter(({ status }) => status === 'running')).toEqual([])
      const ends = records.filter(({ status }) => status !== 'running').map(({ seq }) => seq)
      expect(new Set(ends).size).toBe(ends.length)
      for (const { seq } of steps)
        expect(records.findLastIndex((one) => one.seq === seq)).toBe(
          records.findIndex((one) => one.seq === seq && one.status !== 'running'),
        )
    })
  })

  it('numbers the steps in the order they begin, without a gap', () => {
    law(({ records, steps, run }) => {
      expect(steps.map(({ seq }) => seq)).toEqual(steps.map((_, index) => index))
      expect(run.nextSeq).toBe(steps.length)
      const begins = [...new Set(records.filter(({ status }) => status === 'running').map(({ seq }) => seq))]
      expect(begins).toEqual(begins.toSorted((a, b) => a - b))
    })
  })

  it('waits for one thing at a time, and for nothing once the run has ended', () => {
    law(({ turns, run }) => {
      for (const { turn } of turns) {
        const { effect } = turn
        expect(turn.run.status === 'running').toBe(effect.kind !== 'end')
        expect(turn.run.awaiting?.record).toEqual('record' in effect ? effect.record : undefined)
      }
      expect([run.frames, run.result === undefined]).toEqual([[], false])
    })
  })

  it('calls a run completed exactly when no step failed, was aborted or interrupted and no dependency stopped it', () => {
    law(({ run, records }) => {
      const first = records.find(({ status }) => status === 'failed' || status === 'aborted')
      expect(run.status === 'completed').toBe(run.error === undefined)
      if (run.status === 'completed') expect(records.filter(({ status }) => status === 'interrupted')).toEqual([])
      if (first) expect(run.status).not.toBe('completed')
      if (run.status === 'failed' && first && run.error?.errorType !== 'dependency') {
        expect([run.error?.stepId, run.error?.errorType]).toEqual([first.stepId, first.error?.errorType])
      }
    })
  })

  it('reaches every step of a flow with fail_soft unless the run is aborted or stopped', () => {
    law(({ run, steps, root }) => {
      const defaults = root['defaults']
      if (run.status !== 'completed' && run.status !== 'failed') return
      if (JSON.stringify(defaults) !== '{"fail_soft":true}') return
      const reached = steps.filter(({ path }) => path === '').map(({ stepId }) => JSON.stringify(stepId))
      expect(reached.toSorted()).toEqual(root.steps.map((one) => JSON.stringify(one['id'])).toSorted())
    })
  })

  it('asks a stranger’s flow for no privileged handler', () => {
    law(({ effects, root, steps }) => {
      const handlers = effects.filter(({ kind }) => kind === 'handler')
      if (root.pack !== undefined) expect(handlers).toEqual([])
      expect(steps.length).toBeGreaterThanOrEqual(effects.length)
    })
  })
})
