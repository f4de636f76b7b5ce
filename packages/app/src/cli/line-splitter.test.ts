import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLineSplitter } from './line-splitter.ts'

function split(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.finish()
  return lines
}

it('gives the same lines however the file is cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
      fc.array(fc.nat(40)),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(split(chunks)).toEqual(lines)
      },
    ),
  )
})

it('gives the last line of a file that does not end with a line end', () => {
  expect(split([Buffer.from('a\nb')])).toEqual(['a', 'b'])
})

it('keeps what a lenient reader would swallow', () => {
  expect(split([Buffer.from('\uFEFFa\r\n\n b \n')])).toEqual(['\uFEFFa\r', '', ' b '])
})

it.each([
  ['is no UTF-8', Buffer.from([0x61, 0xff, 0x0a, 0x62])],
  ['is half a character', Buffer.from([0xe3, 0x81, 0x0a, 0x62])],
  ['is longer than any line of an export', Buffer.concat([Buffer.alloc(2 * 1024 * 1024, 'x'), Buffer.from('\nb')])],
])('gives a line that nothing accepts when it %s', (_, bytes) => {
  expect(split([bytes])).toEqual(['\u0000', 'b'])
})
