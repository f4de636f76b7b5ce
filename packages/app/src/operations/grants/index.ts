import type { AnyOperation } from '@rumi/kernel/operation'
import { grantBatch, grantPermission, listGrants, revokePermission, rotateGrantKeys } from './grants.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `grants.` */
export const operations: readonly AnyOperation<Services>[] = [
  listGrants,
  grantPermission,
  revokePermission,
  grantBatch,
  rotateGrantKeys,
]
