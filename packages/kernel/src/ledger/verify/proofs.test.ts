import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consistencyProof, emptyRoot, hashLeaf, hashNode, inclusionProof } from '../merkle.ts'
import { createTestTree, testLeaves } from '../test-ledger.ts'
import { verifyConsistency, type ConsistencyClaim } from './consistency.ts'
import { verifyInclusion, type InclusionClaim } from './inclusion.ts'
import { createLeafFold } from './leaf-fold.ts'

const most = 200
const tree = createTestTree(testLeaves(most))
const roots = Array.from({ length: most + 1 }, (_, size) => tree.root(size))

function inclusionClaim(index: number, size: number): InclusionClaim {
  const proof = inclusionProof({ index, size, readNode: tree.readNode })
  return { leaf: tree.leaves[index]!, index, size, proof, root: roots[size]! }
}

function consistencyClaim(from: number, to: number): ConsistencyClaim {
  const proof = consistencyProof({ from, to, readNode: tree.readNode })
  return { from, to, fromRoot: roots[from]!, toRoot: roots[to]!, proof }
}

/** The sides on which the siblings stand, from the recursive definition: what a proof alone can tell about its place. */
function inclusionShape(index: number, size: number): string {
  if (index >= size) return 'none'
  if (size === 1) return ''
  const half = 2 ** (Math.ceil(Math.log2(size)) - 1)
  return index < half ? `${inclusionShape(index, half)}R` : `${inclusionShape(index - half, size - half)}L`
}

function consistencyShape(from: number, to: number, start = '='): string {
  if (from > to) return 'none'
  if (from === to) return start
  const half = 2 ** (Math.ceil(Math.log2(to)) - 1)
  return from <= half ? `${consistencyShape(from, half, start)}R` : `${consistencyShape(from - half, to - half, '.')}L`
}

/** Every bit of a hash flipped, one at a time. */
function* flips(hash: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < hash.length * 8; bit += 1) {
    const copy = Buffer.from(hash)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    yield copy
  }
}

/** Proofs of another length: each hash left out, repeated, swapped with the next; one put in front or behind. */
function* reshaped(proof: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  const stranger = hashLeaf('stranger')
  yield [...proof, stranger]
  yield [stranger, ...proof]
  for (const [at, hash] of proof.entries()) {
    yield proof.toSpliced(at, 1)
    yield proof.toSpliced(at, 0, hash)
    if (at > 0) yield proof.toSpliced(at - 1, 2, hash, proof[at - 1]!)
  }
}

function* flippedProofs(proof: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (const [at, hash] of proof.entries()) for (const other of flips(hash)) yield proof.with(at, other)
}

function* forgedInclusions(claim: InclusionClaim): Generator<InclusionClaim> {
  for (const leaf of flips(claim.leaf)) yield { ...claim, leaf }
  for (const root of flips(claim.root)) yield { ...claim, root }
  for (const proof of flippedProofs(claim.proof)) yield { ...claim, proof }
}

function* forgedConsistencies(claim: ConsistencyClaim): Generator<ConsistencyClaim> {
  for (const fromRoot of flips(claim.fromRoot)) yield { ...claim, fromRoot }
  for (const toRoot of flips(claim.toRoot)) yield { ...claim, toRoot }
  for (const proof of flippedProofs(claim.proof)) yield { ...claim, proof }
}

/** Lengths other than 32 bytes, and what is no hash at all. */
const noHashes: readonly unknown[] = [
  Buffer.alloc(0),
  Buffer.alloc(31),
  Buffer.alloc(33),
  'x'.repeat(32),
  null,
  undefined,
  7,
]
const noPaths: readonly unknown[] = [null, undefined, {}, 'proof', [null], ['x'], [Buffer.alloc(31)], { length: 0 }]
const noSizes: readonly unknown[] = [-1, 0.5, Number.NaN, Infinity, 2 ** 53, '3', null, undefined, 3n]

