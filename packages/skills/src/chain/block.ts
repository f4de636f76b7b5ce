import { sha256Hex } from '@rumi/kernel/base'

/** One block of the older system's chain, with its members in the order of the file. */
export interface ChainBlock {
  /** Position in the chain, from 0. */
  readonly index: number
  /** See `isChainTimestamp`. */
  readonly timestamp: string
  /** What is recorded: texts, most of them JSON objects. */
  readonly data: readonly string[]
  /** The hash of the block before; 64 zeros in the first. */
  readonly previous_hash: string
  /** `merkleRoot(data)`; 64 zeros in the first block. */
  readonly merkle_root: string
  /** `hashBlock` of the other members. */
  readonly hash: string
}

/** The length of a chain and its last hash, kept outside of the file: only this shows that the end was cut or changed. */
export interface ChainHead {
  /** Number of blocks, the first included; at least 1. */
  readonly length: number
  readonly hash: string
}

/** The SHA-256 that names a block: over number, time, previous hash, root and the texts as JSON, without separators. */
export function hashBlock(block: Omit<ChainBlock, 'hash'>): string {
  const { index, timestamp, data, previous_hash, merkle_root } = block
  return sha256Hex(`${index}${timestamp}${previous_hash}${merkle_root}${JSON.stringify(data)}`)
}

/** The first block, the same in every chain. Its root is zeros, not the root over its text. */
export function genesisBlock(): ChainBlock {
  return {
    index: 0,
    timestamp: '1970-01-01T00:00:00.000000Z',
    data: ['Genesis Block'],
    previous_hash: ZEROS,
    merkle_root: ZEROS,
    hash: '19bcc95a7b5946ca2c1029728cb623975c2807690f8fd354ca6799878c4b7efd',
  }
}

/** What to keep of a chain, to find later that it lost or changed its end; undefined when there is no block. */
export function chainHead(blocks: readonly ChainBlock[]): ChainHead | undefined {
  const last = blocks.at(-1)
  return last && { length: blocks.length, hash: last.hash }
}

const ZEROS = '0'.repeat(64)
