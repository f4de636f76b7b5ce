import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../base/index.ts'
import { boundEntryData, boundEntryText, encodedBytes, entryLimits } from './entry-bounds.ts'
import { encodeEntry, ledgerEntrySchema, sealEntry, type LedgerEntry } from './entry.ts'

const entry = { kind: 'pack.approve', actor: 'operator', subject: 'weather', data: {} }
const sealed = sealEntry({ entry, seq: 3, at: 0 })

/** An object with the names of JSON's traps, made without assigning to them. */
const data = fc
  .object({ maxDepth: 4, withNullPrototype: false, withUnicodeString: true } as object)
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)

function depthOf(value: JsonValue): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
}

function nest(depth: number): JsonObject {
  return depth === 1 ? { end: 'x' } : { in: nest(depth - 1) }
}

describe('an entry', () => {
  it('is one line of sorted JSON', () => {
    expect(encodeEntry(sealed)).toBe(
      '{"actor":"operator","at":"1970-01-01T00:00:00.000Z","data":{},"kind":"pack.approve","seq":3,"subject":"weather"}',
    )
  })

  it('comes back from its line unchanged', () => {
    fc.assert(
      fc.property(data, fc.string({ unit: 'binary' }), fc.nat(), (data, text, seq) => {
        const first = sealEntry({ entry: { ...entry, subject: text, data }, seq, at: 1.7e12 })
        expect(ledgerEntrySchema.parse(JSON.parse(encodeEntry(first)))).toEqual(first)
        expect(encodeEntry(ledgerEntrySchema.parse(JSON.parse(encodeEntry(first))))).toBe(encodeEntry(first))
      }),
    )
  })

  it('keeps a member called __proto__ as data', () => {
    const data = JSON.parse('{"__proto__":{"admin":true}}') as JsonObject
    const line = encodeEntry(sealEntry({ entry: { ...entry, data }, seq: 0, at: 0 }))
    expect(line).toContain('"data":{"__proto__":{"admin":true}}')
    expect(encodeEntry(ledgerEntrySchema.parse(JSON.parse(line)))).toBe(line)
  })

  it.each([
    '',
    'pack',
    'Pack.approve',
    'pack.',
    '.approve',
    'pack.approve\n',
    'pack approve',
    `pack.${'a'.repeat(64)}`,
  ])('never has the kind %j', (kind) => {
    expect(() => sealEntry({ entry: { ...entry, kind }, seq: 0, at: 0 })).toThrow(TypeError)
    expect(ledgerEntrySchema.safeParse({ ...sealed, kind }).success).toBe(false)
  })

  it.each(['block.start', 'pack.approve', 'egress.rule-added', 'a.b.c-d'])('may have the kind %j', (kind) => {
    expect(ledgerEntrySchema.safeParse(sealEntry({ entry: { ...entry, kind }, seq: 0, at: 0 })).success).toBe(true)
  })

  it.each([-1, 0.5, 2 ** 53])('never has the place %d', (seq) => {
    expect(() => sealEntry({ entry, seq, at: 0 })).toThrow(TypeError)
    expect(ledgerEntrySchema.safeParse({ ...sealed, seq }).success).toBe(false)
  })

  it.each<[string, Partial<Record<keyof LedgerEntry | 'extra', unknown>>]>([
    ['a member of its own', { extra: 1 }],
    ['a time without milliseconds', { at: '1970-01-01T00:00:00Z' }],
    ['a time in another zone', { at: '1970-01-01T00:00:00.000+01:00' }],
    ['a day that does not exist', { at: '2025-02-29T00:00:00.000Z' }],
    ['an actor that is too long', { actor: 'a'.repeat(4097) }],
    ['a subject that is too long in JSON', { subject: '\n'.repeat(2049) }],
    ['a subject with half a character', { subject: '\ud800' }],
    ['data that is a list', { data: [] }],
    ['data that is null', { data: null }],
    ['data nested too deep', { data: nest(17) }],
    ['data with half a character', { data: { a: ['\udc00'] } }],
    ['data with half a character in a key', { data: { '\udc00': 1 } }],
    ['data with a number JSON cannot write', { data: { a: Infinity } }],
    ['data with what is no JSON', { data: { a: undefined } }],
  ])('is refused with %s', (_, change) => {
    expect(ledgerEntrySchema.safeParse({ ...sealed, ...change }).success).toBe(false)
  })
})

