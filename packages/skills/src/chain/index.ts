export { chainHead, genesisBlock, type ChainBlock, type ChainHead } from './block.ts'
export { type MerkleStep } from './merkle.ts'
export type { ChainFault, ChainFaultCode } from './fault.ts'
export { findHeadFault, verifyChain } from './verify-chain.ts'
export { chainLimits, readChainText, readChainValues, type ChainReading } from './read-chain.ts'
export { appendBlocks, type ChainItem } from './append-blocks.ts'
export { printChain, printChainParts } from './print-chain.ts'
export { describeBlock, type BlockDescription, type ChainRecord, type ChainRecordKind } from './describe-block.ts'
export {
  chainRecordMembers,
  projectEntry,
  type ChainEntryKind,
  type ChainRecordForm,
  type RecordedEntry,
} from './project-entry.ts'
