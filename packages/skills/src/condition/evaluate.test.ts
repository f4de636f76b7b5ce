import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import { bindValues, findIn, type Bindings } from './bindings.ts'
import { evaluateCondition } from './evaluate.ts'
import { parseCondition } from './parse.ts'
import type { Condition, Expression } from './syntax.ts'
import { isSameJson, type Truth } from './values.ts'

function evaluate(text: string, bindings: Bindings = bindValues({})) {
  const condition = parseCondition(text)
  if (!condition.ok) throw new Error(condition.error.message)
  return evaluateCondition(condition.value, bindings)
}

const values: JsonObject = {
  yes: true,
  no: false,
  one: 1,
  two: 2,
  text: 'content',
  nothing: null,
  list: ['content', 1, { a: [1] }],
  map: { content: 0, inner: { max: 3 }, ['constructor']: 1 },
  composite: { a: [1] },
}

describe('evaluateCondition', () => {
  it.each<[string, Truth]>([
    ['yes', true],
    ['no', false],
    ['one', 'unknown'],
    ['absent', 'unknown'],
    ['not yes', false],
    ['not absent', 'unknown'],
    ['yes == true', true],
    ['no == true', false],
    ['one < two', true],
    ['two < one', false],
    ['one <= 1', true],
    ['one >= 1.5', false],
    ['two > one', true],
    ['one != two', true],
    ["text == 'content'", true],
    ['text == :content', true],
    ['"a" < "b"', true],
    ['"b" <= "a"', false],
    // Unlike types are neither equal nor unequal, and only numbers and texts have an order.
    ['one == "1"', 'unknown'],
    ['one != "1"', 'unknown'],
    ['one < "2"', 'unknown'],
    ['yes < true', 'unknown'],
    ['list < list', 'unknown'],
    ['yes == 1', 'unknown'],
    // A null that is written asks whether there is a value.
    ['nothing == null', true],
    ['one == null', false],
    ['one != nil', true],
    ['nothing == one', 'unknown'],
    ['nothing < null', 'unknown'],
    ['absent == null', 'unknown'],
    // Membership.
    ['text in list', true],
    ['2 in list', false],
    ['2 not in list', true],
    ['composite in list', true],
    ['text in map', true],
    ['"absent" in map', false],
    ['1 in map', 'unknown'],
    ['"con" in text', 'unknown'],
    ['text in absent', 'unknown'],
    ['text in [a, "content"]', true],
    ['text in [absent, "other"]', 'unknown'],
    ['text not in ["x", "y"]', true],
    ['absent in []', 'unknown'],
    ['[1, 2] == [one, two]', true],
    ['[1] == [absent]', 'unknown'],
    // Kleene: what is unknown matters only where the rest does not decide.
    ['no and absent', false],
    ['absent and no', false],
    ['yes and absent', 'unknown'],
    ['yes or absent', true],
    ['absent or yes', true],
    ['no or absent', 'unknown'],
    ['yes and one < two and text in list', true],
    ['(one == 1) == yes', true],
    ['(absent == 1) == yes', 'unknown'],
    // Dots.
    ['map.inner.max == 3', true],
    ['map.inner.min == 3', 'unknown'],
    ['text.length > 0', 'unknown'],
    ['list.length > 0', 'unknown'],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text, bindValues(values)).value).toBe(value)
  })

  it.each(['__proto__', 'constructor', 'map.constructor', 'a.__proto__.b', 'toString', 'hasOwnProperty', 'prototype'])(
    '%s is never bound, even by bindings that answer to everything',
    (name) => {
      const careless: Bindings = { ...bindValues({}), find: () => ({ bound: true, value: true }) }
      expect(evaluate(name, careless)).toEqual({
        value: 'unknown',
        used: {},
        missing: [name],
        reason: `${name} is not bound`,
      })
      expect(
        findIn(JSON.parse(`{"${name.split('.')[0]}":{"__proto__":{"b":1}}}`) as JsonObject, `${name}.b`).bound,
      ).toBe(false)
    },
  )

  it('says what it used, what is missing and why', () => {
    expect(evaluate('one < two and b == a and no', bindValues(values))).toEqual({
      value: false,
      used: { one: 1, two: 2, no: false },
      missing: ['a', 'b'],
      reason: 'it is false',
    })
    expect(evaluate('one > two', bindValues(values)).reason).toBe('one: 1 > 2 does not hold')
    expect(evaluate('one == "1"', bindValues(values)).reason).toBe('one: number 1 cannot be compared with text "1"')
  })

  it.each<[string, Truth, Truth]>([
    ["can_evolve('content')", true, 'unknown'],
    ['skill.can_evolve?(:behavior)', false, 'unknown'],
    ['can_evolve(field)', true, 'unknown'],
    ['can_evolve(absent)', 'unknown', 'unknown'],
    ['can_evolve(number)', 'unknown', 'unknown'],
    ['not evolve deny :all', true, 'unknown'],
  ])('%s asks the skill in question, if there is one', (text, value, without) => {
    const plain = bindValues({ field: 'content', number: 1 })
    expect(evaluate(text, { ...plain, canEvolve: (field) => field === 'content', deniesAll: () => false }).value).toBe(
      value,
    )
    expect(evaluate(text, plain).value).toBe(without)
  })

  it('a long value is cut in the reason', () => {
    expect(evaluate('text == "x"', bindValues({ text: 'y'.repeat(10_000) })).reason.length).toBeLessThan(200)
  })
})

