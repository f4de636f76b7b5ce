import type { AnyOperation } from '@rumi/kernel/operation'
import { checkNetwork, grantNetwork, listNetworkGrants, revokeNetwork } from './network.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `network.` */
export const operations: readonly AnyOperation<Services>[] = [
  listNetworkGrants,
  grantNetwork,
  revokeNetwork,
  checkNetwork,
]
