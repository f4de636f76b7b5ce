export { presentReport } from './ledger/ledger.ts'
export type { LedgerService, Services } from './services.ts'
export { getOperation, operations } from './table.ts'
