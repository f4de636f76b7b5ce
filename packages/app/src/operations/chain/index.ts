import type { AnyOperation } from '@rumi/kernel/operation'
import { chainHistory, chainStatus, exportChain, importChain, recordChain, verifyChainRecord } from './chain.ts'
import type { Services } from '../services.ts'

/** The operations whose names begin with `chain.` */
export const operations: readonly AnyOperation<Services>[] = [
  chainStatus,
  verifyChainRecord,
  chainHistory,
  recordChain,
  importChain,
  exportChain,
]
