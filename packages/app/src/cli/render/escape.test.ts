import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeJson, escapeLine, escapeText } from './escape.ts'

/** What a terminal obeys: C0 and C1 controls, DEL, and marks that turn or end lines. */
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u

const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1 }),
    fc.constantFrom('\u001b', '\u009b', '\u202e', '\n', '\ud800'),
  ),
})

describe('text of a pack', () => {
  it.each([
    ['\u001b[2Jgone', String.raw`\x1b[2Jgone`],
    ['\u001b]0;title\u0007', String.raw`\x1b]0;title\x07`],
    ['\u009b31m', String.raw`\x9b31m`],
    ['approved\rpending', String.raw`approved\rpending`],
    ['a\nb\tc', String.raw`a\nb\tc`],
    ['exe.\u202etxt', String.raw`exe.\u{202e}txt`],
    ['zero\u200bwidth', String.raw`zero\u{200b}width`],
    ['half \ud83d', String.raw`half \u{d83d}`],
    ['tag \u{e0041}', String.raw`tag \u{e0041}`],
  ])('cannot command the terminal in a line: %j', (text, expected) => {
    expect(escapeLine(text)).toBe(expected)
  })

  it.each(['Grüße', '日本語のパック', 'a😀b', 'naïve — “quoted”'])('is left alone when it is %s', (text) => {
    expect(escapeLine(text)).toBe(text)
  })

  it('keeps its lines where lines may be, and nothing else', () => {
    expect(escapeText('a\n\tb\r\u001b[1m')).toBe('a\n\tb\\r\\x1b[1m')
  })

  it('never leaves anything to obey, whatever it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeLine(text)).not.toMatch(OBEYED)
        expect(escapeText(text).replaceAll(/[\n\t]/g, '')).not.toMatch(OBEYED)
      }),
    )
  })
})

describe('JSON for a terminal', () => {
  it('is safe and still the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText), fc.double({ noNaN: true }))), (value) => {
        const text = escapeJson(value, 2)
        expect(text.replaceAll('\n', '')).not.toMatch(OBEYED)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('of nothing is null', () => {
    expect(escapeJson(undefined, 0)).toBe('null')
  })
})