describe('inclusion', () => {
  it('holds for every leaf of every tree', () => {
    for (let size = 1; size <= 130; size += 1) {
      for (let index = 0; index < size; index += 1) expect(verifyInclusion(inclusionClaim(index, size))).toBe(true)
    }
  })

  it('is refused when any bit of leaf, root or path is flipped (AUD-07)', () => {
    let tried = 0
    for (let size = 1; size <= 14; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const claim = inclusionClaim(index, size)
        const forged = [...forgedInclusions(claim)]
        tried += forged.length
        expect(forged.some(verifyInclusion)).toBe(false)
      }
    }
    expect(tried).toBeGreaterThan(100_000)
  })

  it('is refused when the path is longer, shorter or in another order (AUD-07)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: most }), fc.nat(), (size, chosen) => {
        const claim = inclusionClaim(chosen % size, size)
        for (const proof of reshaped(claim.proof)) expect(verifyInclusion({ ...claim, proof })).toBe(false)
      }),
    )
  })

  it('is refused for any other index, and for any size whose path has another shape (AUD-07)', () => {
    for (let size = 1; size <= 24; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const claim = inclusionClaim(index, size)
        for (let other = 0; other <= 30; other += 1) {
          expect(verifyInclusion({ ...claim, index: other })).toBe(other === index)
          const isSameShape = inclusionShape(index, other) === inclusionShape(index, size)
          expect(verifyInclusion({ ...claim, size: other })).toBe(isSameShape)
          // The root of the other size is what a checkpoint pairs with it: then there is no way around.
          if (other !== size) expect(verifyInclusion({ ...claim, size: other, root: roots[other]! })).toBe(false)
        }
      }
    }
  })

  it('is refused, without throwing, when the claim is not even of the right types', () => {
    const claim = inclusionClaim(3, 7)
    const hostile: unknown[] = [
      ...noHashes.flatMap((leaf) => [
        { ...claim, leaf },
        { ...claim, root: leaf },
        { ...claim, proof: [leaf] },
      ]),
      ...noPaths.flatMap((proof) => [{ ...claim, proof }]),
      ...noSizes.flatMap((size) => [
        { ...claim, size },
        { ...claim, index: size },
      ]),
      { ...claim, proof: Array.from({ length: 1e6 }, () => claim.leaf) },
    ]
    expect(hostile.map((forged) => verifyInclusion(forged as InclusionClaim))).toEqual(hostile.map(() => false))
  })

  it('reaches beyond 32 bits', () => {
    const size = 2 ** 53 - 1
    let root = hashLeaf('last')
    const proof = Array.from({ length: 52 }, (_, level) => hashLeaf(`level ${level}`))
    for (const sibling of proof) root = hashNode(sibling, root)
    const claim = { leaf: hashLeaf('last'), index: size - 1, size, proof, root }
    expect(verifyInclusion(claim)).toBe(true)
    expect(verifyInclusion({ ...claim, index: size - 2 })).toBe(false)
    expect(verifyInclusion({ ...claim, index: (size - 1) % 2 ** 32 })).toBe(false)
  })
})

