import { sha256Hex } from '@rumi/kernel/base'

/** One sibling on the way from a text to the root, and on which side of the way it stands. */
export interface MerkleStep {
  readonly position: 'left' | 'right'
  /** 64 lower-case hex digits. */
  readonly data: string
}

/**
 * The root over the texts of a block: a leaf is the SHA-256 of its text, a node that of its two children's hex digits
 * one after the other, and a node without a sibling is its own. One text is its own root; no text gives ''.
 *
 * Two lists can have one root (`[a,b,c]` and `[a,b,c,c]`), so the root alone fixes no list; a block's hash does, since
 * it covers the texts as well.
 */
export function merkleRoot(items: readonly string[]): string {
  let level = items.map((item) => sha256Hex(item))
  while (level.length > 1) level = parentsOf(level)
  return level[0] ?? ''
}

/** The way from the first such text to the root, lowest sibling first; undefined when the text is not there. */
export function merkleProof(items: readonly string[], item: string): readonly MerkleStep[] | undefined {
  let index = items.indexOf(item)
  if (index === -1) return undefined
  const steps: MerkleStep[] = []
  for (let level = items.map((each) => sha256Hex(each)); level.length > 1; level = parentsOf(level)) {
    const isRight = index % 2 === 1
    const own = level[index] ?? ''
    steps.push({ position: isRight ? 'left' : 'right', data: level[isRight ? index - 1 : index + 1] ?? own })
    index = Math.floor(index / 2)
  }
  return steps
}

/**
 * Whether the way leads from the text to the root.
 *
 * A text of 128 lower-case hex digits is refused whatever the way says: leaves and nodes are hashed alike, so it may be
 * the two children of a node, which nobody ever recorded.
 */
export function verifyMerkleProof(item: string, steps: readonly MerkleStep[], root: string): boolean {
  if (NODE.test(item)) return false
  let hash = sha256Hex(item)
  for (const { position, data } of steps) {
    // A sibling of another length would let a recorded text that only contains a hash pass for a node.
    if (!HASH.test(data)) return false
    hash = sha256Hex(position === 'left' ? data + hash : hash + data)
  }
  return hash === root
}

const HASH = /^[0-9a-f]{64}$/
const NODE = /^[0-9a-f]{128}$/

function parentsOf(level: readonly string[]): string[] {
  const parents: string[] = []
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] ?? ''
    parents.push(sha256Hex(left + (level[index + 1] ?? left)))
  }
  return parents
}
