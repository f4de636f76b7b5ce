export { decompileDefinition } from './decompile/decompile.ts'
export { detectDrift, type DriftItem, type DriftReport } from './drift/detect.ts'
export type { OperationRegistry } from './operations.ts'
export {
  toLegacyReport,
  type LegacyReport,
  type NodeResult,
  type NodeStatus,
  type VerificationReport,
  type VerificationSummary,
} from './report.ts'
export { verifySkill, type VerificationBindings } from './verify.ts'
