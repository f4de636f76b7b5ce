import { describe, expect, it } from 'vitest'

import { readDocument } from './document.ts'
import { createReport } from './report.ts'
import { toJson } from './source-node.ts'

const limits = { maxBytes: 1024 * 1024, maxDepth: 20, maxNodes: 10_000 }

function read(content: string | Uint8Array) {
  const report = createReport('x.yaml')
  const tree = readDocument(typeof content === 'string' ? new TextEncoder().encode(content) : content, limits, report)
  const found = report.list().map(({ code, line, column }) => (line === undefined ? code : `${code} ${line}:${column}`))
  return { value: tree && toJson(tree), found, tree }
}

const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`
const blockNested = (depth: number): string =>
  Array.from({ length: depth }, (_, level) => `${'  '.repeat(level)}a:`).join('\n')

describe('readDocument', () => {
  it.each<[string, unknown]>([
    ['a: 1\nb: [x, "y", null, ~, true, 1.5, 0x10]', { a: 1, b: ['x', 'y', null, null, true, 1.5, 16] }],
    ['a: yes\nb: no\nc: on', { a: 'yes', b: 'no', c: 'on' }],
    ['\ufeffa: 1', { a: 1 }],
    ['a: |\n  two\n  lines\nb: >\n  one\n  line\n', { a: 'two\nlines\n', b: 'one line\n' }],
    ['? a\n: b', { a: 'b' }],
    ['{a: , b}', { a: null, b: null }],
    ['a: "\\ud83d\\ude00"', { a: '😀' }],
  ])('%j is %j', (text, value) => {
    expect(read(text)).toMatchObject({ value, found: [] })
  })

  it('keeps "__proto__" as data and gives no object another prototype', () => {
    const { value, found } = read('__proto__: {polluted: true}\nb: {constructor: 1}')
    expect(found).toEqual([])
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"b":{"constructor":1}}')
    expect(value).not.toHaveProperty('polluted')
  })

  it.each([
    ['a: &x 1\nb: *x', ['flow.yaml_alias 1:4', 'flow.yaml_alias 2:4']],
    ['a: !!str 1\nb: !evil {c: 1}', ['flow.yaml_tag 1:4', 'flow.yaml_tag 2:4']],
    ['%YAML 1.1\n---\na: yes', ['flow.yaml_directive 1:1']],
    ['a: 1\n---\nb: 2', ['flow.yaml_documents 2:1']],
    ['a: 1\nb: 2\na: 3', ['flow.duplicate_key 3:1']],
    ['{"a": {"b": 1, "b": 2}}', ['flow.duplicate_key 1:16']],
    ['a: 1\n"a": 2', ['flow.duplicate_key 2:1']],
    ['1: a\n"1": b', ['flow.converted 1:1', 'flow.duplicate_key 2:1']],
    ['<<: {a: 1}', ['flow.yaml_merge 1:1']],
    ['[a]: 1', ['flow.yaml_key 1:1']],
    ['? {a: b}\n: 1', ['flow.yaml_key 1:3']],
    ['~: 1', ['flow.yaml_key 1:1']],
    ['a: .inf\nb: .nan', ['flow.number 1:4', 'flow.number 2:4']],
    ['a: 9007199254740993', ['flow.number 1:4']],
    ['a: "\\ud800"', ['flow.text 1:4']],
    ['a: b\u0000c', ['flow.control_character 1:5']],
    ['a: "\u001b[31m"', ['flow.control_character 1:5']],
    ['a: b: c', ['flow.yaml 1:4']],
    ['a: [1', ['flow.yaml 1:6']],
    ['a: "x', ['flow.yaml 1:6']],
    ['a:\n\t- b', ['flow.yaml 2:1']],
  ])('%j is refused or warned about', (text, expected) => {
    expect(read(text).found).toEqual(expected)
  })

  it('reports every problem of the text, not the first', () => {
    expect(read('a: &x 1\na: *x\nb: !t 2\n<<: 3').found).toEqual([
      'flow.yaml_alias 1:4',
      'flow.duplicate_key 2:1',
      'flow.yaml_alias 2:4',
      'flow.yaml_tag 3:4',
      'flow.yaml_merge 4:1',
    ])
  })

  it.each([
    ['brackets', nested(20), []],
    ['brackets, one too many', nested(21), ['flow.depth']],
    ['brackets, 25', nested(25), ['flow.depth']],
    ['maps', blockNested(20), []],
    ['maps, one too many', blockNested(21), ['flow.depth']],
    ['dashes', `${'- '.repeat(20)}1`, []],
    ['dashes, one too many', `${'- '.repeat(21)}1`, ['flow.depth']],
    ['both', `${blockNested(10)} ${nested(10)}`, []],
    ['both, one too many', `${blockNested(10)} ${nested(11)}`, ['flow.depth']],
    [
      'lists at the column of their key',
      Array.from({ length: 11 }, (_, n) => `${'  '.repeat(n)}${n === 0 ? '' : '- '}a:`).join('\n'),
      ['flow.depth'],
    ],
    ['a million brackets', '['.repeat(1_000_000), ['flow.depth']],
    ['half a million dashes', '- '.repeat(500_000), ['flow.depth']],
    ['half a million question marks', '? '.repeat(500_000), ['flow.depth']],
    ['half a million colons', ': '.repeat(500_000), ['flow.depth']],
  ])('bounds the depth of %s', (_, text, codes) => {
    expect(read(text).found.map((line) => line.split(' ')[0])).toEqual(codes)
  })

  it('does not lose count of the depth behind block texts', () => {
    const text = Array.from(
      { length: 25 },
      (_, n) => `${' '.repeat(n)}t: |\n${' '.repeat(n)} x\n${' '.repeat(n)}a:`,
    ).join('\n')
    expect(read(text).found.map((line) => line.split(' ')[0])).toEqual(['flow.depth'])
  })

  it.each([
    ['a list of 9999', `[${Array.from({ length: 9999 }, () => '1').join(',')}]`, []],
    ['a list of 10000', `[${Array.from({ length: 10_000 }, () => '1').join(',')}]`, ['flow.nodes']],
    ['4999 members', Array.from({ length: 4999 }, (_, n) => `k${n}: 1`).join('\n'), []],
    ['5000 members', Array.from({ length: 5000 }, (_, n) => `k${n}: 1`).join('\n'), ['flow.nodes']],
    ['5000 empty members', Array.from({ length: 5000 }, (_, n) => `k${n}:`).join('\n'), ['flow.nodes']],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, n) => `k${n}:`).join('\n'), ['flow.nodes']],
    ['half a million dashes, one on each line', '-\n'.repeat(500_000), ['flow.nodes']],
    ['half a million comments', '#\n'.repeat(500_000), ['flow.nodes']],
    ['a million commas', `[${','.repeat(1_000_000)}]`, ['flow.nodes']],
  ])('bounds the nodes of %s', (_, text, codes) => {
    expect(read(text).found.map((line) => line.split(' ')[0])).toEqual(codes)
  })

  it('refuses the alias bomb by its aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array.from({ length: 9 }, () => `*l${n}`).join(', ')}]`,
    )
    const { found } = read(`l0: &l0 lol\n${levels.join('\n')}`)
    expect(found).toHaveLength(13 + 108)
    expect(found.every((line) => line.startsWith('flow.yaml_alias'))).toBe(true)
  })

  it('reads exactly as many bytes as allowed', () => {
    const filled = (size: number): string => `a: ${'x'.repeat(size - 3)}`
    expect(read(filled(limits.maxBytes)).found).toEqual([])
    expect(read(filled(limits.maxBytes + 1)).found).toEqual(['flow.size'])
  })

  it.each([[[0x61, 0x3a, 0x20, 0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]]])(
    'refuses the bytes %j',
    (bytes) => {
      expect(read(Uint8Array.from(bytes)).found).toEqual(['flow.utf8'])
    },
  )

  it('knows where everything stands', () => {
    const { tree } = read('a:\n  - é: x\n    "b": 😀 # c\n')
    expect(tree).toEqual({
      kind: 'map',
      line: 1,
      column: 1,
      members: new Map([
        [
          'a',
          {
            line: 1,
            column: 1,
            value: {
              kind: 'list',
              line: 2,
              column: 3,
              items: [
                {
                  kind: 'map',
                  line: 2,
                  column: 5,
                  members: new Map([
                    [
                      'é',
                      { line: 2, column: 5, value: { kind: 'scalar', value: 'x', written: 'x', line: 2, column: 8 } },
                    ],
                    [
                      'b',
                      {
                        line: 3,
                        column: 5,
                        value: { kind: 'scalar', value: '😀', written: '😀', line: 3, column: 10 },
                      },
                    ],
                  ]),
                },
              ],
            },
          },
        ],
      ]),
    })
  })
})
