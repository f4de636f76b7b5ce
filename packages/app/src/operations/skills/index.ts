import type { AnyOperation } from '@rumi/kernel/operation'
import { assembleSkills } from './assemble.ts'
import { auditSkills } from './audit.ts'
import { decompileSkill, driftSkill, verifyDefinition } from './definition.ts'
import {
  applyProposal,
  approveProposal,
  listProposals,
  proposeSkill,
  rejectProposal,
  resetSession,
  rollbackSkill,
  showProposal,
} from './evolve.ts'
import { promoteSkill } from './promote.ts'
import { diffSkill, listSkills, parseSkill, showSkill } from './read.ts'
import { runBehavior } from './run.ts'
import { searchSkills } from './search.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `skills.` */
export const operations: readonly AnyOperation<Services>[] = [
  listSkills,
  showSkill,
  parseSkill,
  diffSkill,
  verifyDefinition,
  decompileSkill,
  driftSkill,
  proposeSkill,
  listProposals,
  showProposal,
  approveProposal,
  rejectProposal,
  applyProposal,
  rollbackSkill,
  resetSession,
  promoteSkill,
  searchSkills,
  auditSkills,
  assembleSkills,
  runBehavior,
]
