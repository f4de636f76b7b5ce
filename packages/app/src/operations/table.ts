import type { AnyOperation } from '@rumi/kernel/operation'
import { chainHistory, chainStatus, exportChain, importChain, recordChain, verifyChainRecord } from './chain/chain.ts'
import { queryAudit } from './audit/query.ts'
import { rebuildAudit } from './audit/rebuild.ts'
import { dismissDenial, grantDenial, listDenials, showDenial } from './denials/denials.ts'
import { deleteContext, endSession, listContexts, saveContext, showContext } from './context/context.ts'
import { formalizationHistory, recordFormalization } from './formalization/formalization.ts'
import { listFlows } from './flows/list.ts'
import { runFlow } from './flows/run.ts'
import { grantBatch, grantPermission, listGrants, revokePermission, rotateGrantKeys } from './grants/grants.ts'
import {
  approveCandidate,
  listBlocked,
  listCandidates,
  rejectCandidate,
  removeHandler,
  scanCandidates,
  unblockCandidate,
} from './handlers/handlers.ts'
import { showInstructions, updateInstructions } from './instructions/instructions.ts'
import { initKairos, upgradeKairos } from './kairos/kairos.ts'
import {
  archiveKnowledge,
  createKnowledge,
  deleteKnowledge,
  exportKnowledge,
  importKnowledge,
  listKnowledge,
  showKnowledge,
  unarchiveKnowledge,
  updateKnowledge,
} from './knowledge/knowledge.ts'
import { ledgerEntries, ledgerExport, ledgerHead, ledgerProve, ledgerVerify } from './ledger/ledger.ts'
import { checkNetwork, grantNetwork, listNetworkGrants, revokeNetwork } from './network/network.ts'
import { approvePack, rejectPack, removePack } from './packs/approve.ts'
import { listPacks, listPendingPacks } from './packs/list.ts'
import { scanPacks } from './packs/scan.ts'
import { packStatus, showPack } from './packs/show.ts'
import { listRoutes, reloadRoutes } from './routes/list.ts'
import { cancelRun, listRuns, showRun } from './runs/runs.ts'
import { deleteSecret, listSecrets, rotateSecrets, setSecret } from './secrets/secrets.ts'
import { listSchedules } from './schedules/list.ts'
import { listResources, readResource } from './resources/read.ts'
import { assembleSkills } from './skills/assemble.ts'
import { auditSkills } from './skills/audit.ts'
import { decompileSkill, driftSkill, verifyDefinition } from './skills/definition.ts'
import {
  applyProposal,
  approveProposal,
  listProposals,
  proposeSkill,
  rejectProposal,
  resetSession,
  rollbackSkill,
  showProposal,
} from './skills/evolve.ts'
import { promoteSkill } from './skills/promote.ts'
import { runBehavior } from './skills/run.ts'
import { searchKnowledge, searchSkills } from './skills/search.ts'
import { diffSkill, listSkills, parseSkill, showSkill } from './skills/read.ts'
import { commitState, diffState, restoreState, stateHistory, stateStatus } from './state/state.ts'
import type { Services } from './services.ts'
import { approveShare, createStore, deleteStore, listShares, listStores, revokeShare } from './stores/stores.ts'
import { doctor, health } from './system/system.ts'

/** Everything the system can be asked. Surfaces are projections of this list. */
export const operations: readonly AnyOperation<Services>[] = [
  health,
  doctor,
  listPacks,
  listPendingPacks,
  scanPacks,
  showPack,
  packStatus,
  approvePack,
  rejectPack,
  removePack,
  listFlows,
  runFlow,
  listRuns,
  showRun,
  cancelRun,
  listRoutes,
  reloadRoutes,
  listSchedules,
  listNetworkGrants,
  grantNetwork,
  revokeNetwork,
  checkNetwork,
  listGrants,
  grantPermission,
  revokePermission,
  grantBatch,
  rotateGrantKeys,
  scanCandidates,
  listCandidates,
  approveCandidate,
  rejectCandidate,
  listBlocked,
  unblockCandidate,
  removeHandler,
  listDenials,
  showDenial,
  grantDenial,
  dismissDenial,
  listStores,
  createStore,
  deleteStore,
  listShares,
  approveShare,
  revokeShare,
  listSecrets,
  setSecret,
  deleteSecret,
  rotateSecrets,
  ledgerHead,
  ledgerEntries,
  ledgerVerify,
  ledgerExport,
  ledgerProve,
  queryAudit,
  rebuildAudit,
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
  listResources,
  readResource,
  runBehavior,
  listKnowledge,
  showKnowledge,
  createKnowledge,
  updateKnowledge,
  deleteKnowledge,
  archiveKnowledge,
  unarchiveKnowledge,
  searchKnowledge,
  importKnowledge,
  exportKnowledge,
  listContexts,
  showContext,
  saveContext,
  deleteContext,
  endSession,
  showInstructions,
  updateInstructions,
  initKairos,
  upgradeKairos,
  chainStatus,
  verifyChainRecord,
  chainHistory,
  recordChain,
  importChain,
  exportChain,
  commitState,
  stateStatus,
  stateHistory,
  diffState,
  restoreState,
  recordFormalization,
  formalizationHistory,
]

/** The operation of that name. Throws for a name that is not in the table: surfaces are built against it. */
export function getOperation(name: string): AnyOperation<Services> {
  const found = operations.find((operation) => operation.name === name)
  if (!found) throw new Error(`there is no operation "${name}"`)
  return found
}
