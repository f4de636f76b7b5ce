export { signCheckpoint, verifyCheckpoint, type Checkpoint, type CheckpointProblem } from './checkpoint.ts'
export { encodeEntry, ledgerEntrySchema, sealEntry, type LedgerEntry, type NewLedgerEntry } from './entry.ts'
export {
  formatExport,
  formatExportHeader,
  formatExportLeaves,
  formatExportTrailer,
  EXPORT_BLOCK,
  type ExportHeader,
} from './export.ts'
export {
  appendLeaf,
  consistencyProof,
  hashLeaf,
  inclusionProof,
  treeRoot,
  type ReadNode,
  type StoredTree,
  type TreeNode,
} from './merkle.ts'
export { createLedgerSigner, generateLedgerKey, type LedgerSigner } from './signer.ts'
export { formatVerifierKey, parseVerifierKey, type VerifierKey, type VerifierKeyProblem } from './verifier-key.ts'
export { verifyConsistency, type ConsistencyClaim } from './verify/consistency.ts'
export { createExportVerifier, type ExportVerifier } from './verify/export-verifier.ts'
export { verifyInclusion, type InclusionClaim } from './verify/inclusion.ts'
export type { EntryFault, FirstBad, LedgerProblem, LedgerProblemKind, LedgerReport } from './verify/report.ts'
