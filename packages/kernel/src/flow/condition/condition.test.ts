import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { JsonObject } from '../../base/index.ts'
import { compileCondition, maxConditionLength } from './condition.ts'
import type { Verdict } from './verdict.ts'

const context: JsonObject = {
  n: 10,
  zero: 0,
  d: 1.5,
  score: 90,
  count: 0,
  name: 'hello',
  numeric: '7',
  flag: true,
  off: false,
  nil: null,
  empty: '',
  list: [1, 2, 3],
  none: [],
  user: { name: 'a', constructor: 'x', 'my-key': 1, in: 2 },
  bare: {},
  items: [{ id: 1 }, { id: 2 }],
  odd: { constructor: 1, __proto__: null },
}

function evaluate(text: string, over: JsonObject = context): Verdict {
  const compiled = compileCondition(text)
  if (!compiled.ok) throw new Error(`${text}: ${compiled.error.message}`)
  return compiled.value.evaluate(over)
}

describe('the plain form', () => {
  it.each([
    ['$flow.score > 80', true],
    ['$flow.score <= 80', false],
    ['$flow.count >= 0', true],
    ['$flow.name == "hello"', true],
    ["${ctx.name} == 'hello'", true],
    ['"${ctx.name}" == "hello"', true],
    ['$ctx.name == hello', true],
    ['$ctx.name == hello world', false],
    ['$ctx.name != hello', false],
    ['$ctx.n==10', true],
    ['$ctx.n == 10.0', true],
    ['$ctx.n == "10"', true],
    ['$ctx.numeric == 7', true],
    ['$ctx.numeric >= 7', true],
    ['$ctx.numeric < "8"', true],
    ['$ctx.flag == true', true],
    ['$ctx.flag == TRUE', true],
    ['$flow.flag != false', true],
    ['$ctx.flag > 0', true],
    ['$ctx.nil == None', true],
    ['$ctx.name != None', true],
    ['$ctx.nil == null', true],
    ['$ctx.nil == "null"', false],
    ['$ctx.off == none', false],
    ['$ctx.name > 5', false],
    ['$ctx.name < 5', false],
    ['$ctx.nil >= 0', false],
    ['$ctx.list == [1,2,3]', true], // CEL
    ['$ctx.list > 0', false],
    ['$ctx.empty == ""', true],
    ['$ctx.name == "$$ctx.x"', false],
    ['$ctx.items.1.id == 2', true],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text)).toEqual({ value, missing: [] })
  })

  it.each([
    ['${ctx.flag}', true],
    ['$ctx.name', true],
    ['$ctx.off', false],
    ['$ctx.nil', false],
    ['$ctx.empty', false],
    ['$ctx.zero', false],
    ['$ctx.none', false],
    ['$ctx.bare', false],
    ['$ctx.list', true],
    ['$ctx.user', true],
    ['', false],
    ['  ', false],
    ['true', true],
    ['False', false],
    ['none', false],
    ['0', false],
    ['"text"', true],
    ['""', false],
  ])('without operator %j is %s', (text, value) => {
    expect(evaluate(text)).toEqual({ value, missing: [] })
  })

  it.each([
    ['$ctx.missing', false],
    ['$ctx.missing == none', true],
    ['$ctx.missing != none', false],
    ['$ctx.missing == "x"', false],
    ['$ctx.missing != "x"', true],
    ['$ctx.missing > 0', false],
    ['$ctx.missing < 1', false],
  ])('a missing left side is named: %s is %s', (text, value) => {
    expect(evaluate(text)).toEqual({ value, missing: ['ctx.missing'] })
  })
})

