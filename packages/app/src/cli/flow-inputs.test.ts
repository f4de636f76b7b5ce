import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { en } from '../messages/index.ts'
import { mergeInputs, parseInputObject, parseInputPair } from './flow-inputs.ts'

describe('an input of a flow', () => {
  it.each([
    ['name=Ada', 'name', 'Ada'],
    ['count=3', 'count', '3'],
    ['empty=', 'empty', ''],
    ['url=https://example.com/?a=b', 'url', 'https://example.com/?a=b'],
    ['count:=3', 'count', 3],
    ['list:=[1,"a=b"]', 'list', [1, 'a=b']],
    ['nothing:=null', 'nothing', null],
    ['__proto__=x', '__proto__', 'x'],
  ])('%s names %s', (text, name, value) => {
    expect(parseInputPair(text, en)).toEqual({ ok: true, value: { name, value } })
  })

  it.each(['name', '=value', ':=3', ''])('is refused when it is "%s"', (text) => {
    expect(parseInputPair(text, en)).toEqual({ ok: false, error: en.usage.pair(text) })
  })

  it.each(['a:=', 'a:={', 'a:={"b":1,"b":2}', 'a:=Ada'])('is refused when its JSON is none: %s', (text) => {
    expect(parseInputPair(text, en)).toMatchObject({ ok: false, error: expect.stringContaining('"a"') })
  })

  it('gives back any text and any JSON value under its name', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('=') && !text.endsWith(':'))
    fc.assert(
      fc.property(name, fc.string(), fc.jsonValue({ depthSize: 'small' }), (key, text, value) => {
        const json = JSON.stringify(value)
        expect(parseInputPair(`${key}=${text}`, en)).toEqual({ ok: true, value: { name: key, value: text } })
        expect(parseInputPair(`${key}:=${json}`, en)).toEqual({
          ok: true,
          value: { name: key, value: JSON.parse(json) },
        })
      }),
    )
  })
})

describe('all inputs as one object', () => {
  it('are read from JSON', () => {
    expect(parseInputObject(Buffer.from('{"a":[1]}'), en)).toEqual({ ok: true, value: { a: [1] } })
  })

  it.each(['[]', '3', '"{}"', '', '{"a":1,"a":2}'])('are refused when they are %s', (text) => {
    expect(parseInputObject(Buffer.from(text), en).ok).toBe(false)
  })

  it('give way to single ones, and earlier ones to later ones', () => {
    const pairs = [
      { name: 'a', value: 2 },
      { name: '__proto__', value: 'data' },
      { name: 'a', value: 3 },
    ]
    const merged = mergeInputs({ a: 1, b: 1 }, pairs)
    expect(Object.entries(merged)).toEqual([
      ['a', 3],
      ['b', 1],
      ['__proto__', 'data'],
    ])
  })
})
