import { genesisBlock, hashBlock, type ChainBlock } from './block.ts'
import { merkleRoot } from './merkle.ts'
import { isChainTimestamp } from './timestamp.ts'

/** What becomes one block. */
export interface ChainItem {
  /** See `isChainTimestamp`. */
  readonly timestamp: string
  /** Well-formed texts. */
  readonly data: readonly string[]
}

/**
 * The chain with one more block for each item; an empty one begins with the first block. The blocks before must have
 * been verified, since only the last hash is looked at.
 *
 * Throws TypeError when a time or text is not what a chain may hold: whoever makes items makes them right.
 */
export function appendBlocks(blocks: readonly ChainBlock[], items: readonly ChainItem[]): readonly ChainBlock[] {
  const chain = blocks.length === 0 ? [genesisBlock()] : [...blocks]
  for (const { timestamp, data } of items) {
    if (!isChainTimestamp(timestamp)) throw new TypeError('a time of a block has six digits of a second and a Z')
    // Half of a surrogate pair would be hashed as one thing and stored as another.
    if (!data.every((text) => text.isWellFormed())) throw new TypeError('a text of a block is not well-formed')
    const body = {
      index: chain.length,
      timestamp,
      data: [...data],
      previous_hash: chain.at(-1)?.hash ?? '',
      merkle_root: merkleRoot(data),
    }
    chain.push({ ...body, hash: hashBlock(body) })
  }
  return chain
}
