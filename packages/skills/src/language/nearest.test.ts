import { expect, it } from 'vitest'
import { findNearestWord } from './nearest.ts'

it.each([
  ['titel', 'title'],
  ['useWhen', 'use_when'],
  ['USE-WHEN', 'use_when'],
  ['definitions', 'definition'],
  ['guarantee', 'guarantees'],
  ['color', undefined],
  ['', undefined],
  ['t'.repeat(1_000_000), undefined],
])('finds for %.20s the word %s', (word, expected) => {
  expect(findNearestWord(word, ['title', 'use_when', 'definition', 'guarantees'])).toBe(expected)
})
