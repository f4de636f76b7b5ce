import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from './strict-json.ts'

const limits = { maxBytes: 1000, maxDepth: 3 }
const read = (text: string | Uint8Array): ReturnType<typeof parseStrictJson> =>
  parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text, limits)
const kindOf = (text: string | Uint8Array): string => {
  const result = read(text)
  return result.ok ? 'read' : result.error.kind
}

describe('JSON of a stranger', () => {
  it.each([
    ['{"a":1,"a":2}', 7],
    ['{"a":1,"\\u0061":2}', 7],
    ['[{"x":{"k":1,"j":"","k":1}}]', 20],
    ['{"__proto__":1,"__proto__":2}', 15],
    ['{"":1,"":2}', 6],
    ['{"a{\\"":1,"a{\\"":2}', 10],
  ])('has no key twice: %s', (text, offset) => {
    expect(read(text)).toMatchObject({ ok: false, error: { kind: 'duplicate-key', offset } })
  })

  it.each(['[{"a":1},{"a":1}]', '{"a":{"a":1}}', '{"a":"a","b":"a"}', '{"a":["a","a"]}', '{"a":"{\\"a\\":1}"}'])(
    'may have the same key in other places: %s',
    (text) => {
      expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) })
    },
  )

  it('is nested as deep as allowed and no deeper', () => {
    expect([kindOf('[[[1]]]'), kindOf('{"a":{"b":{}}}'), kindOf('["[[[[[["]')]).toEqual(['read', 'read', 'read'])
    expect([kindOf('[[[[1]]]]'), kindOf('{"a":[{"b":[]}]}'), kindOf('['.repeat(999))]).toEqual(
      Array(3).fill('too-deep'),
    )
    expect(read('[[[[')).toMatchObject({ error: { offset: 3 } })
  })

  it('is as large as allowed and no larger, in bytes', () => {
    expect([kindOf(`"${'x'.repeat(998)}"`), kindOf(`"${'x'.repeat(999)}"`), kindOf(`"${'ß'.repeat(500)}"`)]).toEqual([
      'read',
      'too-large',
      'too-large',
    ])
  })

  it.each([
    ['a byte that begins nothing', [0x22, 0xff, 0x22]],
    ['a character cut short', [0x22, 0xc3, 0x22]],
    ['a character in more bytes than it needs', [0x22, 0xc0, 0xaf, 0x22]],
    ['half of a pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character beyond the last', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ])('is exact UTF-8 without %s', (_, bytes) => {
    expect(kindOf(Uint8Array.from(bytes))).toBe('not-utf8')
  })

  it('cannot reach a prototype: __proto__ is a member like any other', () => {
    const result = read('{"__proto__":{"polluted":true},"constructor":1}')
    if (!result.ok) throw new Error(result.error.message)
    expect(Object.entries(result.value ?? {})).toEqual([
      ['__proto__', { polluted: true }],
      ['constructor', 1],
    ])
    expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })

  it.each(['1e999', '[-1e400]', '{"a":1E+309}', `[${'9'.repeat(400)}]`, `${'9'.repeat(250)}e99`])(
    'holds no number that is infinite: %s',
    (text) => {
      expect(read(text)).toMatchObject({ ok: false, error: { kind: 'syntax', message: 'a number is out of range' } })
    },
  )

  it.each(['1e308', '"1e999"', '[1e-999]', '0.1e+300', `"${'9'.repeat(400)}"`])('may hold %s', (text) => {
    expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it.each(['', '{', '{"a":1,}', "{'a':1}", '01', 'NaN', '[1]x', '{"a" 1}', '"\n"', '// c\n1', '"\\x"', '}', '{"a":"b'])(
    'is JSON: %j is not',
    (text) => {
      expect(kindOf(text)).toBe('syntax')
    },
  )

  it('is read as everybody reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), (text) => {
        const wide = parseStrictJson(Buffer.from(text), { maxBytes: 100_000, maxDepth: 3 })
        expect(wide).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })

  it('never makes the reader throw', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      '"a"',
      '1',
      'e9',
      'null',
      ' ',
      '\u0000',
      'ß',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        const result = read(text)
        if (result.ok) expect(result.value).toEqual(JSON.parse(text))
        else if (result.error.kind === 'syntax') expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
      }),
    )
  })
})
