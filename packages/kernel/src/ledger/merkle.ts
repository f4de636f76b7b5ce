import { hash } from 'node:crypto'

/**
 * Reads the hash of a complete subtree of 2^level leaves, the `index`-th of its level; level 0 holds the leaves.
 * It is asked only for nodes that `appendLeaf` returned before, and throws when one is missing.
 */
export type ReadNode = (level: number, index: number) => Uint8Array

/** A complete subtree: the only kind of node that is stored, because it never changes again. */
export interface TreeNode {
  /** 0 for a leaf; the subtree has 2^level leaves. */
  readonly level: number
  /** Position within the level, from 0. */
  readonly index: number
  /** 32 bytes. */
  readonly hash: Uint8Array
}

/** A tree as it is stored: how many leaves, and where its nodes are. */
export interface StoredTree {
  /** 0 to 2^53 - 1. */
  readonly size: number
  readonly readNode: ReadNode
}

const LEAF_PREFIX = Buffer.of(0)

/** SHA-256(0x00 || data). A text counts as its UTF-8 form. (RFC 9162 §2.1.1) */
export function hashLeaf(data: Uint8Array | string): Uint8Array {
  return hash('sha256', typeof data === 'string' ? `\u0000${data}` : Buffer.concat([LEAF_PREFIX, data]), 'buffer')
}

/** SHA-256(0x01 || left || right): the prefix keeps a node from passing for a leaf. (RFC 9162 §2.1.1) */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return hash('sha256', bytes, 'buffer')
}

/** The root of a tree without leaves: SHA-256 of nothing. (RFC 9162 §2.1.1) */
export function emptyRoot(): Uint8Array {
  return hash('sha256', '', 'buffer')
}

/** Whether a number can be a tree's size or a leaf's index: a whole number from 0 to 2^53 - 1. */
export function isTreeSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/**
 * The nodes that a new leaf completes, from the leaf upward: two on average, at most one for each level.
 * Store all of them; the tree then has `size + 1` leaves.
 *
 * @param leaf - Hash of the leaf, 32 bytes (`hashLeaf`).
 */
export function appendLeaf({ size, leaf, readNode }: StoredTree & { readonly leaf: Uint8Array }): readonly TreeNode[] {
  checkSize(size)
  const nodes: TreeNode[] = [{ level: 0, index: size, hash: leaf }]
  let top = leaf
  // An odd index is a right child: its parent is complete now. (Division, because shifts end at 32 bits.)
  for (let level = 0, index = size; index % 2 === 1; level += 1) {
    top = hashNode(readNode(level, index - 1), top)
    index = (index - 1) / 2
    nodes.push({ level: level + 1, index, hash: top })
  }
  return nodes
}

/** The Merkle tree hash of the first `size` leaves. (RFC 9162 §2.1.1) */
export function treeRoot(size: number, readNode: ReadNode): Uint8Array {
  checkSize(size)
  return rangeRoot({ start: 0, count: size }, readNode)
}

/**
 * The siblings on the way from leaf `index` to the root, lowest first. (RFC 9162 §2.1.3.1)
 * Throws a `RangeError` unless `0 <= index < size`.
 */
export function inclusionProof(tree: StoredTree & { readonly index: number }): readonly Uint8Array[] {
  const { index, size, readNode } = tree
  checkSize(size)
  if (!isTreeSize(index) || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`)
  const path: Uint8Array[] = []
  let range: Range = { start: 0, count: size }
  while (range.count > 1) {
    const [left, right] = splitRange(range)
    const isLeft = index < right.start
    path.push(rangeRoot(isLeft ? right : left, readNode))
    range = isLeft ? left : right
  }
  return path.reverse()
}

/**
 * The hashes that lead both from `from` leaves to their root and from `to` leaves to theirs, so that the smaller tree
 * is seen to be the beginning of the larger. Empty when `from` is 0 or equals `to`. (RFC 9162 §2.1.4.1)
 * Throws a `RangeError` unless `0 <= from <= to`.
 */
export function consistencyProof(sizes: {
  readonly from: number
  readonly to: number
  readonly readNode: ReadNode
}): readonly Uint8Array[] {
  const { from, to, readNode } = sizes
  checkSize(to)
  if (!isTreeSize(from) || from > to) throw new RangeError(`${from} is not a size before ${to}`)
  if (from === 0) return []
  const path: Uint8Array[] = []
  let range: Range = { start: 0, count: to }
  while (range.start + range.count > from) {
    const [left, right] = splitRange(range)
    const isLeft = from <= right.start
    path.push(rangeRoot(isLeft ? right : left, readNode))
    range = isLeft ? left : right
  }
  // A range that begins at leaf 0 is the smaller tree itself, whose root the verifier has.
  if (range.start > 0) path.push(rangeRoot(range, readNode))
  return path.reverse()
}

/** `count` leaves from `start`, which is a multiple of the smallest power of two that holds `count`. */
interface Range {
  readonly start: number
  readonly count: number
}

/** Splits at the largest power of two below the count. (RFC 9162 §2.1.1) */
function splitRange({ start, count }: Range): readonly [Range, Range] {
  let half = 1
  while (half * 2 < count) half *= 2
  return [
    { start, count: half },
    { start: start + half, count: count - half },
  ]
}

/** The root over a range: its complete subtrees, last and smallest first, joined toward the left. */
function rangeRoot({ start, count }: Range, readNode: ReadNode): Uint8Array {
  let root: Uint8Array | undefined
  for (let level = 0, width = 1, left = count; left > 0; level += 1, width *= 2) {
    if (left % (width * 2) === 0) continue // no complete subtree of this width
    const node = readNode(level, (start + left) / width - 1)
    root = root === undefined ? node : hashNode(node, root)
    left -= width
  }
  return root ?? emptyRoot()
}

function checkSize(size: number): void {
  if (!isTreeSize(size)) throw new RangeError('a tree size is a whole number from 0 to 2^53 - 1')
}
