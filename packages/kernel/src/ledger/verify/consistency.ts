import { emptyRoot, hashNode, isTreeSize } from '../merkle.ts'
import { isHash, isHashPath, sameHash } from './hash.ts'

/**
 * "The tree of `from` leaves is the beginning of the tree of `to` leaves." Take each size and its root from one
 * verified checkpoint; a proof alone does not fix the sizes.
 */
export interface ConsistencyClaim {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Whether the proof leads to both roots. Never throws, whatever a stranger sent. (RFC 9162 §2.1.4.2)
 * Every tree begins with the empty one and with itself: there the proof has to be empty and the roots right.
 *
 * @public
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isTreeSize(from) || !isTreeSize(to) || from > to) return false
  if (!isHash(fromRoot) || !isHash(toRoot) || !isHashPath(proof)) return false
  if (from === to) return proof.length === 0 && sameHash(fromRoot, toRoot) && (from > 0 || isEmptyRoot(fromRoot))
  if (from === 0) return proof.length === 0 && isEmptyRoot(fromRoot)
  return leadsToBoth({ from, to, fromRoot, toRoot, proof })
}

function leadsToBoth({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  let node = from - 1
  let last = to - 1
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  // At 0 the smaller tree is complete, and its own root begins the path.
  const [first, ...siblings] = node === 0 ? [fromRoot, ...proof] : proof
  if (first === undefined) return false
  let smaller = first
  let larger = first
  for (const sibling of siblings) {
    if (last === 0) return false // longer than the tree is high
    if (node % 2 === 1 || node === last) {
      smaller = hashNode(sibling, smaller)
      larger = hashNode(sibling, larger)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      larger = hashNode(larger, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(smaller, fromRoot) && sameHash(larger, toRoot)
}

function isEmptyRoot(root: Uint8Array): boolean {
  return sameHash(root, emptyRoot())
}
