export { findAllowed, grantConfigSchema, type GrantConfig } from './config.ts'
export {
  decideGrant,
  decideLevel,
  type GrantDecision,
  type GrantDenial,
  type GrantDenialReason,
  type GrantQuestion,
  type GrantReading,
  type GrantState,
  type LevelDecision,
} from './decide.ts'
export {
  grantRequestSchema,
  issueGrant,
  nextEpoch,
  parseGrantBatch,
  spendUses,
  type BatchItem,
  type GrantIssueRefusal,
  type GrantRequest,
} from './issue.ts'
export { deriveGrantKey, type GrantKey } from './key.ts'
export { parseLineage, type LineageRefusal } from './lineage.ts'
export { permissionIdSchema, type PermissionId } from './permission-id.ts'
export {
  checkSignature,
  formatGrantId,
  grantCollection,
  isSameGrant,
  signGrant,
  type GrantRecord,
  type GrantStatement,
  type SignatureCheck,
} from './record.ts'
export { coversNeeds, findEndedLevels, suggestGrants } from './suggest.ts'
