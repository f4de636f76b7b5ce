import type { JsonValue } from '../base/index.ts'
import { measureJson } from '../flow/index.ts'
import type { RunRecord, StepRecord } from '../state/index.ts'

/** Largest value the journal keeps whole, in characters of JSON (about). A larger one is replaced by a note. */
export const maxJournalCharacters = 256 * 1024

/** Largest text of a block's log in the journal, in characters. */
export const maxJournalLog = 64 * 1024

/** What all values and logs of one run may take in the journal. Ten thousand steps of a large value would fill a disk. */
export const maxRunJournal = 32 * 1024 * 1024

/** What is left for a run. Whoever keeps the run's records shares one among them. */
export interface JournalBudget {
  /** In characters; goes down as records are bounded. */
  left: number
}

/** The run as the journal keeps it. Its inputs and its result are kept however much its steps have taken. */
export function boundRun(run: RunRecord): RunRecord {
  const own = (): JournalBudget => ({ left: maxJournalCharacters })
  return {
    ...run,
    inputs: boundValue(run.inputs, own()),
    ...(run.result === undefined ? {} : { result: boundValue(run.result, own()) }),
  }
}

/** The step as the journal keeps it. */
export function boundStep(step: StepRecord, budget: JournalBudget): StepRecord {
  return {
    ...step,
    ...(step.input === undefined ? {} : { input: boundValue(step.input, budget) }),
    ...(step.output === undefined ? {} : { output: boundValue(step.output, budget) }),
    ...(step.log === undefined ? {} : { log: boundLog(step.log, budget) }),
  }
}

function boundValue(value: JsonValue, budget: JournalBudget): JsonValue {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  const limit = Math.min(maxJournalCharacters, budget.left)
  const size = measureJson(value, limit)
  if (size > limit) return { _truncated: true, _reason: `larger than ${limit} characters` }
  budget.left -= size
  return value
}

function boundLog(log: string, budget: JournalBudget): string {
  const limit = Math.min(maxJournalLog, budget.left)
  budget.left -= Math.min(log.length, limit)
  return log.length <= limit ? log : `${log.slice(0, limit)}\n… (${log.length} characters)`
}
