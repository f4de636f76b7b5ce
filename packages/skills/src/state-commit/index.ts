export {
  autoCommitSettingsSchema,
  decideAutoCommit,
  type AutoCommitDecision,
  type AutoCommitSettings,
  type AutoCommitTrigger,
} from './auto-commit.ts'
export { commitIdOf, stateCommitSchema, type StateCommit } from './commit-record.ts'
export { diffStates, type StateChange } from './diff.ts'
export { folderObjectDomain, type StateFault } from './folder-object.ts'
export { hashFiles, type FileHashes, type HashedFiles, type HashSource } from './hash-files.ts'
export { compareTexts, isPathName, splitPath, stateLimits, type StateLayer } from './path.ts'
export { pendingChangeSchema, type PendingChange } from './pending-change.ts'
export { planRestore, type RestoreStep } from './restore.ts'
export { buildState, readState, type BuiltState, type ReadObject, type StateFile } from './state-tree.ts'
export { stateSummarySchema, summarizeState, type StateSummary } from './summary.ts'
