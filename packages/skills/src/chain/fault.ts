/**
 * What is wrong with a chain. About the whole: `empty` (no block), `unopenable` (it cannot be read, or is a link, a
 * folder, a device), `changed` (while it was read), `too_large`, `encoding` (not UTF-8), `syntax` (no JSON array, or no
 * table of blocks). About a block: `shape` (other members, or a text that is none), `index`, `timestamp`, `genesis` (the
 * first block is not the one every chain has), `link` (it does not name the block before), `merkle_root`, `hash` (stored
 * and recomputed differ). About the end: `head` (behind the recorded head, or not the block that was recorded).
 */
export type ChainFaultCode =
  | 'chain.empty'
  | 'chain.unopenable'
  | 'chain.changed'
  | 'chain.too_large'
  | 'chain.encoding'
  | 'chain.syntax'
  | 'chain.shape'
  | 'chain.index'
  | 'chain.timestamp'
  | 'chain.genesis'
  | 'chain.link'
  | 'chain.merkle_root'
  | 'chain.hash'
  | 'chain.head'

/** One thing that is wrong with a chain. */
export interface ChainFault {
  /** Position of the block, from 0; undefined when the fault is about the whole. */
  readonly index: number | undefined
  readonly code: ChainFaultCode
  readonly message: string
}
