import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayWidth, fitWidth, renderTable } from './table.ts'

const plain = (text: string): string => text
const stressed = (text: string): string => `<${text}>`

describe('the width of a text', () => {
  it.each([
    ['hello', 5],
    ['パック', 6],
    ['a日b', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['😀', 2],
    ['', 0],
  ])('of %j is %d', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it.each([
    ['hello', 5, 'hello'],
    ['hello', 4, 'hel…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
  ])('of %j is fitted into %d', (text, width, expected) => {
    expect(fitWidth(text, width)).toBe(expected)
  })

  it('never exceeds what it is fitted into', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        expect(displayWidth(fitWidth(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('a table', () => {
  it('aligns columns whatever the script, without spaces at the ends of lines', () => {
    const table = renderTable({
      head: ['パック', 'S', 'X'],
      headStyle: plain,
      rows: [
        ['a', 'approved', ''],
        ['hello-world', '', 'z'],
      ],
      width: undefined,
    })
    expect(table).toBe('パック       S         X\na            approved\nhello-world            z\n')
  })

  it('does not count colours', () => {
    const rows = [[{ text: 'a', style: stressed }, 'x']]
    expect(renderTable({ head: ['AB', 'C'], headStyle: stressed, rows, width: undefined })).toBe('<AB>  <C>\n<a>   x\n')
  })

  it('cuts only its last column, and not below ten columns', () => {
    const rows = [['name', 'a long description']]
    const render = (width: number): string | undefined =>
      renderTable({ head: ['N', 'D'], headStyle: plain, rows, width }).split('\n')[1]
    expect(render(18)).toBe('name  a long desc…')
    expect(render(3)).toBe('name  a long de…')
  })
})
