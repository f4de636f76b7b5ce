export type { Blobs } from './blobs.ts'
export type { Documents, Kept } from './documents.ts'
export {
  runRecordSchema,
  runStatusSchema,
  stepRecordSchema,
  type RunError,
  type RunRecord,
  type RunStatus,
  type StepRecord,
} from './run-record.ts'
export type { LedgerRecords, PackRecords, RunRecords, StateReader, StateStore, StateWriter } from './store.ts'
export type { StoreEntries, StorePage, StoreUsage } from './store-entries.ts'
