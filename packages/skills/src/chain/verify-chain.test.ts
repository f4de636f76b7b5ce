import { describe, expect, it } from 'vitest'
import { appendBlocks } from './append-blocks.ts'
import { chainHead, type ChainBlock } from './block.ts'
import { testChain, testChainItems } from './test-chain.ts'
import { verifyChain } from './verify-chain.ts'

const chain = testChain()
const head = chainHead(chain)!
const codesOf = (blocks: readonly ChainBlock[], expected = head) =>
  verifyChain(blocks, expected).map(({ code, index }) => `${code}@${index ?? 'file'}`)

describe('a chain against its recorded head', () => {
  it('has no fault when it is the same, or has grown', () => {
    expect(verifyChain(chain)).toEqual([])
    expect(codesOf(chain)).toEqual([])
    expect(codesOf(appendBlocks(chain, testChainItems.slice(0, 1)))).toEqual([])
  })

  it('is behind when blocks were cut off, though what is left is whole', () => {
    const cut = chain.slice(0, -1)
    expect(verifyChain(cut)).toEqual([])
    expect(verifyChain(cut, head)).toEqual([
      {
        index: undefined,
        code: 'chain.head',
        message: `behind the recorded head: ${cut.length} of ${chain.length} blocks`,
      },
    ])
  })

  it('is another when its end was written anew with hashes that fit', () => {
    const rewritten = appendBlocks(chain.slice(0, -1), [{ timestamp: '2026-02-25T12:00:00.000000Z', data: ['x'] }])
    expect(verifyChain(rewritten)).toEqual([])
    expect(codesOf(rewritten)).toEqual([`chain.head@${chain.length - 1}`])
  })

  it('is another when blocks were put before the recorded one', () => {
    const longer = appendBlocks(chain.slice(0, 2), [...testChainItems, ...testChainItems])
    expect(codesOf(longer)).toEqual([`chain.head@${chain.length - 1}`])
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity])('is not judged by a head of length %d', (length) => {
    expect(codesOf(chain, { length, hash: head.hash })).toEqual(['chain.head@file'])
  })
})

describe('faults', () => {
  it('are found in blocks of every other kind of damage as well', () => {
    const changed = chain.map((block, index) => (index === 1 ? { ...block, hash: '' } : block))
    expect(codesOf(changed)).toEqual(['chain.hash@1'])
    expect(codesOf([])).toEqual(['chain.empty@file', 'chain.head@file'])
    expect(chainHead([])).toBeUndefined()
  })

  it('are at most 100, the one about the head among them', () => {
    const wrong = Array.from({ length: 200 }, () => chain[0]!)
    expect(verifyChain(wrong)).toHaveLength(100)
    expect(codesOf(wrong)).toHaveLength(100)
    expect(codesOf(wrong).at(-1)).toBe(`chain.head@${chain.length - 1}`)
  })
})
