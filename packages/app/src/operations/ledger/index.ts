import type { AnyOperation } from '@rumi/kernel/operation'
import { ledgerEntries, ledgerExport, ledgerHead, ledgerProve, ledgerVerify } from './ledger.ts'
import type { Services } from '../services.ts'

export { presentReport } from './ledger.ts'

/** The operations whose names begin with `ledger.` */
export const operations: readonly AnyOperation<Services>[] = [
  ledgerHead,
  ledgerEntries,
  ledgerVerify,
  ledgerExport,
  ledgerProve,
]
