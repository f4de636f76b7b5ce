import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { appendLeaf, consistencyProof, emptyRoot, hashLeaf, hashNode, inclusionProof, treeRoot } from './merkle.ts'
import { createTestTree, testLeaves } from './test-ledger.ts'

/** RFC 9162 §2.1.1, word for word: MTH over leaf hashes. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return createHash('sha256').digest()
  if (leaves.length === 1) return leaves[0]!
  const half = naiveSplit(leaves.length)
  return sha(1, naiveRoot(leaves.slice(0, half)), naiveRoot(leaves.slice(half)))
}

/** RFC 9162 §2.1.3.1: PATH(m, D). */
function naivePath(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  const half = naiveSplit(leaves.length)
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)]
  return index < half
    ? [...naivePath(index, left), naiveRoot(right)]
    : [...naivePath(index - half, right), naiveRoot(left)]
}

/** RFC 9162 §2.1.4.1: SUBPROOF(m, D, b). */
function naiveSubproof(from: number, leaves: readonly Uint8Array[], isKnown: boolean): Uint8Array[] {
  if (from === leaves.length) return isKnown ? [] : [naiveRoot(leaves)]
  const half = naiveSplit(leaves.length)
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)]
  return from <= half
    ? [...naiveSubproof(from, left, isKnown), naiveRoot(right)]
    : [...naiveSubproof(from - half, right, false), naiveRoot(left)]
}

function naiveSplit(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1)
}

function sha(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(prefix), ...parts]))
    .digest()
}

const most = 300
const tree = createTestTree(testLeaves(most))

describe('the stored tree', () => {
  it('hashes leaves and nodes with different prefixes', () => {
    const [left, right] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    expect(hashLeaf('añ\n')).toEqual(sha(0, Buffer.from('añ\n')))
    expect(hashLeaf(Buffer.of(0xff, 0x00))).toEqual(sha(0, Buffer.of(0xff, 0x00)))
    expect(hashNode(left, right)).toEqual(sha(1, left, right))
  })

  it('has the root of the recursive definition at every size', () => {
    for (let size = 0; size <= 130; size += 1) expect(tree.root(size)).toEqual(naiveRoot(tree.leaves.slice(0, size)))
  })

  it('gives the inclusion path of the recursive definition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: most }), fc.nat(), (size, chosen) => {
        const index = chosen % size
        const path = inclusionProof({ index, size, readNode: tree.readNode })
        expect(path).toEqual(naivePath(index, tree.leaves.slice(0, size)))
      }),
    )
  })

  it('gives the consistency path of the recursive definition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: most }), fc.nat(), (to, chosen) => {
        const from = 1 + (chosen % to)
        const path = consistencyProof({ from, to, readNode: tree.readNode })
        expect(path).toEqual(naiveSubproof(from, tree.leaves.slice(0, to), true))
      }),
    )
  })

  it('needs two new nodes for a leaf on average, and never more than its height', () => {
    const counts = tree.leaves.map((leaf, size) => appendLeaf({ size, leaf, readNode: tree.readNode }).length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThan(2 * most)
    expect(counts.every((count, size) => count <= Math.log2(size + 1) + 1)).toBe(true)
  })

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 52 + 3, Number.MAX_SAFE_INTEGER - 1])(
    'reads only complete subtrees of a tree with %d leaves',
    (size) => {
      const readNode = (level: number, index: number) => {
        expect((index + 1) * 2 ** level).toBeLessThanOrEqual(size)
        return sha(7, Buffer.from(`${level}/${index}`))
      }
      const nodes = appendLeaf({ size, leaf: hashLeaf('x'), readNode })
      expect(nodes.map(({ level, index }) => (index + 1) * 2 ** level)).toEqual(nodes.map(() => size + 1))
      expect(treeRoot(size, readNode)).toHaveLength(32)
      expect(inclusionProof({ index: size - 1, size, readNode }).length).toBeLessThanOrEqual(53)
      expect(consistencyProof({ from: size - 2, to: size, readNode }).length).toBeLessThanOrEqual(54)
    },
  )

  it('starts with the hash of nothing', () => {
    expect(tree.root(0)).toEqual(emptyRoot())
    expect(Buffer.from(emptyRoot()).toString('hex')).toMatch(/^e3b0c44298fc1c14/)
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('throws for the size %d, which only a bug can ask for', (size) => {
    const { readNode } = tree
    expect(() => treeRoot(size, readNode)).toThrow(RangeError)
    expect(() => appendLeaf({ size, leaf: hashLeaf(''), readNode })).toThrow(RangeError)
    expect(() => inclusionProof({ index: size, size: 4, readNode })).toThrow(RangeError)
    expect(() => consistencyProof({ from: size, to: 4, readNode })).toThrow(RangeError)
  })
})
