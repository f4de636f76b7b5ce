export {
  decideRun,
  packState,
  type PackSituation,
  type PackState,
  type RunDecision,
  type RunRefusal,
  type RunSituation,
} from './catalog.ts'
export { checkPath, checkTree, maxTreeDiagnostics, treeDiagnostic, treeLimits } from './check-tree.ts'
export {
  decideApprove,
  decideReject,
  decideRemove,
  decideScan,
  type Approval,
  type ApprovalRefusal,
  type Rejection,
  type Removal,
  type Scan,
  type ScanRefusal,
  type UnknownPackRefusal,
} from './decide.ts'
export { type EntryNameRefusal } from './entry-name.ts'
export {
  comparePaths,
  diffTrees,
  fileTreeSchema,
  treeHash,
  type FileTree,
  type TreeDiff,
  type TreeEntry,
} from './file-tree.ts'
export { parsePermissions, permissionsFileName, type PermissionWish } from './permissions.ts'
export { manifestFileName, manifestLimits, parseManifest, type ManifestSource, type PackManifest } from './manifest.ts'
export { checkPackId, isReservedPackId, type PackIdRefusal } from './pack-id.ts'
export { findSubdir, isSkippedDirectory, listSubdirCandidates } from './pack-root.ts'
export type { FolderReading, FoundPack, PackDiscovery, PackFolder, StoredTree, TreeStore } from './ports.ts'
export {
  listKeptTrees,
  packRecordSchema,
  type ApprovedPackRecord,
  type PackHistoryEntry,
  type PackRecord,
} from './record.ts'
