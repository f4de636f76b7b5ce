import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerptUnits, findExcerpt, occurs } from './excerpt.ts'
import { parseQuery, queryLimits } from './query.ts'
import { segmentWords, wordLimits } from './words.ts'

/** What the port promises, on one text. */
const isFound = (query: string, text: string): boolean => {
  const terms = parseQuery(query)
  const words = segmentWords(text)
  return terms.length > 0 && terms.every((term) => occurs(term, words))
}

describe('segmentWords', () => {
  it.each([
    ['Find_the Dog-house, v1.0!', ['find', 'the', 'dog', 'house', 'v1', '0']],
    ['ＦＵＬＬ ｶﾅ ﬁn', ['full', 'カナ', 'ナ', 'fin']],
    ['承認者', ['承認', '認者', '者']],
    ['TypeScript設定', ['typescript', '設定', '定']],
    ['猫。犬', ['猫', '犬']],
    ['Größe İ naïve', ['größe', 'i̇', 'naïve']],
    ['हिन्दी 한국어', ['हिन्दी', '한국어']],
    ['𠮷野家', ['𠮷野', '野家', '家']],
    ['', []],
    ['\uD800 \0 🐈', []],
  ])('takes %j apart', (text, words) => {
    expect(segmentWords(text)).toEqual(words.map((word) => word.normalize('NFKC')))
  })

  it('is bounded, and gives letters, digits and marks only', () => {
    expect(segmentWords('x'.repeat(1000))).toEqual(['x'.repeat(wordLimits.wordUnits)])
    expect(segmentWords('a '.repeat(900_000))).toHaveLength(wordLimits.words)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of segmentWords(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
      }),
    )
  })
})

describe('parseQuery', () => {
  it.each([
    ['skill', 'All skills are data'],
    ['human approval', 'Approval by a HUMAN'],
    ['"human approval"', 'the Human-Approval node'],
    ['承認', '人間の承認が必要'],
    ['京都庁', '東京都庁の前'],
    ['方法 承認', '承認を得る方法'],
    ['スキルの承認方法', 'スキルを承認する方法'],
    ['庁', '東京都庁'],
    ['犬', '小犬がいる'],
    ['TypeScriptの設定', '設定はtypescriptで書く'],
    ['カナ', 'ｶﾅ入力'],
    ['「人間の承認」', '人間の承認'],
    ['の', 'これはその本のこと'],
  ])('finds %j in %j', (query, text) => {
    expect(isFound(query, text)).toBe(true)
  })

  it.each([
    ['"human approval"', 'approval of a human'],
    ['"skill"', 'skills'],
    ['cat dog', 'only a cat'],
    ['"庁都"', '東京都庁'],
    ['都京', '東京都'],
    ['ab', 'abc'],
    ['kill', 'skill'],
    ['', 'anything'],
    ['***', 'anything'],
  ])('does not find %j in %j', (query, text) => {
    expect(isFound(query, text)).toBe(false)
  })

  it('takes any text, in bounds, and says the same every time', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('"', '(', '[a-', 'a OR b*', 'x:"', "';--"),
    )
    fc.assert(
      fc.property(text, (query) => {
        const terms = parseQuery(query)
        expect(terms).toEqual(parseQuery(query))
        for (const { words } of terms) expect(words.length).toBeGreaterThan(0)
      }),
    )
    expect(parseQuery('a b c d e f g h i j k l m n o p q r s t')).toHaveLength(queryLimits.terms)
    expect(parseQuery('word word WORD')).toEqual([{ words: ['word'], isPrefix: true }])
  })

  it('finds every part of a Japanese text, however it is cut', () => {
    const characters = fc.constantFrom(...'東京都庁承認者設定方法スキルのをひらがな'.split(''))
    fc.assert(
      fc.property(fc.array(characters, { minLength: 1 }), fc.nat(), fc.nat(), (all, start, length) => {
        const from = start % all.length
        const part = all.slice(from, from + 1 + (length % 8)).join('')
        expect(isFound(`"${part}"`, all.join(''))).toBe(true)
        expect(isFound(part, all.join(''))).toBe(true)
      }),
    )
  })
})

describe('findExcerpt', () => {
  it('gives the line that holds most of the query, as it was written', () => {
    const text = '# Title\r\n\r\nonly a cat\n  A Cat and a DOG.\nmore'
    expect(findExcerpt(text, parseQuery('dog cat'))).toBe('A Cat and a DOG.')
    expect(findExcerpt(text, parseQuery('bird'))).toBe('# Title')
    expect(findExcerpt('', parseQuery('bird'))).toBe('')
  })

  it('cuts long lines at a space, and never gives more than its length', () => {
    const text = `${'word '.repeat(100)}needle ${'word '.repeat(100)}`
    const excerpt = findExcerpt(text, parseQuery('needle'))
    expect(excerpt).toContain('needle')
    expect(excerpt.length).toBeLessThanOrEqual(excerptUnits)
    expect(findExcerpt('x'.repeat(1000), [])).toHaveLength(excerptUnits)
  })
})
