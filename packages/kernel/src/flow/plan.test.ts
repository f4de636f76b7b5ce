import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { orderSteps, type Orderable } from './order.ts'
import { parseFlow } from './parse/flow.ts'
import { planFlow, type PlannedStep } from './plan.ts'

type Short = readonly [id: string, priority: number, ...dependsOn: string[]]

function order(steps: readonly Short[]): string {
  return orderSteps(steps.map(([id, priority, ...dependsOn]) => ({ id, priority, dependsOn })))
    .steps.map((step) => step.id)
    .join(' ')
}

describe('orderSteps', () => {
  it.each<[string, Short[], string]>([
    [
      'priority, without dependencies',
      [
        ['c', 30],
        ['a', 10],
        ['b', 20],
      ],
      'a b c',
    ],
    [
      'a dependency wins over a lower number',
      [
        ['b', 10, 'a'],
        ['a', 20],
      ],
      'a b',
    ],
    [
      'a chain',
      [
        ['c', 10, 'b'],
        ['b', 20, 'a'],
        ['a', 30],
      ],
      'a b c',
    ],
    [
      'layers: a freed step waits for the whole layer',
      [
        ['c', 10, 'a'],
        ['a', 50],
        ['b', 50],
      ],
      'a b c',
    ],
    [
      'id decides between equal priorities',
      [
        ['b', 1],
        ['B', 1],
        ['a', 1],
        ['10', 1],
        ['9', 1],
      ],
      '10 9 B a b',
    ],
    [
      'unknown ids do not count',
      [
        ['b', 10, 'gone'],
        ['a', 20],
      ],
      'b a',
    ],
    [
      'a circle keeps the base order',
      [
        ['b', 10, 'a'],
        ['a', 20, 'b'],
        ['c', 5, 'a'],
      ],
      'c b a',
    ],
    [
      'a step waiting for itself keeps the base order',
      [
        ['b', 10, 'b'],
        ['a', 20],
      ],
      'b a',
    ],
    [
      'negative priorities',
      [
        ['a', 0],
        ['b', -5],
      ],
      'b a',
    ],
    [
      'a diamond',
      [
        ['d', 1, 'b', 'c'],
        ['c', 2, 'a'],
        ['b', 3, 'a'],
        ['a', 4],
      ],
      'a c b d',
    ],
  ])('%s', (_, steps, expected) => {
    expect(order(steps)).toBe(expected)
  })

  it('names the steps of a circle and those behind it', () => {
    const steps: Orderable[] = [
      { id: 'a', priority: 1, dependsOn: ['b'] },
      { id: 'b', priority: 2, dependsOn: ['a'] },
      { id: 'c', priority: 3, dependsOn: ['b'] },
      { id: 'd', priority: 4, dependsOn: [] },
    ]
    expect(orderSteps(steps).circular).toEqual(['a', 'b', 'c'])
  })

  it('is a permutation, does not depend on the order given, and respects every dependency unless there is a circle', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
    const step = fc.record({ id, priority: fc.integer({ min: 0, max: 3 }), dependsOn: fc.array(id, { maxLength: 3 }) })
    const steps = fc.uniqueArray(step, { selector: (one) => one.id })
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (given, chance) => {
        const { steps: ordered, circular } = orderSteps(given)
        expect(ordered.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual(
          given.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
        )
        const shuffled = given.map((one) => ({ one, at: chance.next().value })).toSorted((x, y) => x.at - y.at)
        expect(orderSteps(shuffled.map(({ one }) => one)).steps).toEqual(ordered)
        if (circular.length > 0) return
        const place = new Map(ordered.map((one, index) => [one.id, index]))
        for (const { id: own, dependsOn } of ordered) {
          for (const other of dependsOn) expect(place.get(other) ?? -1).toBeLessThan(place.get(own) ?? -1)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('planFlow', () => {
  const outline = (steps: readonly PlannedStep[]): unknown[] =>
    steps.map((planned) =>
      planned.kind === 'single'
        ? planned.step.id
        : { [planned.step.id]: [outline(planned.thenPlan), outline(planned.elsePlan)] },
    )

  it('runs phases in their order and plans the branches of an if by the same rule', () => {
    const set = 'type: set, input: {key: k, value: 1}'
    const { flow, diagnostics } = parseFlow(
      new TextEncoder().encode(`
flow_id: a
phases: [second, first]
steps:
  - {id: z, phase: first, priority: 1, ${set}}
  - {id: y, phase: second, depends_on: [x], priority: 1, ${set}}
  - id: x
    phase: second
    priority: 900
    type: if
    condition: true
    then:
      - {id: t1, priority: 10, depends_on: [t2], ${set}}
      - {id: t2, priority: 20, ${set}}
    else:
      - {id: e2, ${set}}
      - {id: e1, ${set}}
`),
      { file: 'f', source: { kind: 'shared' } },
    )
    expect(diagnostics).toEqual([])
    expect(flow && outline(planFlow(flow))).toEqual([
      {
        x: [
          ['t2', 't1'],
          ['e1', 'e2'],
        ],
      },
      'y',
      'z',
    ])
  })
})
