import { genesisBlock, hashBlock, type ChainBlock, type ChainHead } from './block.ts'
import type { ChainFault, ChainFaultCode } from './fault.ts'
import { merkleRoot } from './merkle.ts'
import { isChainTimestamp } from './timestamp.ts'

/**
 * Everything that is wrong with a chain, at most 100 faults in order of the blocks; none means that every block is whole
 * and follows the one before.
 *
 * The older system recomputes the hash that a file stores and never looks at the stored one; here both must agree, so
 * that a change of the last block is found. A chain that was cut, or whose end was replaced by other well-made blocks,
 * is whole in itself: that shows only against a head recorded elsewhere.
 *
 * @param expectedHead - What `chainHead` said before; the chain may have grown since.
 */
export function verifyChain(blocks: readonly ChainBlock[], expectedHead?: ChainHead): readonly ChainFault[] {
  const faults: ChainFault[] = []
  let previousHash: string | undefined
  for (const [position, block] of blocks.entries()) {
    if (faults.length >= MAX_FAULTS) break
    const checked = checkBlock(block, position, previousHash)
    faults.push(...checked.faults)
    previousHash = checked.hash
  }
  if (blocks.length === 0) faults.push({ index: undefined, code: 'chain.empty', message: 'there is no block' })
  const headFault = expectedHead && findHeadFault(blocks, expectedHead)
  return headFault === undefined ? faults.slice(0, MAX_FAULTS) : [...faults.slice(0, MAX_FAULTS - 1), headFault]
}

/** Most faults that are listed: a file of rubbish has one per value. */
export const MAX_FAULTS = 100

/**
 * Checks a block at a position.
 *
 * @param previousHash - The hash of the block before as recomputed from it: a stored one that was adapted to what
 *   follows must not hide a changed block. Undefined when there is none; then the link is not looked at.
 * @returns What is wrong, and the recomputed hash of this block.
 */
export function checkBlock(
  block: ChainBlock,
  position: number,
  previousHash: string | undefined,
): { readonly hash: string; readonly faults: readonly ChainFault[] } {
  const hash = hashBlock(block)
  const faults: ChainFault[] = []
  const report = (code: ChainFaultCode, message: string) => faults.push({ index: position, code, message })
  if (block.index !== position) report('chain.index', `the block calls itself ${block.index}`)
  if (!isChainTimestamp(block.timestamp)) report('chain.timestamp', 'not a time in UTC with six digits of a second')
  if (position === 0) {
    const expected = genesisBlock().hash
    if (hash !== expected || block.hash !== expected) report('chain.genesis', 'not the first block of every chain')
    return { hash, faults }
  }
  if (previousHash !== undefined && block.previous_hash !== previousHash) {
    report('chain.link', 'does not follow the block before')
  }
  if (block.merkle_root !== merkleRoot(block.data)) report('chain.merkle_root', 'the root is not that of the data')
  if (block.hash !== hash) report('chain.hash', 'the stored hash is not that of the block')
  return { hash, faults }
}

/** How a chain falls short of a head that was recorded; undefined when it holds it. */
export function findHeadFault(blocks: readonly ChainBlock[], head: ChainHead): ChainFault | undefined {
  if (!Number.isSafeInteger(head.length) || head.length < 1) return headFault(undefined, 'the recorded head is no head')
  const block = blocks[head.length - 1]
  if (block === undefined) {
    return headFault(undefined, `behind the recorded head: ${blocks.length} of ${head.length} blocks`)
  }
  if (block.hash === head.hash) return undefined
  return headFault(head.length - 1, 'not the block of the recorded head')
}

function headFault(index: number | undefined, message: string): ChainFault {
  return { index, code: 'chain.head', message }
}
