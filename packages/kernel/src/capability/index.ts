export {
  answerFailure,
  answerRefusal,
  answerSuccess,
  getDenialType,
  parseCapabilityCall,
  type CapabilityAnswer,
  type CapabilityCall,
  type CapabilityCallProblem,
  type CapabilityErrorType,
  type HandlerErrorType,
} from './answer.ts'
export { findCandidateKey, formatCandidateKey, handlerSlugSchema, type CandidateKey } from './candidate-key.ts'
export {
  candidateCollection,
  decideCandidateApprove,
  decideCandidateReject,
  decideCandidateScan,
  decideCandidateUnblock,
  failCandidate,
  type CandidateApproval,
  type CandidateApprovalRefusal,
  type CandidateOffer,
  type CandidateRecord,
  type CandidateScan,
  type CandidateScanResult,
  type CandidateWish,
  type NotBlockedRefusal,
  type NotWaitingRefusal,
  type ScanSkip,
} from './candidate.ts'
export {
  findEntrypoint,
  handlerManifestFileName,
  parseHandlerManifest,
  type HandlerEntrypoint,
  type HandlerManifest,
  type HandlerManifestReading,
} from './handler-manifest.ts'
export { findGrantKeys, getGrantDefaults, hostPermissionIds } from './permission.ts'
export { decideRate, type RateDecision, type RateLimit, type RateWindow } from './rate-limit.ts'
export {
  decideTrust,
  findTrustList,
  trustCollection,
  type TrustRecord,
  type TrustDecision,
  type TrustDenialReason,
  type TrustList,
} from './trust.ts'
