import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { findValue, findWholeReference, splitReferences } from './reference.ts'

const reference = (dotted: string) => ({ path: dotted.split('.'), name: `ctx.${dotted}` })

describe('splitReferences', () => {
  it.each([
    ['${ctx.a.b}', [reference('a.b')]],
    ['$ctx.a.b', [reference('a.b')]],
    ['${flow.a}', [reference('a')]],
    ['$flow.out.nested', [reference('out.nested')]],
    ['${ ctx.a }', [reference('a')]],
    ['${ctx.my-key.名前}', [reference('my-key.名前')]],
    ['x-$ctx.n-y', ['x-', reference('n'), '-y']],
    ['Name $ctx.n.', ['Name ', reference('n'), '.']],
    ['$ctx.a$ctx.b', [reference('a'), reference('b')]],
    ['', ['']],
  ])('finds the references of %j', (text, parts) => {
    expect(splitReferences(text)).toEqual(parts)
  })

  it.each([
    '$env.HOME',
    '${env.HOME}',
    '$ctx',
    '$ctx.',
    '${ctx}',
    '${ctx.}',
    '${ctx.a..b}',
    '${ctx.a',
    '$ctxa.b',
    '${ctx.a b}',
    '${ctx.a>b}',
    'costs 5$',
    '${HOME}',
  ])('leaves %j as it is', (text) => {
    expect(splitReferences(text)).toEqual([text])
  })

  it.each([
    ['$$ctx.a', ['$ctx.a']],
    ['$${ctx.a} is literal, ${ctx.a} is not', ['${ctx.a} is literal, ', reference('a'), ' is not']],
    ['$$$ctx.a', ['$$ctx.a']],
    ['$$', ['$$']],
    ['$$ctx', ['$$ctx']],
  ])('takes a second $ in front of a reference as an escape: %j', (text, parts) => {
    expect(splitReferences(text)).toEqual(parts)
  })

  it('loses no character of a text without a dollar sign', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('$'))
        expect(splitReferences(text)).toEqual([text])
      }),
    )
  })
})

describe('findWholeReference', () => {
  it.each([
    ['${ctx.a}', 'ctx.a'],
    [' ${ctx.a}', undefined],
    ['${ctx.a}${ctx.b}', undefined],
    ['a', undefined],
    ['', undefined],
  ])('of %j is %j', (text, name) => {
    expect(findWholeReference(text)?.name).toBe(name)
  })
})

describe('findValue', () => {
  const context = JSON.parse(`{
    "n": 10, "text": "abc", "nil": null, "off": false,
    "a": {"b": {"c": 123}}, "items": [{"name": "x"}, [1, 2]],
    "_step_out.fetch": {"v": 1}, "p.q": 1, "p.q.r": 2, "own": {"__proto__": {"x": 5}, "constructor": 7}, "numbers": {"0": "zero"}
  }`)

  it.each([
    ['n', 10],
    ['nil', null],
    ['off', false],
    ['a.b.c', 123],
    ['a.b', { c: 123 }],
    ['items.0.name', 'x'],
    ['items.1.1', 2],
    ['numbers.0', 'zero'],
    ['_step_out.fetch.v', 1],
    ['p.q', 1],
    ['p.q.r', 2],
    ['own.__proto__.x', 5],
    ['own.constructor', 7],
  ])('finds %s', (path, value) => {
    expect(findValue(context, path.split('.'))).toEqual(value)
  })

  it.each([
    'missing',
    'a.missing.c',
    'n.a',
    'nil.a',
    'text.length',
    'text.0',
    'items.length',
    'items.2',
    'items.-1',
    'items.01',
    'items.0x1',
    'items.at',
    '__proto__',
    '__proto__.toString',
    'constructor',
    'constructor.prototype',
    'a.hasOwnProperty',
    'items.__proto__',
    '_step_out.other',
  ])('does not find %s', (path) => {
    expect(findValue(context, path.split('.'))).toBeUndefined()
  })
})
