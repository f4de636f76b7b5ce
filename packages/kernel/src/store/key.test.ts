import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStoreKey, parseStorePrefix } from './key.ts'

describe('a store key', () => {
  it.each(['k', 'a/b.c_d-E9', '...', '..a', 'a..b', 'a//b', 'constructor', '__proto', 'x'.repeat(512)])(
    '%j is one',
    (key) => {
      expect(parseStoreKey(key)).toEqual({ ok: true, value: key })
    },
  )

  it.each([
    ['', 'validation_error'],
    ['x'.repeat(513), 'validation_error'],
    ['/a', 'validation_error'],
    ['a/', 'validation_error'],
    ['a b', 'validation_error'],
    ['a\n', 'validation_error'],
    ['a\u0000b', 'validation_error'],
    ['a\\b', 'validation_error'],
    ['é', 'validation_error'],
    ['%2e%2e', 'validation_error'],
    ['__proto__', 'validation_error'],
    ['a/__proto__', 'validation_error'],
    ['..', 'security_error'],
    ['../../x', 'security_error'],
    ['a/../../b', 'security_error'],
    ['../\u0000', 'security_error'],
    [undefined, 'validation_error'],
    [7, 'validation_error'],
    [['k'], 'validation_error'],
  ])('%j is none', (key, kind) => {
    expect(parseStoreKey(key)).toMatchObject({ ok: false, error: { kind } })
  })

  it('never leaves the place it is used in, and names no hidden member', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '.', '/', '_', '-', '\\', '\u0000', '%') })
    fc.assert(
      fc.property(key, (text) => {
        if (!parseStoreKey(text).ok) return
        const { pathname } = new URL(`file:///store/${text}.json`)
        expect([pathname.startsWith('/store/'), text.split('/').includes('__proto__')]).toEqual([true, false])
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a prefix', () => {
  it.each([undefined, null, ''])('may be left out: %j', (prefix) => {
    expect(parseStorePrefix(prefix)).toEqual({ ok: true, value: '' })
  })

  it('may be the beginning of any key', () => {
    const key = fc.string({ unit: fc.constantFrom('a', '.', '/', '_', '-'), minLength: 1 })
    fc.assert(
      fc.property(key, fc.nat(20), (text, length) => {
        if (parseStoreKey(text).ok) expect(parseStorePrefix(text.slice(0, length)).ok).toBe(true)
      }),
    )
  })

  it.each([7, {}, 'a b', 'é', '%', 'x'.repeat(513)])('is not %j', (prefix) => {
    expect(parseStorePrefix(prefix)).toMatchObject({ ok: false, error: { kind: 'validation_error' } })
  })
})
