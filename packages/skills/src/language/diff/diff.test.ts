import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applySkillDiff, changedFields, diffSkills, skillFields, type SkillTree } from '../index.ts'
import { skillTrees } from '../test-skills.ts'
import { findSteady } from './order.ts'

const tree = (fields: object) => ({ id: 'a', ...fields }) as SkillTree
const check = (name: string, options: object = {}) => ({ type: 'Check', name, options, source_span: null })
const changes = (before: object | undefined, after: object | undefined) =>
  diffSkills(before && tree(before), after && tree(after)).changes

/** Two skills of one id that share many of their entries. */
const pairs = fc.tuple(skillTrees(), skillTrees(), fc.infiniteStream(fc.nat(5))).map(([one, two, dice]) => {
  const mixed = Object.fromEntries(
    Object.entries<unknown>({ ...two, ...one }).flatMap(([field, value]): [string, unknown][] => {
      const choice = dice.next().value ?? 0
      if (field === 'id' || choice < 2) return [[field, value]]
      if (choice === 2) return []
      const other = two[field as keyof SkillTree]
      if (field !== 'definition' || !Array.isArray(value) || !Array.isArray(other)) {
        return other === undefined ? [] : [[field, other]]
      }
      const names = new Set(value.map(({ name }) => name))
      const list = [...value.toReversed().slice(0, 4), ...other.filter(({ name }) => !names.has(name))]
      return [[field, list]]
    }),
  ) as SkillTree
  return [one, mixed] as const
})

describe('diffSkills', () => {
  it('is undone by applySkillDiff', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        expect(applySkillDiff(diffSkills(before, after), before)).toEqual({ ok: true, value: after })
        expect(applySkillDiff(diffSkills(after, before), after)).toEqual({ ok: true, value: before })
      }),
      { numRuns: 150 },
    )
  })

  it('is undone for a skill that comes or goes', () => {
    fc.assert(
      fc.property(skillTrees(), (skill) => {
        expect(applySkillDiff(diffSkills(undefined, skill), undefined)).toEqual({ ok: true, value: skill })
        expect(applySkillDiff(diffSkills(skill, undefined), skill)).toEqual({ ok: true, value: undefined })
      }),
    )
  })

  it('finds nothing between a skill and itself, and something between two', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        expect(diffSkills(before, structuredClone(before))).toEqual({ id: before.id, changes: [] })
        const differing = skillFields.filter((field) => !same(before[field], after[field]))
        expect(changedFields(diffSkills(before, after))).toEqual(differing)
      }),
    )
  })

  it('refuses to be applied to any other skill', () => {
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        fc.pre(!same(before, after))
        const applied = applySkillDiff(diffSkills(before, after), after)
        expect(applied.ok).toBe(false)
      }),
    )
  })

  it.each([
    ['no skill at all', undefined, undefined, []],
    ['an empty skill', undefined, {}, [{ path: '/id', field: 'id', kind: 'added', after: 'a' }]],
    [
      'a text',
      { title: 'x' },
      { title: 'y' },
      [{ path: '/title', field: 'title', kind: 'changed', before: 'x', after: 'y' }],
    ],
    ['an empty list', {}, { inputs: [] }, [{ path: '/inputs', field: 'inputs', kind: 'added', after: [] }]],
    ['null', { requires: null }, {}, [{ path: '/requires', field: 'requires', kind: 'removed', before: null }]],
    ['the order of members', { requires: { a: 1, b: 2 } }, { requires: { b: 2, a: 1 } }, []],
    [
      'a rule',
      { evolve: { allow: [], deny: [] } },
      { evolve: { allow: [], deny: ['all'] } },
      [{ path: '/evolve/deny', field: 'evolve', kind: 'changed', before: [], after: ['all'] }],
    ],
    [
      'an option',
      { definition: [check('a/b', { x: 1, constructor: 2 })] },
      { definition: [check('a/b', { x: 2, y: 3 })] },
      [
        { path: '/definition/a~1b/options/x', field: 'definition', kind: 'changed', before: 1, after: 2 },
        { path: '/definition/a~1b/options/constructor', field: 'definition', kind: 'removed', before: 2 },
        { path: '/definition/a~1b/options/y', field: 'definition', kind: 'added', after: 3 },
      ],
    ],
    [
      'an entry that moves to the front',
      { definition: [check('a'), check('b'), check('c')] },
      { definition: [check('c'), check('a'), check('b')] },
      [{ path: '/definition/c', field: 'definition', kind: 'moved', from: 2, to: 0 }],
    ],
    [
      'an entry for another, whose neighbours stay',
      { definition: [check('a'), check('b')] },
      { definition: [check('c'), check('b')] },
      [
        { path: '/definition/a', field: 'definition', kind: 'removed', before: check('a'), from: 0 },
        { path: '/definition/c', field: 'definition', kind: 'added', after: check('c'), to: 0 },
      ],
    ],
    [
      'an effect',
      { effects: [{ name: 'e', requires: [], records: [] }] },
      { effects: [{ name: 'e', requires: ['x'], records: [] }] },
      [{ path: '/effects/e/requires', field: 'effects', kind: 'changed', before: [], after: ['x'] }],
    ],
    [
      'effects of one name as one list',
      { effects: [] },
      { effects: [1, 2].map((n) => ({ name: 'e', requires: [String(n)], records: [] })) },
      [
        {
          path: '/effects',
          field: 'effects',
          kind: 'changed',
          before: [],
          after: [1, 2].map((n) => ({ name: 'e', requires: [String(n)], records: [] })),
        },
      ],
    ],
  ])('tells %s', (...[, before, after, expected]) => {
    expect(changes(before, after)).toEqual(expected)
  })

  it('moves as few entries as possible', () => {
    const orders = fc.integer({ min: 1, max: 7 }).chain((count) => {
      const names = Array.from({ length: count }, (_, index) => String(index))
      return fc.shuffledSubarray(names, { minLength: count }).map((after) => ({ names, after }))
    })
    fc.assert(fc.property(orders, ({ names, after }) => findSteady(names, after).size === longestRun(after)))
  })
})

