import type { AnyOperation } from '@rumi/kernel/operation'
import { approveShare, createStore, deleteStore, listShares, listStores, revokeShare } from './stores.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `stores.` */
export const operations: readonly AnyOperation<Services>[] = [
  listStores,
  createStore,
  deleteStore,
  listShares,
  approveShare,
  revokeShare,
]