describe('CEL', () => {
  it.each([
    ['ctx.n > 5 && ctx.user.name == "a"', true],
    ['ctx.n > 5', true],
    ['ctx.n > 5.5', true],
    ['ctx.d > 1', true],
    ['ctx.d < 2 && ctx.d == 1.5', true],
    ['ctx.n == 10.0', true],
    ['10.0 == ctx.n', true],
    ['ctx.n != 10.0', false],
    ['ctx.d + 1 > 2', true],
    ['ctx.d * 2 == 3', true],
    ['ctx.n / 4 == 2', true],
    ['${ctx.n} > 5 && $ctx.name == "hello"', true],
    ['$ctx.n > 5 || false', true],
    ['$ctx.n == $ctx.score', false],
    ['!($ctx.off)', true],
    ['!ctx.off', true],
    ['(ctx.n > 100) ? true : ctx.flag', true],
    ['ctx.flag', true],
    ['ctx.name', true],
    ['ctx.none', false],
    ['ctx.bare', false],
    ['ctx.n - 10', false],
    ['"hell" in ctx.user', false],
    ['2 in ctx.list', true],
    ['"n" in ctx', true],
    ['ctx["name"] == "hello"', true],
    ['${ctx.items.1.id} + 0 == 2', true],
    ['${ctx.user.my-key} + 0 == 1', true],
    ['${ctx.user.in} + 0 == 2', true],
    ['ctx.list.exists(x, x > 2)', true],
    ['ctx.items.all(item, item.id > 0)', true],
    ['ctx.items.exists_one(item, item.id == 2)', true],
    ['size(ctx.list) == 3', true],
    ['ctx.name.startsWith("he") && ctx.name.contains("ll")', true],
    ['has(ctx.user.name) && !has(ctx.gone)', true],
    ['ctx.nil == null', true],
    ['ctx.name == "$$ctx.x" || true', true],
    ['ctx.user.constructor == "x"', true],
    ['ctx.odd.constructor == 1', true],
    ['int(ctx.numeric) == 7', true],
    ['ctx.missing == 1 || true', true],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text)).toEqual({ value, missing: [] })
  })

  it.each([
    ['ctx.gone == null', 'ctx.gone'],
    ['ctx.user.gone.deeper', 'ctx.user.gone'],
    ['!ctx.gone', 'ctx.gone'],
    ['ctx.list[9] == 1', 'ctx.list[9]'],
    ['${ctx.gone} > 1 && true', 'ctx.gone'],
    ['ctx.__proto__ == null', 'ctx.__proto__'],
    ['ctx.constructor != null', 'ctx.constructor'],
    ['ctx.items.all(o, o.gone == 1)', 'o.gone'],
  ])('%s is false because %s is missing', (text, missing) => {
    expect(evaluate(text)).toEqual({ value: false, missing: [missing] })
  })

  it.each(['ctx.name > 5', '!ctx.name', 'ctx.name && true', 'ctx.n / 0 == 1', 'ctx.nil.exists(x, true)'])(
    '%s is false with an error when the data does not fit',
    (text) => {
      const verdict = evaluate(text)
      expect(verdict.value).toBe(false)
      expect(verdict.error).toEqual(expect.any(String))
    },
  )
})

describe('CAP-18: a pattern of a pack', () => {
  it.each([
    ['ctx.name.matches("(a+)+$")', 'forbidden', /Allowed are/],
    ['matches(ctx.name, "(a+)+$")', 'syntax', undefined],
  ])('is never run: %s', (text, kind, hint) => {
    const compiled = compileCondition(text)
    expect(compiled).toMatchObject({ ok: false, error: { kind } })
    if (hint && !compiled.ok) expect(compiled.error.hint).toMatch(hint)
  })
})

describe('refusals', () => {
  it.each([
    ['$ctx.n > 5 and $ctx.n < 3', 'syntax', /&&/],
    ['not $ctx.n', 'syntax', /!/],
    ['$ctx.a == 5 or true', 'syntax', /\|\|/],
    ['$ctx.n = 5', 'syntax', /==/],
    ['ctx.n == none && true', 'syntax', /null/],
    ['ctx.n > ', 'syntax', /CEL/],
    ['"a" > 1', 'syntax', /CEL/],
    ['$env.HOME == "x"', 'syntax', /CEL/],
    ['ctx.a == "open', 'syntax', undefined],
    ['hello', 'syntax', /CEL/],
    ['"$ctx.a" == "$ctx.b"', 'syntax', /without quotes/],
    ['ctx.a == "${ctx.b}" || true', 'syntax', /without quotes/],
    ['ctx.list.map(x, x).size() > 0', 'forbidden', /Allowed are/],
    ['ctx.list.filter(x, x > 1).size() > 0', 'forbidden', /Allowed are/],
    ['ctx.list.exists(x, ctx.list.exists(y, x == y))', 'forbidden', /block/],
    ['ctx.list.exists(ctx, ctx == 1)', 'forbidden', undefined],
    ['cel.bind(x, ctx.name, x == "a")', 'forbidden', /Allowed are/],
    ['timestamp("2020-01-01T00:00:00Z").getHours("Asia/Tokyo") == 9', 'forbidden', /Allowed are/],
    ['google.protobuf == ctx', 'forbidden', /ctx/],
    ['type(ctx.n) == int', 'forbidden', /Allowed are/],
    ['ctx.name.split(",").size() > 1', 'forbidden', /Allowed are/],
    ['bytes(ctx.name).json() == ctx', 'forbidden', /Allowed are/],
    ['ctx.name == b"x"', 'forbidden', undefined],
    ['ctx.name == """x"""', 'forbidden', undefined],
    [`ctx.n == 1${' '.repeat(maxConditionLength)}`, 'too-long', /block/],
    [Array.from({ length: 120 }, () => 'true').join('||'), 'syntax', undefined],
    [`${'('.repeat(60)}ctx.n${')'.repeat(60)}`, 'syntax', undefined],
  ])('%s is refused as %s', (text, kind, hint) => {
    const compiled = compileCondition(text)
    expect(compiled).toMatchObject({ ok: false, error: { kind, message: expect.any(String) } })
    if (hint && !compiled.ok) expect(compiled.error.hint).toMatch(hint)
  })
})

