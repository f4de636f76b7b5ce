import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseQuery, type SearchEntry, type SearchIndex, type SearchOptions } from '@rumi/skills/search'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSearchIndex } from './search-index.ts'

let home = ''
let index: SearchIndex
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-search-'))
  index = openSearchIndex(join(home, 'search.db'))
})
afterEach(() => {
  index.close()
  rmSync(home, { recursive: true, force: true })
})

const entry = (key: string, texts: Partial<SearchEntry> = {}): SearchEntry => ({
  key,
  layer: 'L1',
  title: '',
  tags: [],
  body: '',
  stamp: '1',
  ...texts,
})
const find = (text: string, options: Partial<SearchOptions> = {}): readonly string[] =>
  index.query(parseQuery(text), { limit: 10, ...options }).map(({ key }) => key)

describe('what is found', () => {
  it('has every word somewhere: in its title, a tag or its body', () => {
    index.put([
      entry('all', { title: 'Pets', tags: ['animals'], body: 'dogs\nand cats' }),
      entry('some', { title: 'Pets', body: 'one goldfish that swims' }),
    ])
    expect([find('pets'), find('PETS animals cats'), find('pets goldfish'), find('horse'), find('pets horse')]).toEqual(
      [['all', 'some'], ['all'], ['some'], [], []],
    )
  })

  it('may go on where a long word ends, and is exact in quotes', () => {
    index.put([entry('a', { body: 'approval of skills' })])
    expect(
      ['appro', 'ski', 'sk', '"appro"', '"of skills"', '"approval skills"', 'kills'].map((text) => find(text).length),
    ).toEqual([1, 1, 0, 0, 1, 0, 0])
  })

  it('is found in Japanese by any part of a run, in any width and case', () => {
    index.put([
      entry('a', { title: '承認の流れ', body: 'ＡＢＣ 変更は記録から消えない。' }),
      entry('b', { body: '記帳' }),
    ])
    expect(['承認', '承', '流れ', 'abc', '記録', '消えない', '"録記"'].map((text) => find(text))).toEqual([
      ['a'],
      ['a'],
      ['a'],
      ['a'],
      ['a'],
      ['a'],
      [],
    ])
  })

  it('does not reach from one tag into the next', () => {
    index.put([entry('a', { tags: ['red panda', 'bear cub'] })])
    expect(['"red panda"', '"panda bear"', 'panda bear'].map((text) => find(text).length)).toEqual([1, 0, 1])
  })

  it('is of the layers that were asked for, and no more than were asked for', () => {
    const layers = ['L0', 'L1', 'L2'] as const
    index.put(layers.map((layer) => entry(`${layer}/a`, { layer, body: 'word' })))
    expect([
      find('word'),
      find('word', { layers: ['L2', 'L0'] }),
      find('word', { layers: [] }),
      find('word', { limit: 2 }),
      find('word', { limit: 0 }),
    ]).toEqual([['L0/a', 'L1/a', 'L2/a'], ['L0/a', 'L2/a'], [], ['L0/a', 'L1/a'], ['L0/a']])
    index.put(Array.from({ length: 120 }, (_, at) => entry(`many ${at}`, { body: 'many' })))
    expect([find('many', { limit: 1000 }).length, find('many', { limit: 100 }).length]).toEqual([100, 100])
  })

  it('is nothing for a query without words', () => {
    index.put([entry('a', { body: 'word' })])
    expect([find(''), find('*'), find('"" AND'), find('   ')]).toEqual([[], [], [], []])
  })
})

describe('the order', () => {
  it('puts a title before a tag before a body, however long the others are', () => {
    const filler = 'filler '.repeat(200)
    index.put([
      entry('body', { title: 'one', tags: ['two'], body: 'zebra' }),
      entry('tag', { title: 'one', tags: ['zebra'], body: filler }),
      entry('title', { title: 'zebra', tags: ['two'], body: filler }),
      ...Array.from({ length: 20 }, (_, at) => entry(`other ${at}`, { body: filler })),
    ])
    expect(find('zebra')).toEqual(['title', 'tag', 'body'])
  })

  it('has scores above zero that fall, and keys in order where they are equal', () => {
    index.put(['c', 'a', 'b'].map((key) => entry(key, { body: 'same text' })))
    index.put([entry('best', { title: 'same', body: 'same text' })])
    const hits = index.query(parseQuery('same'), { limit: 10 })
    expect(hits.map(({ key }) => key)).toEqual(['best', 'a', 'b', 'c'])
    expect(hits.every(({ score }, at) => score > 0 && score <= (hits[at - 1]?.score ?? Infinity))).toBe(true)
  })
})

