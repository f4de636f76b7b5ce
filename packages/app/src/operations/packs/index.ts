import type { AnyOperation } from '@rumi/kernel/operation'
import { approvePack, rejectPack, removePack } from './approve.ts'
import { listPacks, listPendingPacks } from './list.ts'
import { scanPacks } from './scan.ts'
import { packStatus, showPack } from './show.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `packs.` */
export const operations: readonly AnyOperation<Services>[] = [
  listPacks,
  listPendingPacks,
  scanPacks,
  showPack,
  packStatus,
  approvePack,
  rejectPack,
  removePack,
]