describe('texts of strangers (AUD-02)', () => {
  const megabyte = 'A'.repeat(1_000_000)

  it.each([
    ['a line end', 'pack\n{"forged":"entry"}\r\n'],
    ['terminal commands', '\u001b[2J\u001b]0;title\u0007\u009b31m\u007f'],
    ['Unicode line ends', 'one\u2028two\u2029three\u0085four'],
    ['a megabyte', megabyte],
    ['a megabyte of escapes', '\u001b'.repeat(1_000_000)],
    ['a megabyte of astral characters', '😀'.repeat(250_000)],
    ['half characters', '\ud800\udc00\ud800'.repeat(3000)],
  ])('%s stay on one bounded line, in every place', (_, text) => {
    const hostile = {
      kind: 'pack.deny',
      actor: text,
      subject: text,
      data: { [text]: { error: [text, { url: text }] } },
    }
    const entry = sealEntry({ entry: hostile, seq: 0, at: 0 })
    const line = encodeEntry(entry)
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    expect(line.isWellFormed()).toBe(true)
    expect(Buffer.byteLength(line)).toBeLessThan(8 * 4096)
    expect(ledgerEntrySchema.safeParse(entry).success).toBe(true)
    expect(Object.hasOwn(entry.data, 'truncated')).toBe(text.length > 4096)
  })

  it.each(['A', 'é', '雨', '😀', '\n', '\u0001', '"'])(
    'are cut between characters, at most 4096 bytes of %j',
    (unit) => {
      const { text, isCut } = boundEntryText(unit.repeat(5000))
      expect(isCut).toBe(true)
      expect(unit.repeat(5000).startsWith(text)).toBe(true)
      expect(text.length % unit.length).toBe(0)
      expect(encodedBytes(text)).toBeLessThanOrEqual(4096)
      expect(encodedBytes(text) + encodedBytes(unit)).toBeGreaterThan(4096)
    },
  )

  it('are untouched up to 4096 bytes, and cut from 4097', () => {
    expect(boundEntryText('a'.repeat(4096))).toEqual({ text: 'a'.repeat(4096), isCut: false })
    expect(boundEntryText('a'.repeat(4097))).toEqual({ text: 'a'.repeat(4096), isCut: true })
    expect(boundEntryText('a'.repeat(4098))).toEqual({ text: 'a'.repeat(4096), isCut: true })
  })
})

describe('bounded data', () => {
  it('is the same data when nothing had to go', () => {
    const data = { text: 'x', list: [1, null, true, { a: -0.5 }], nested: nest(14) }
    expect(boundEntryData(data)).toEqual(data)
  })

  it('says truncated when a text was cut, however deep', () => {
    expect(boundEntryData({ a: [{ b: 'x'.repeat(5000) }], n: 1 })).toEqual({
      a: [{ b: 'x'.repeat(4096) }],
      n: 1,
      truncated: true,
    })
  })

  it('puts null for what is nested too deep', () => {
    expect(boundEntryData(nest(16))).toEqual(nest(16))
    const bounded = boundEntryData(nest(100_0))
    expect(bounded.truncated).toBe(true)
    expect(depthOf(bounded)).toBe(entryLimits.dataDepth)
  })

  it.each([
    ['objects', nest],
    [
      'lists',
      (depth: number): JsonObject => ({ in: JSON.parse('['.repeat(depth - 1) + ']'.repeat(depth - 1)) as JsonValue }),
    ],
  ])('may nest %s 16 deep, and no deeper', (_, make) => {
    const [allowed, tooDeep] = [make(16), make(17)]
    expect(boundEntryData(allowed)).toEqual(allowed)
    expect(boundEntryData(tooDeep).truncated).toBe(true)
    expect(ledgerEntrySchema.safeParse({ ...sealed, data: allowed }).success).toBe(true)
    expect(ledgerEntrySchema.safeParse({ ...sealed, data: tooDeep }).success).toBe(false)
  })

  it('puts null for what a caller computed that is no JSON', () => {
    const data = { a: Infinity, b: Number.NaN, c: undefined, d: 5n } as unknown as JsonObject
    expect(boundEntryData(data)).toEqual({ a: null, b: null, c: null, d: null, truncated: true })
  })

  it.each<[string, JsonObject]>([
    ['long texts', Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 'x'.repeat(4000)]))],
    ['many members', Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n]))],
    ['many items', { list: Array.from({ length: 500_000 }, () => null) }],
    ['many empty lists', { list: Array.from({ length: 500_000 }, () => []) }],
    ['many lists of lists', { list: Array.from({ length: 500 }, () => Array.from({ length: 500 }, () => [{}])) }],
  ])('leaves out the rest of %s', (_, data) => {
    const entry = sealEntry({
      entry: { kind: 'a.b', actor: '\n'.repeat(9e3), subject: '\n'.repeat(9e3), data },
      seq: 0,
      at: 0,
    })
    expect(entry.data.truncated).toBe(true)
    expect(Buffer.byteLength(encodeEntry(entry))).toBeLessThan(entryLimits.lineBytes)
  })

  it('is always data that the schema admits', () => {
    fc.assert(
      fc.property(data, (data) => {
        expect(ledgerEntrySchema.safeParse({ ...sealed, data: boundEntryData(data) }).success).toBe(true)
      }),
    )
  })
})
