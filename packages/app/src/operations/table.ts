import type { AnyOperation } from '@rumi/kernel/operation'
import { queryAudit } from './audit/query.ts'
import { rebuildAudit } from './audit/rebuild.ts'
import { dismissDenial, grantDenial, listDenials, showDenial } from './denials/denials.ts'
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
]

/** The operation of that name. Throws for a name that is not in the table: surfaces are built against it. */
export function getOperation(name: string): AnyOperation<Services> {
  const found = operations.find((operation) => operation.name === name)
  if (!found) throw new Error(`there is no operation "${name}"`)
  return found
}
