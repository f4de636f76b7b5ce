import type { AnyOperation } from '@rumi/kernel/operation'
import { listFlows } from './flows/list.ts'
import { runFlow } from './flows/run.ts'
import { ledgerEntries, ledgerExport, ledgerHead, ledgerProve, ledgerVerify } from './ledger/ledger.ts'
import { approvePack, rejectPack, removePack } from './packs/approve.ts'
import { listPacks, listPendingPacks } from './packs/list.ts'
import { scanPacks } from './packs/scan.ts'
import { packStatus, showPack } from './packs/show.ts'
import { cancelRun, listRuns, showRun } from './runs/runs.ts'
import type { Services } from './services.ts'
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
  ledgerHead,
  ledgerEntries,
  ledgerVerify,
  ledgerExport,
  ledgerProve,
]

/** The operation of that name. Throws for a name that is not in the table: surfaces are built against it. */
export function getOperation(name: string): AnyOperation<Services> {
  const found = operations.find((operation) => operation.name === name)
  if (!found) throw new Error(`there is no operation "${name}"`)
  return found
}
