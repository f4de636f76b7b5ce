import { describe, expect, it } from 'vitest'
import { findAllowed, grantConfigSchema } from './config.ts'

const nest = (depth: number): unknown => (depth === 0 ? 1 : { a: nest(depth - 1) })

describe('grantConfigSchema', () => {
  it.each([
    [{}],
    [{ allowed_keys: [], max_value_bytes: 100, readonly: true, mode: 'r', nothing: null }],
    [{ nested: { allowed_store_ids: ['a'] }, list: [{ id: 1 }] }],
    [nest(8)],
    [{ list: Array.from({ length: 1_998 }, () => 0) }],
    [{ ['k'.repeat(4_096)]: 'v'.repeat(4_096) }],
  ])('keeps a bounded object %#', (config) => {
    expect(grantConfigSchema.parse(config)).toEqual(config)
  })

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['an allowed list that is a text', { allowed_keys: '*' }],
    ['an allowed list that is true, deeper', { a: [{ allowed_x: true }] }],
    ['a prototype as a key', JSON.parse('{"__proto__":{"allowed_keys":["A"]}}')],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['infinity', { max: Number.POSITIVE_INFINITY }],
    ['not a number', { max: Number.NaN }],
    ['undefined', { a: undefined }],
    ['a function', { a: () => 1 }],
    ['an instance of a class', { a: new Map() }],
    ['too deep', nest(9)],
    ['too many values', { list: Array.from({ length: 1_999 }, () => 0) }],
    ['a long text', { a: 'v'.repeat(4_097) }],
    ['a long key', { ['k'.repeat(4_097)]: 1 }],
  ])('refuses %s', (_name, config) => {
    expect(grantConfigSchema.safeParse(config).success).toBe(false)
  })
})

describe('findAllowed', () => {
  it.each([
    [{ allowed_keys: ['A', 'B', 'A'] }, ['A', 'B']],
    [{ allowed_keys: [] }, []],
    [{}, []],
    [{ allowed_keys: 'A' }, []],
    [{ allowed_keys: { A: true } }, []],
    [{ allowed_keys: ['*', 1, null, ['A']] }, ['*']],
    [Object.create({ allowed_keys: ['A'] }), []],
  ])('%j allows %j', (config, allowed) => {
    expect([...findAllowed(config, 'allowed_keys')]).toEqual(allowed)
  })
})