describe('an excerpt', () => {
  it('shows the hit as it was written, without control characters', () => {
    index.put([entry('a', { body: `First line.\r\n\u001b[31mThe <b>Zebra</b>\u0000 is\there.\nLast line.` })])
    expect(index.query(parseQuery('zebra'), { limit: 1 })[0]?.excerpt).toBe('[31mThe <b>Zebra</b>  is here.')
  })

  it('is empty without a body, and bounded with a large one', () => {
    index.put([entry('a', { title: 'zebra' }), entry('b', { title: 'zebra', body: 'long word '.repeat(50_000) })])
    const excerpts = index.query(parseQuery('zebra'), { limit: 10 }).map(({ excerpt }) => excerpt.length)
    expect([Math.min(...excerpts), Math.max(...excerpts) <= 240]).toEqual([0, true])
  })
})

describe('what is put', () => {
  it('takes the place of what had its key, and is forgotten when it is removed', () => {
    index.put([entry('a', { body: 'old' }), entry('b', { body: 'other' })])
    index.put([entry('a', { body: 'new', stamp: '2' })])
    expect([
      find('old'),
      find('new'),
      index.isCurrent('a', '1'),
      index.isCurrent('a', '2'),
      index.isCurrent('c', '1'),
    ]).toEqual([[], ['a'], false, true, false])
    index.remove(['a', 'nothing'])
    expect([find('new'), find('other'), [...index.keys()]]).toEqual([[], ['b'], [['b', '1']]])
  })

  it('is the last of two with one key', () => {
    index.put([entry('a', { body: 'first' }), entry('a', { body: 'second', stamp: '2' })])
    expect([find('first'), find('second'), [...index.keys()]]).toEqual([[], ['a'], [['a', '2']]])
  })

  it('is all of it or nothing', () => {
    index.put([entry('a', { body: 'kept' })])
    const bad = {
      ...entry('c'),
      get tags(): readonly string[] {
        throw new Error('half-way')
      },
    }
    expect(() => index.put([entry('a', { body: 'lost' }), entry('b', { body: 'lost' }), bad])).toThrow('half-way')
    expect([find('kept'), find('lost'), [...index.keys()]]).toEqual([['a'], [], [['a', '1']]])
  })

  it('is still there when the index is opened again', () => {
    index.put([entry('a', { body: 'kept' })])
    index.close()
    index = openSearchIndex(join(home, 'search.db'))
    expect([find('kept'), index.isCurrent('a', '1')]).toEqual([['a'], true])
  })
})

describe('a query', () => {
  const hostile = [
    '"',
    '""',
    '"unclosed',
    'a" OR "b',
    'title:a',
    'NEAR(a b)',
    'a AND NOT b',
    '^a',
    '-a',
    'a*',
    '{a}:b',
    "'; DROP TABLE entries;--",
    'a\0b',
    '\ud800',
    '(((',
    'body : x',
    '+ a',
  ]

  it.each(hostile)('is words and never syntax: %j', (text) => {
    index.put([entry('a', { title: 'a', body: 'a b x or not and near drop table entries' })])
    expect(() => find(text)).not.toThrow()
    expect(index.keys().size).toBe(1)
  })

  it('cannot break out with words that no query parser gives', () => {
    index.put([entry('a', { body: 'alpha' })])
    for (const word of ['alpha" OR title:"x', '"', 'alpha\0', '*', 'alpha" *']) {
      expect(() => index.query([{ words: [word], isPrefix: true }], { limit: 1 })).not.toThrow()
    }
  })

  it('finds every text by each of its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        index.put([entry('a', { body: text })])
        const query = parseQuery(`"${text}"`)
        expect(index.query(query, { limit: 1 })).toHaveLength(query.length > 0 ? 1 : 0)
      }),
    )
  })
})

it('starts anew when the file turns out to be damaged while it is open', () => {
  const path = join(home, 'search.db')
  index.put(Array.from({ length: 300 }, (_, at) => entry(`key ${at}`, { body: `word ${'filler '.repeat(at)}` })))
  index.close()
  const bytes = readFileSync(path)
  // Everything but the first pages, which say what tables there are.
  for (let page = 20; page * 4096 < bytes.length; page += 1) bytes.fill(0xee, page * 4096, page * 4096 + 4096)
  writeFileSync(path, bytes)
  index = openSearchIndex(path)
  expect(() => {
    index.keys()
    find('word')
  }).toThrow('malformed')
  expect([...index.keys()]).toEqual([])
  index.put([entry('a', { body: 'word' })])
  expect(find('word')).toEqual(['a'])
})
