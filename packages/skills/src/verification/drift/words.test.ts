import { describe, expect, it } from 'vitest'
import { createWordReader, stemEnglish } from './words.ts'

const readWords = createWordReader()

describe('stems', () => {
  it.each([
    ['changes', 'changed'],
    ['changing', 'change'],
    ['policies', 'policy'],
    ['verified', 'verify'],
    ['stopped', 'stop'],
    ['passes', 'pass'],
    ['boxes', 'box'],
    ['explicitly', 'explicit'],
    ['recording', 'records'],
    ['approved', 'approve'],
  ])('%s and %s are one word', (one, other) => {
    expect(stemEnglish(one)).toBe(stemEnglish(other))
  })

  it.each([
    ['cat', 'category'],
    ['status', 'state'],
    ['need', 'nee'],
    ['string', 'str'],
    ['exceed', 'exce'],
    ['bus', 'bu'],
    ['analysis', 'analysi'],
  ])('%s and %s are two', (one, other) => {
    expect(stemEnglish(one)).not.toBe(stemEnglish(other))
  })
})

describe('words', () => {
  it.each<[string, readonly string[]]>([
    ['max_evolutions-perSession', ['max', 'evolution', 'session']],
    ['ＨＵＭＡＮ approval', ['human', 'approval']],
    ['人間の承認が必要です', ['人間', '承認']],
    ['変更を記録する', ['変更', '記録']],
    ['L0の変更', ['l0', '変更']],
    ['A cat must not be', ['cat']],
  ])('of %s that mean something', (text, stems) => {
    expect(readWords(text).flatMap((word) => (word.kind === 'word' && word.isSignificant ? [word.stem] : []))).toEqual(
      stems,
    )
  })

  it.each<[string, readonly number[]]>([
    ['3 and 30', [3, 30]],
    ['3回', [3]],
    ['-3 and (-4)', [-3, -4]],
    ['0.8, 1,000 and 10ms', [0.8, 1000, 10]],
    ['three of twelve', [3, 12]],
    ['v2 2.1.3 2026-03-01 12:30 L0 3x x3 1-9 1,2,3', []],
  ])('numbers of %s', (text, numbers) => {
    expect(readWords(text).flatMap((word) => (word.kind === 'number' ? [word.value] : []))).toEqual(numbers)
  })

  it('a text of a quarter of a million characters is read', () => {
    for (const piece of ['あ', '漢か', 'ing', '1,', 'aB', '\ud800', '`']) {
      expect(Array.isArray(readWords(piece.repeat(250_000 / piece.length)))).toBe(true)
    }
  })
})