const names = ['a', 'b', 'c', 'd.e', '__proto__']
const value = fc.oneof(
  fc.boolean(),
  fc.integer({ min: 0, max: 2 }),
  fc.constantFrom('a', 'content'),
  fc.constant(null),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
  fc.constant({ a: 1 }),
)
const { expression } = fc.letrec<{ expression: Expression; operand: Expression }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    value.map((some) => ({ kind: 'literal', value: some as JsonValue }) as const),
    fc.constantFrom(...names).map((name) => ({ kind: 'name', name }) as const),
    fc.array(tie('operand'), { maxLength: 3 }).map((items) => ({ kind: 'list', items }) as const),
    tie('expression'),
  ),
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...names).map((name) => ({ kind: 'name', name }) as const),
    tie('expression').map((operand) => ({ kind: 'not', operand }) as const),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('expression'), { minLength: 1, maxLength: 3 }))
      .map(([kind, operands]) => ({ kind, operands })),
    fc
      .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('operand'), tie('operand'))
      .map(([operator, left, right]) => ({ kind: 'compare', operator, left, right }) as const),
    fc.tuple(tie('operand'), tie('operand')).map(([left, right]) => ({ kind: 'in', left, right }) as const),
    tie('operand').map((field) => ({ kind: 'can-evolve', field }) as const),
    fc.constant({ kind: 'denies-all' } as const),
  ),
}))
const condition: fc.Arbitrary<Condition> = expression.map((root) => ({ text: '', root }))
const bound = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true })

function bind(known: Readonly<Record<string, unknown>>, answer: boolean | undefined): Bindings {
  const map = new Map(Object.entries(known) as [string, JsonValue][])
  return {
    find: (name) => (map.has(name) ? { bound: true, value: map.get(name)! } : { bound: false }),
    canEvolve: () => answer,
    deniesAll: () => answer,
  }
}

describe('laws', () => {
  it('who knows more never decides otherwise what was decided', () => {
    fc.assert(
      fc.property(condition, bound, bound, fc.boolean(), (...[some, known, further, answer]) => {
        const before = evaluateCondition(some, bind(known, undefined)).value
        fc.pre(before !== 'unknown')
        expect(evaluateCondition(some, bind({ ...further, ...known }, answer)).value).toBe(before)
      }),
      { numRuns: 2000 },
    )
  })

  it('any condition comes to something under any bindings, and names what it used and missed', () => {
    fc.assert(
      fc.property(condition, bound, (some, known) => {
        const { value, used, missing, reason } = evaluateCondition(some, bind(known, true))
        expect([true, false, 'unknown']).toContain(value)
        expect(reason).not.toBe('')
        for (const name of missing) expect(Object.hasOwn(used, name)).toBe(false)
        for (const [name, one] of Object.entries(used)) expect(one).toBe(known[name])
      }),
      { numRuns: 1000 },
    )
  })

  it('the negation of a condition is its opposite, and of an unknown one unknown', () => {
    fc.assert(
      fc.property(condition, bound, (some, known) => {
        const { value } = evaluateCondition(some, bind(known, true))
        const negated = evaluateCondition(
          { text: '', root: { kind: 'not', operand: some.root } },
          bind(known, true),
        ).value
        expect(negated).toBe(value === 'unknown' ? value : !value)
      }),
    )
  })

  it('two values are the same exactly when their canonical JSON is', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((some) => some as JsonValue)
    const small = fc.oneof(
      json,
      value.map((some) => some as JsonValue),
    )
    fc.assert(
      fc.property(small, small, (one, other) => {
        expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other))
        expect(isSameJson(one, JSON.parse(canonicalJson(one)) as JsonValue)).toBe(true)
      }),
    )
  })

  it('values of any depth and texts without canonical form are compared without throwing', () => {
    const deep = (): JsonValue => JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as JsonValue
    expect(evaluate('a == b', bindValues({ a: deep(), b: deep() })).value).toBe(true)
    expect(evaluate('a in [b]', bindValues({ a: '\ud800', b: '\ud800' })).value).toBe(true)
  })
})
