import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, CanonicalJsonError, readPlainCanonicalJson } from './canonical-json.ts'
import type { JsonValue } from './json.ts'

/** A number from its IEEE 754 bits, as RFC 8785 lists them. */
function fromBits(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE()
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => value as JsonValue)

describe('canonical JSON', () => {
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number %s as %s (RFC 8785 appendix B)', (bits, text) => {
    expect(canonicalJson(fromBits(bits))).toBe(text)
  })

  it.each(['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000'])('refuses the number %s', (bits) => {
    expect(() => canonicalJson([{ a: fromBits(bits) }])).toThrow(CanonicalJsonError)
  })

  it('writes the example of RFC 8785 §3.2.2', () => {
    const value = {
      numbers: JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]') as JsonValue,
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    }
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts keys by their UTF-16 code units, as RFC 8785 §3.2.3 shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])))
    expect(text).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`)
  })

  it('sorts keys that look like numbers as texts', () => {
    expect(canonicalJson({ 10: 0, 9: 0, 1: 0, a: 0, '-1': 0 })).toBe('{"-1":0,"1":0,"10":0,"9":0,"a":0}')
  })

  it('keeps a member called __proto__, which is data', () => {
    const value: JsonValue = JSON.parse('{"b":1,"__proto__":{"a":2}}')
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":2},"b":1}')
  })

  it.each(['\ud800', 'a\udc00b', '\udc00\ud800'])('refuses half a character: %j', (text) => {
    for (const value of [text, { a: [text] }, { [text]: 1 }]) {
      expect(() => canonicalJson(value)).toThrow(CanonicalJsonError)
    }
  })

  it('is read back as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(withoutMinusZero(value))
      }),
    )
  })

  it('is the same for the same value, in whatever order its keys were written', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      }),
    )
  })

  it('differs for different values', () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        const isSame = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
        expect(canonicalJson(left) === canonicalJson(right)).toBe(isSame)
      }),
    )
  })
})

describe('a text that is read as canonical', () => {
  it('is the one form of its value, and every other text is left to a closer look', () => {
    const numbered = fc.dictionary(fc.constantFrom('9', '10', '2', 'a', 'B'), fc.integer(), { maxKeys: 5 })
    fc.assert(
      fc.property(fc.oneof(json, numbered), fc.constantFrom(0, 1), (value, spaces) => {
        for (const text of [
          canonicalJson(value),
          JSON.stringify(value),
          JSON.stringify(reversed(value), null, spaces),
        ]) {
          const read = readPlainCanonicalJson(text, 1000)
          if (read !== undefined) expect([canonicalJson(read), canonicalJson(value)]).toEqual([text, text])
        }
      }),
    )
  })

  it.each([
    ['{"a":1,"b":[null,"x"]}', true],
    ['1.0', false],
    ['-0', false],
    ['1e999', false],
    ['{"a":1,"a":1}', false],
    ['{"b":1,"a":1}', false],
    [' 1', false],
    ['"\\ud800"', false],
    ['"\\u0041"', false],
    ['{"__proto__":1}', true],
    ['[[[1]]]', true],
    ['[[[[1]]]]', false],
    ['{', false],
    ['['.repeat(100_000), false],
    [`${'['.repeat(60_000)}${']'.repeat(60_000)}`, false],
  ])('takes %j: %s', (text, isTaken) => {
    expect(readPlainCanonicalJson(text, 3) !== undefined).toBe(isTaken)
  })
})

function mapMembers(value: JsonValue, change: (entries: [string, JsonValue][]) => [string, JsonValue][]): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: JsonValue) => mapMembers(item, change))
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [key, mapMembers(item, change)])
  return Object.fromEntries(change(entries))
}

function reversed(value: JsonValue): JsonValue {
  return mapMembers(value, (entries) => entries.toReversed())
}

function sorted(value: JsonValue): JsonValue {
  return mapMembers(value, (entries) => entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

function withoutMinusZero(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue
}
