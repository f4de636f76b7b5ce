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