describe('consistency', () => {
  it('holds between any two sizes', () => {
    for (let to = 0; to <= 130; to += 1) {
      for (let from = 0; from <= to; from += 1) expect(verifyConsistency(consistencyClaim(from, to))).toBe(true)
    }
  })

  it('is refused when any bit of a root or the path is flipped (AUD-07)', () => {
    let tried = 0
    for (let to = 1; to <= 14; to += 1) {
      for (let from = 1; from <= to; from += 1) {
        const claim = consistencyClaim(from, to)
        const forged = [...forgedConsistencies(claim)]
        tried += forged.length
        expect(forged.some(verifyConsistency)).toBe(false)
      }
    }
    expect(tried).toBeGreaterThan(100_000)
  })

  it('is refused when the path is longer, shorter or in another order (AUD-07)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: most }), fc.nat(), (to, chosen) => {
        const claim = consistencyClaim(chosen % (to + 1), to)
        for (const proof of reshaped(claim.proof)) expect(verifyConsistency({ ...claim, proof })).toBe(false)
      }),
    )
  })

  it('is refused for sizes whose path has another shape, and always with the roots of those sizes (AUD-07)', () => {
    for (let to = 1; to <= 24; to += 1) {
      for (let from = 1; from <= to; from += 1) {
        const claim = consistencyClaim(from, to)
        const shape = consistencyShape(from, to)
        for (let other = 1; other <= 30; other += 1) {
          expect(verifyConsistency({ ...claim, from: other })).toBe(consistencyShape(other, to) === shape)
          expect(verifyConsistency({ ...claim, to: other })).toBe(consistencyShape(from, other) === shape)
          if (other !== from) expect(verifyConsistency({ ...claim, from: other, fromRoot: roots[other]! })).toBe(false)
          if (other !== to) expect(verifyConsistency({ ...claim, to: other, toRoot: roots[other]! })).toBe(false)
        }
      }
    }
  })

  it('is refused between trees of which one was rewritten (AUD-05)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: most }), fc.nat(), fc.nat(), (to, chosen, changed) => {
        const from = 1 + (chosen % (to - 1))
        const leaves = tree.leaves.slice(0, to).with(changed % from, hashLeaf('another history'))
        const rewritten = createTestTree(leaves)
        const proof = consistencyProof({ from, to, readNode: rewritten.readNode })
        const toRoot = rewritten.root(to)
        expect(verifyConsistency({ from, to, fromRoot: roots[from]!, toRoot, proof })).toBe(false)
      }),
    )
  })

  it('from nothing asks for the root of nothing and an empty path', () => {
    const claim = consistencyClaim(0, 5)
    expect(verifyConsistency(claim)).toBe(true)
    expect(verifyConsistency({ ...claim, fromRoot: roots[1]! })).toBe(false)
    expect(verifyConsistency({ ...claim, proof: [roots[1]!] })).toBe(false)
    expect(verifyConsistency({ ...claim, to: 0, fromRoot: roots[1]!, toRoot: roots[1]! })).toBe(false)
    expect(verifyConsistency({ ...claim, to: 0, toRoot: emptyRoot() })).toBe(true)
  })

  it('is refused, without throwing, when the claim is not even of the right types', () => {
    const claim = consistencyClaim(3, 7)
    const hostile: unknown[] = [
      ...noHashes.flatMap((hash) => [
        { ...claim, fromRoot: hash },
        { ...claim, toRoot: hash },
        { ...claim, proof: [hash] },
      ]),
      ...noPaths.flatMap((proof) => [{ ...claim, proof }]),
      ...noSizes.flatMap((size) => [
        { ...claim, from: size },
        { ...claim, to: size },
      ]),
      { ...claim, from: 3, to: 7, proof: [] },
      { ...claim, from: 8 },
      { ...claim, proof: Array.from({ length: 1e6 }, () => claim.toRoot) },
    ]
    expect(hostile.map((forged) => verifyConsistency(forged as ConsistencyClaim))).toEqual(hostile.map(() => false))
  })
})

describe('confusions of the tree (AUD-06)', () => {
  it('a repeated last leaf gives another root', () => {
    const [a, b, c] = testLeaves(3)
    expect(createTestTree([a!, b!, c!]).root(3)).not.toEqual(createTestTree([a!, b!, c!, c!]).root(4))
  })

  it('a node does not pass for a leaf', () => {
    const [a, b, c, d] = testLeaves(4)
    const [left, right] = [hashNode(a!, b!), hashNode(c!, d!)]
    const root = hashNode(left, right)
    expect(root).toEqual(createTestTree([a!, b!, c!, d!]).root(4))
    // The bytes of the two children, written into the log as if they were an entry.
    const forged = hashLeaf(Buffer.concat([a!, b!]))
    expect(forged).not.toEqual(left)
    expect(verifyInclusion({ leaf: forged, index: 0, size: 2, proof: [right], root })).toBe(false)
    expect(createTestTree([forged, hashLeaf(Buffer.concat([c!, d!]))]).root(2)).not.toEqual(root)
  })
})

it('the streaming fold has the root of the stored tree at every size', () => {
  const fold = createLeafFold()
  const seen = [fold.root(), ...tree.leaves.map((leaf) => (fold.add(leaf), fold.root()))]
  expect(seen).toEqual(roots)
  expect(fold.size()).toBe(most)
})
