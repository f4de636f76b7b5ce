import type { JsonValue } from '../base/index.ts'
import type { RunRecord, StepRecord } from '../state/index.ts'

/** Largest value the journal keeps whole, in characters of JSON. A larger one is replaced by a note on its size. */
export const maxJournalCharacters = 256 * 1024

/** Largest text of a block's log in the journal, in characters. */
export const maxJournalLog = 64 * 1024

/** The run as the journal keeps it. */
export function boundRun(run: RunRecord): RunRecord {
  return {
    ...run,
    inputs: boundValue(run.inputs),
    ...(run.result === undefined ? {} : { result: boundValue(run.result) }),
  }
}

/** The step as the journal keeps it. */
export function boundStep(step: StepRecord): StepRecord {
  return {
    ...step,
    ...(step.input === undefined ? {} : { input: boundValue(step.input) }),
    ...(step.output === undefined ? {} : { output: boundValue(step.output) }),
    ...(step.log === undefined ? {} : { log: boundLog(step.log) }),
  }
}

function boundValue(value: JsonValue): JsonValue {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  const length = typeof value === 'string' ? value.length : JSON.stringify(value).length
  return length <= maxJournalCharacters ? value : { _truncated: true, characters: length }
}

function boundLog(log: string): string {
  return log.length <= maxJournalLog ? log : `${log.slice(0, maxJournalLog)}\n… (${log.length} characters)`
}
