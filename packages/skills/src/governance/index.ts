export {
  checkChange,
  expiryOf,
  passesChecks,
  type ChangeSituation,
  type Check,
  type SkillTransition,
} from './checks.ts'
export { decideApplication, decideApproval, decideRejection, standingOf, type ProposalStanding } from './decide.ts'
export { canEvolve } from './evolve-rules.ts'
export { readPolicy, type Policy, type RecordMode } from './policy.ts'
export {
  hashChanges,
  hashRemoval,
  lawCollection,
  lawId,
  proposalCollection,
  sessionCollection,
  sessionId,
  versionCollection,
  type LawRecord,
  type PlannedFile,
  type ProposalRecord,
  type SessionRecord,
  type VersionRecord,
  type Wish,
} from './records.ts'