describe('work is bounded', () => {
  const numbers = Array.from({ length: 10_000 }, (_, index) => index)
  const letters = 'a'.repeat(400_000)

  it.each<[string, JsonObject]>([
    ['ctx.list.exists(x, !(x in ctx.list))', { list: numbers }],
    ['ctx.hay.contains(ctx.needle)', { hay: letters, needle: `${letters.slice(1000)}b${letters.slice(1000)}` }],
    [
      'ctx.list.exists(x, (ctx.t + ctx.t + ctx.t).contains("b"))',
      { list: numbers.slice(0, 500), t: letters.slice(0, 9000) },
    ],
    ['size(ctx) > 1', { a: [numbers, numbers, numbers] }],
    ['ctx.a == ctx.b', { a: 'x'.repeat(600_000), b: 'x'.repeat(600_000) }],
  ])('%s over too much data is false with an error', (text, data) => {
    const verdict = evaluate(text, data)
    expect(verdict).toMatchObject({ value: false, missing: [], error: expect.stringMatching(/too (much|long)/) })
  })

  it('data that the expression does not read costs nothing and does not count', () => {
    expect(
      evaluate('ctx.n > 1 && true', { n: 2, rest: [numbers, numbers, numbers], text: 'x'.repeat(2_000_000) }),
    ).toEqual({
      value: true,
      missing: [],
    })
  })

  it('a list of ordinary size is searched', () => {
    const users = Array.from({ length: 400 }, (_, id) => ({ id, name: `user ${id}` }))
    expect(evaluate('ctx.users.exists(u, u.id == ctx.wanted)', { users, wanted: 399 }).value).toBe(true)
  })

  it('data nested without end is refused, not followed', () => {
    let deep: JsonObject = {}
    for (let depth = 0; depth < 50_000; depth += 1) deep = { deep }
    expect(evaluate('ctx.deep == 1 || false', deep).error).toMatch(/too much/)
  })
})

describe('laws of conditions', () => {
  const word = fc.constantFrom(
    'ctx',
    '$ctx.a',
    '${ctx.b}',
    '.',
    'a',
    '==',
    '<',
    '&&',
    '!',
    '(',
    ')',
    '"x"',
    "'",
    '"',
    '\\',
    '5',
    '1.5',
    ' ',
    '[',
    ']',
    'in',
    'none',
    '$',
    '?',
    ':',
    '//',
  )
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))

  it('compiling and evaluating never throws, and evaluating twice says the same', () => {
    const data = fc.dictionary(
      fc.constantFrom('a', 'b', '__proto__', 'constructor'),
      fc.jsonValue(),
    ) as fc.Arbitrary<JsonObject>
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), data, (condition, over) => {
        const compiled = compileCondition(condition)
        if (!compiled.ok) return
        const first = compiled.value.evaluate(over)
        expect(compiled.value.evaluate(over)).toEqual(first)
      }),
      { numRuns: 500 },
    )
  })

  it('an integer compares in CEL as in JavaScript', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer(), (n, limit) => {
        expect(evaluate(`ctx.n > ${limit} || false`, { n }).value).toBe(n > limit)
        expect(evaluate(`$ctx.n > ${limit}`, { n }).value).toBe(n > limit)
      }),
    )
  })
})
