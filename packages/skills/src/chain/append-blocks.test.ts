import { expect, it } from 'vitest'
import { appendBlocks } from './append-blocks.ts'
import { genesisBlock } from './block.ts'
import { printChain } from './print-chain.ts'
import { testChain, testChainItems } from './test-chain.ts'
import { verifyChain } from './verify-chain.ts'

const timestamp = '2026-02-25T12:00:00.000000Z'

it('begins an empty chain with the first block', () => {
  expect(appendBlocks([], [])).toEqual([genesisBlock()])
  expect(appendBlocks([], [{ timestamp, data: ['a'] }])).toHaveLength(2)
})

it('gives the same chain in one step and in many', () => {
  const stepwise = testChainItems.reduce((blocks, item) => appendBlocks(blocks, [item]), appendBlocks([], []))
  expect(stepwise).toEqual(testChain())
  expect(verifyChain(stepwise)).toEqual([])
})

it('changes nothing of what it was given', () => {
  const before = testChain()
  const data = ['a']
  const after = appendBlocks(before, [{ timestamp, data }])
  data.push('b')
  expect(before).toEqual(testChain())
  expect(verifyChain(after)).toEqual([])
})

it.each([
  ['a time without fraction', { timestamp: '2026-02-25T12:00:00Z', data: [] }],
  ['half of a pair', { timestamp, data: ['fine', '\udc00'] }],
])('refuses %s', (_name, item) => expect(() => appendBlocks([], [item])).toThrow(TypeError))

it('is printed member by member, whatever the order in the object', () => {
  const turned = testChain().map(({ hash, data, ...rest }) => ({ ...{ hash, data, extra: 1 }, ...rest }))
  expect(printChain(turned)).toBe(JSON.stringify(testChain(), undefined, 2))
  expect(printChain([])).toBe('[]')
})
