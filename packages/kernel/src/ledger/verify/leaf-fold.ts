import { emptyRoot, hashNode } from '../merkle.ts'

/** A tree that only grows, of which only the tops of its complete subtrees are kept: one hash per bit of the size. */
export interface LeafFold {
  size(): number
  add(leaf: Uint8Array): void
  root(): Uint8Array
}

/**
 * An empty fold. It is written apart from the tree that the ledger stores, so that a mistake there is noticed here.
 * (RFC 9162 §2.1.2)
 */
export function createLeafFold(): LeafFold {
  /** Widest and first subtree first. */
  const tops: { readonly width: number; readonly hash: Uint8Array }[] = []
  let size = 0
  return {
    size: () => size,
    add(leaf) {
      size += 1
      let top = { width: 1, hash: leaf }
      for (let before = tops.at(-1); before?.width === top.width; before = tops.at(-1)) {
        tops.pop()
        top = { width: top.width * 2, hash: hashNode(before.hash, top.hash) }
      }
      tops.push(top)
    },
    root: () => tops.map(({ hash }) => hash).reduceRight(joinLeft, undefined) ?? emptyRoot(),
  }
}

function joinLeft(right: Uint8Array | undefined, left: Uint8Array): Uint8Array {
  return right === undefined ? left : hashNode(left, right)
}