describe('applySkillDiff', () => {
  const before = tree({ title: 'x', definition: [check('a', { x: 1 }), check('b')], evolve: { allow: [], deny: [] } })
  const at = (path: string, more: object) => ({ path, field: 'definition', ...more }) as never
  it.each([
    ['a change of what is not there', at('/version', { kind: 'changed', before: '1', after: '2' }), 'is not there'],
    ['a change without a before', at('/version', { kind: 'removed' }), 'is not there'],
    ['a change of what is other', at('/title', { kind: 'changed', before: 'y', after: 'z' }), 'is not what'],
    ['an addition of what is there', at('/title', { kind: 'added', after: 'z' }), 'is not what'],
    ['an addition of nothing', at('/version', { kind: 'added' }), 'has no value'],
    ['a move of a field', at('/title', { kind: 'moved', from: 0, to: 1 }), 'makes no sense'],
    ['an empty path', at('', { kind: 'added', after: 1 }), 'makes no sense'],
    ['a part of a text', at('/title/0', { kind: 'removed', before: 'x' }), 'has no parts'],
    ['a part of a part', at('/evolve/deny/0', { kind: 'added', after: 'x' }), 'makes no sense'],
    ['a part of a list that is absent', at('/effects/a', { kind: 'added', after: { name: 'a' }, to: 0 }), 'not there'],
    ['an entry that is there', at('/definition/a', { kind: 'added', after: check('a'), to: 2 }), 'is there already'],
    ['an entry of another name', at('/definition/c', { kind: 'added', after: check('d'), to: 2 }), 'name of its path'],
    ['an entry without a place', at('/definition/c', { kind: 'added', after: check('c') }), 'has no place'],
    ['an entry in the place of none', at('/definition/c', { kind: 'added', after: check('c'), to: 9 }), 'one place'],
    [
      'a removal from elsewhere',
      at('/definition/b', { kind: 'removed', before: check('b'), from: 0 }),
      'what was there',
    ],
    ['a move from elsewhere', at('/definition/b', { kind: 'moved', from: 0, to: 0 }), 'not where it was'],
    ['a change of an entry as a whole', at('/definition/b', { kind: 'changed', before: 1, after: 2 }), 'no sense'],
    ['another name', at('/definition/b/name', { kind: 'changed', before: 'b', after: 'c' }), 'makes no sense'],
    ['an option of nobody', at('/definition/z/options/x', { kind: 'added', after: 1 }), 'is not there'],
    ['an option of an option', at('/definition/a/options/x/y', { kind: 'added', after: 1 }), 'makes no sense'],
    ['a field of no skill', at('/nonsense', { kind: 'added', after: 1 }), 'no skill'],
    ['a value of the wrong kind', at('/title', { kind: 'changed', before: 'x', after: 5 }), 'no skill'],
    ['a skill without an id', at('/id', { kind: 'removed', before: 'a' }), 'no skill'],
  ])('refuses %s', (_, change, reason) => {
    expect(applySkillDiff({ id: 'a', changes: [change] }, before)).toEqual({
      ok: false,
      error: expect.stringContaining(reason),
    })
  })

  it('takes names of objects for names', () => {
    const after = tree({ definition: [check('constructor', { hasOwnProperty: 1 }), check('__proto__')] })
    const diff = diffSkills(before, after)
    expect(applySkillDiff(diff, before)).toEqual({ ok: true, value: after })
  })
})

function same(left: unknown, right: unknown): boolean {
  return sortedJson(left) === sortedJson(right)
}

function sortedJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  )
}

/** Longest increasing run by trying all: 2^7 subsets. */
function longestRun(order: readonly string[]): number {
  let best = 0
  for (let mask = 0; mask < 2 ** order.length; mask += 1) {
    const run = order.filter((_, index) => mask & (1 << index))
    if (run.every((name, index) => index === 0 || Number(run[index - 1]) < Number(name)))
      best = Math.max(best, run.length)
  }
  return best
}
