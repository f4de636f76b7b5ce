import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import { merkleProof, merkleRoot, verifyMerkleProof } from './merkle.ts'

const texts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { minLength: 1, maxLength: 20 })

describe('a proof', () => {
  it('leads from every text to the root, and from no other text', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.string(), (items, at, other) => {
        const item = items[at % items.length]!
        const steps = merkleProof(items, item)!
        expect(verifyMerkleProof(item, steps, merkleRoot(items))).toBe(true)
        fc.pre(other !== item)
        expect(verifyMerkleProof(other, steps, merkleRoot(items))).toBe(false)
      }),
    )
  })

  it('does not exist for a text that is not there', () => {
    expect(merkleProof(['a', 'b'], 'c')).toBeUndefined()
    expect(merkleProof([], '')).toBeUndefined()
  })

  it('is empty for the only text, which is its own root', () => {
    expect(merkleProof(['a'], 'a')).toEqual([])
    expect(verifyMerkleProof('a', [], sha256Hex('a'))).toBe(true)
  })

  it('is not believed for the children of a node posing as a text', () => {
    const root = merkleRoot(['a', 'b', 'c'])
    const node = sha256Hex('a') + sha256Hex('b')
    const steps = [{ position: 'right', data: merkleRoot(['c', 'c']) }] as const
    expect(sha256Hex(sha256Hex(node) + steps[0].data)).toBe(root)
    expect(verifyMerkleProof(node, steps, root)).toBe(false)
  })

  it('is not believed when a text that contains a hash poses as a node', () => {
    const items = [`${sha256Hex('never recorded')}rest`, 'b']
    const steps = [
      { position: 'right', data: 'rest' },
      { position: 'right', data: sha256Hex('b') },
    ] as const
    expect(sha256Hex(sha256Hex(items[0]!) + steps[1].data)).toBe(merkleRoot(items))
    expect(verifyMerkleProof('never recorded', steps, merkleRoot(items))).toBe(false)
  })

  it('is not believed when a sibling stands on the other side', () => {
    const steps = merkleProof(['a', 'b'], 'a')!.map(({ data }) => ({ position: 'left', data }) as const)
    expect(verifyMerkleProof('a', steps, merkleRoot(['a', 'b']))).toBe(false)
  })
})
