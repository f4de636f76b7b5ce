import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { JsonObject, JsonValue } from '../base/index.ts'
import { compileTemplate, expandValue, maxExpansion } from './template.ts'

const context: JsonObject = {
  n: 10,
  name: 'Ann',
  off: false,
  nil: null,
  obj: { a: { b: [1, 2] } },
  items: [{ name: 'x' }],
  trap: '${ctx.name} $ctx.n',
}

describe('expandValue', () => {
  it.each<[JsonValue, JsonValue]>([
    ['${ctx.n}', 10],
    ['$ctx.n', 10],
    ['$flow.n', 10],
    ['${ctx.off}', false],
    ['${ctx.nil}', null],
    ['$ctx.obj.a', { b: [1, 2] }],
    ['$ctx.obj.a.b.0', 1],
    ['${ctx.items.0.name}', 'x'],
    ['x-$ctx.n-y', 'x-10-y'],
    ['Name $ctx.n.', 'Name 10.'],
    ['v=$ctx.obj.a', 'v={"b":[1,2]}'],
    ['${ctx.name}, ${ctx.off}, ${ctx.nil}', 'Ann, false, null'],
    [
      { a: ['$ctx.n', { b: '${ctx.name}!' }], c: 5 },
      { a: [10, { b: 'Ann!' }], c: 5 },
    ],
    [
      { '${ctx.name}': 1, x: '$ctx.n' },
      { '${ctx.name}': 1, x: 10 },
    ],
    ['$$ctx.n', '$ctx.n'],
    ['$${ctx.n}', '${ctx.n}'],
    ['$env.HOME and ${env.HOME}', '$env.HOME and ${env.HOME}'],
    [null, null],
    [true, true],
  ])('%j becomes %j', (template, value) => {
    expect(expandValue(template, context)).toEqual({ value, missing: [], oversized: false })
  })

  it.each<[JsonValue, JsonValue, string[]]>([
    ['${ctx.no}', null, ['ctx.no']],
    ['<$ctx.no.way>', '<>', ['ctx.no.way']],
    [['$ctx.no', '${flow.no}', '$ctx.n'], [null, null, 10], ['ctx.no']],
    ['${ctx.__proto__}', null, ['ctx.__proto__']],
    ['${ctx.constructor.name}', null, ['ctx.constructor.name']],
    ['${ctx.name.length}', null, ['ctx.name.length']],
  ])('a missing reference in %j gives %j and is named', (template, value, missing) => {
    expect(expandValue(template, context)).toEqual({ value, missing, oversized: false })
  })

  it('never expands data that comes from the context', () => {
    expect(expandValue(['$ctx.trap', 'a $ctx.trap'], context).value).toEqual([
      '${ctx.name} $ctx.n',
      'a ${ctx.name} $ctx.n',
    ])
  })

  it('keeps a key "__proto__" as data', () => {
    const template = JSON.parse('{"__proto__": "$ctx.n", "b": 1}')
    const { value } = expandValue(template, context)
    expect(JSON.stringify(value)).toBe('{"__proto__":10,"b":1}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('CAP-17: answers null for what is nested deeper than 20', () => {
    const nest = (depth: number): JsonValue => (depth === 0 ? '$ctx.n' : [nest(depth - 1)])
    expect(JSON.stringify(expandValue(nest(20), context))).toContain('10')
    const deep = expandValue(nest(21), context)
    expect(JSON.stringify(deep.value)).toContain('null')
    expect(deep.missing).toEqual(['(deeper than 20)'])
  })

  it.each<[string, JsonValue]>([
    ['a text', '${ctx.big}${ctx.big}${ctx.big}${ctx.big}${ctx.big}'],
    ['a list', ['$ctx.big', '$ctx.big', '$ctx.big', '$ctx.big', '$ctx.big']],
    ['JSON in a text', 'x $ctx.list'],
  ])('refuses to multiply data beyond the bound: %s', (_, template) => {
    const shared = 'y'.repeat(maxExpansion / 8)
    const list = Array.from({ length: 9 }, () => shared)
    expect(expandValue(template, { big: 'x'.repeat(maxExpansion / 4), list })).toEqual({
      value: null,
      missing: [],
      oversized: true,
    })
  })

  it('hands a large value on when it is named once', () => {
    const big = 'x'.repeat(maxExpansion + 1)
    expect(expandValue({ a: '$ctx.big' }, { big }).value).toEqual({ a: big })
  })
})

describe('laws of templates', () => {
  const json = fc.jsonValue({ maxDepth: 6 }) as fc.Arbitrary<JsonValue>
  const hostileText = fc
    .array(fc.constantFrom('$', '{', '}', 'ctx', 'flow', '.', 'a', '0', '__proto__', ' ', 'length', '-'), {
      maxLength: 12,
    })
    .map((parts) => parts.join(''))
  const hostile = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      hostileText,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(hostileText, tie('value'), { maxKeys: 3 }),
    ),
  })).value

  it('a template without references is returned as the same value', () => {
    fc.assert(
      fc.property(json, (template) => {
        fc.pre(!JSON.stringify(template).includes('$'))
        expect(compileTemplate(template).expand(context).value).toBe(template)
      }),
    )
  })

  it('expansion never throws and never changes the template or the context', () => {
    fc.assert(
      fc.property(hostile, fc.dictionary(fc.constantFrom('a', '0', '__proto__'), hostile), (template, data) => {
        const before = JSON.stringify([template, data])
        expandValue(template, data)
        expect(JSON.stringify([template, data])).toBe(before)
      }),
    )
  })

  it('a whole reference gives exactly the data, whatever it holds', () => {
    fc.assert(
      fc.property(hostile, (data) => {
        expect(expandValue('${ctx.a}', { a: data }).value).toBe(data)
      }),
    )
  })
})
