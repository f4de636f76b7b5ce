import { redactMembers } from '../gate/index.ts'
import type { RunRecord, StepRecord } from '../state/index.ts'

/** A run as it is kept and answered: without the secrets that it was given, wherever blocks or inputs could put them. */
export function redactRun(run: RunRecord, secrets: ReadonlySet<string>): RunRecord {
  return redactError(redactMembers(run, ['inputs', 'result', 'diagnostics'], secrets), secrets)
}

/** The same of a step. */
export function redactStep(step: StepRecord, secrets: ReadonlySet<string>): StepRecord {
  return redactError(redactMembers(step, ['input', 'output', 'log', 'diagnostics'], secrets), secrets)
}

function redactError<Kept extends RunRecord | StepRecord>(record: Kept, secrets: ReadonlySet<string>): Kept {
  const { error } = record
  return error === undefined ? record : { ...record, error: redactMembers(error, ['message'], secrets) }
}
