import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { RunId } from '@rumi/kernel/base'
import { runRecordSchema, stepRecordSchema, type RunRecord, type RunRecords, type StepRecord } from '@rumi/kernel/state'

/** Runs and their steps. */
export class RunTable implements RunRecords {
  readonly #select: StatementSync
  readonly #selectNewest: StatementSync
  readonly #selectOpen: StatementSync
  readonly #selectSteps: StatementSync
  readonly #upsert: StatementSync
  readonly #upsertStep: StatementSync

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT record FROM run WHERE run_id = ?')
    this.#selectNewest = database.prepare('SELECT record FROM run ORDER BY run_id DESC LIMIT ?')
    this.#selectOpen = database.prepare('SELECT record FROM run WHERE open = 1 ORDER BY run_id')
    this.#selectSteps = database.prepare('SELECT record FROM run_step WHERE run_id = ? ORDER BY seq')
    this.#upsert = database.prepare(
      'INSERT INTO run (run_id, open, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET open = excluded.open, record = excluded.record',
    )
    this.#upsertStep = database.prepare(
      'INSERT INTO run_step (run_id, seq, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
    )
  }

  find(runId: RunId): RunRecord | undefined {
    const row = this.#select.get(runId)
    return row === undefined ? undefined : readRun(row)
  }

  list(limit: number): readonly RunRecord[] {
    return this.#selectNewest.all(limit).map(readRun)
  }

  listOpen(): readonly RunRecord[] {
    return this.#selectOpen.all().map(readRun)
  }

  steps(runId: RunId): readonly StepRecord[] {
    return this.#selectSteps.all(runId).map((row) => stepRecordSchema.parse(JSON.parse(String(row['record']))))
  }

  put(record: RunRecord): void {
    this.#upsert.run(record.runId, record.status === 'running' ? 1 : 0, JSON.stringify(record))
  }

  putStep(runId: RunId, record: StepRecord): void {
    this.#upsertStep.run(runId, record.seq, JSON.stringify(record))
  }
}

function readRun(row: Record<string, unknown>): RunRecord {
  return runRecordSchema.parse(JSON.parse(String(row['record'])))
}
