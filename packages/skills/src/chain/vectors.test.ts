import { describe, expect, it } from 'vitest'
import vectors from '../../../../vectors/kairos-chain.json' with { type: 'json' }
import { genesisBlock, hashBlock } from './block.ts'
import { merkleProof, merkleRoot, verifyMerkleProof } from './merkle.ts'
import { printChain } from './print-chain.ts'
import { readChainText } from './read-chain.ts'

describe('the vectors', () => {
  it('begin with the first block of every chain', () => {
    expect(genesisBlock()).toEqual(vectors.blocks[0])
    expect(hashBlock(genesisBlock())).toBe(genesisBlock().hash)
    expect(genesisBlock().hash).toBe('19bcc95a7b5946ca2c1029728cb623975c2807690f8fd354ca6799878c4b7efd')
  })

  it.each(vectors.merkle)('give the root over $items', ({ items, root }) => expect(merkleRoot(items)).toBe(root))

  it('give the way to a text that has no sibling', () => {
    const { items, item, root, steps } = vectors.proof
    expect(merkleProof(items, item)).toEqual(steps)
    expect(verifyMerkleProof(item, merkleProof(items, item)!, root)).toBe(true)
  })

  it.each(vectors.blocks)('give the hash of block $index', (block) => expect(hashBlock(block)).toBe(block.hash))

  it('give the text of a file, both ways', () => {
    expect(printChain(vectors.blocks)).toBe(vectors.text)
    expect(readChainText(Buffer.from(vectors.text))).toEqual({ state: 'readable', blocks: vectors.blocks })
  })
})
