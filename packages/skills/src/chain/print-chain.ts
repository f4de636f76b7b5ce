import type { ChainBlock } from './block.ts'

/**
 * The text of a chain's file as the older system writes it: a JSON array indented by two spaces, characters beyond ASCII
 * as they are, no line end behind it. Throws RangeError when it exceeds what a string holds (some 500 million
 * characters); `printChainParts` has no such bound.
 */
export function printChain(blocks: readonly ChainBlock[]): string {
  return [...printChainParts(blocks)].join('')
}

/** The same text in pieces, one for each block. */
export function* printChainParts(blocks: Iterable<ChainBlock>): Generator<string, undefined, undefined> {
  let before = '[\n  '
  for (const block of blocks) {
    yield before + printBlock(block)
    before = ',\n  '
  }
  yield before.startsWith('[') ? '[]' : '\n]'
}

/** Member by member: the order is that of the file, whatever the order in the object is. */
function printBlock({ index, timestamp, data, previous_hash, merkle_root, hash }: ChainBlock): string {
  const block = { index, timestamp, data, previous_hash, merkle_root, hash }
  // A text cannot break the indentation: JSON writes a line end inside of it as \n.
  return JSON.stringify(block, undefined, 2).replaceAll('\n', '\n  ')
}
