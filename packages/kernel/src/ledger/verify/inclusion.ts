import { hashNode, isTreeSize } from '../merkle.ts'
import { isHash, isHashPath, sameHash } from './hash.ts'

/**
 * "This leaf is at this place of the tree with this root." Take `size` and `root` from one verified checkpoint: a
 * proof alone does not fix the size, because for some leaves trees of two sizes have paths of the same shape.
 */
export interface InclusionClaim {
  /** Hash of the leaf, 32 bytes. */
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  /** Siblings, lowest first. */
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/**
 * Whether the proof leads from the leaf to the root. Never throws, whatever a stranger sent. (RFC 9162 §2.1.3.2)
 *
 * @public
 */
export function verifyInclusion({ leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size) return false
  if (!isHash(leaf) || !isHash(root) || !isHashPath(proof)) return false
  let node = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return false // longer than the tree is high
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash)
      // The last node of a level may have no sibling there: climb to where it has one.
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = hashNode(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(hash, root)
}
