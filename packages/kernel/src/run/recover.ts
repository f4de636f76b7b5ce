import { isoInstant, type Clock, type RunId } from '../base/index.ts'
import type { RunRecord, StateStore, StateWriter } from '../state/index.ts'

/**
 * Closes the runs that a kernel which ended without notice left open: they and their open steps become `interrupted`.
 * What their last block did is unknown; it is never run again by itself.
 */
export async function recoverRuns(state: StateStore, clock: Clock): Promise<readonly RunId[]> {
  return state.write((writer) => {
    const how = { endedAt: isoInstant(clock.now()), message: 'the system ended while this run was in progress' }
    const open = writer.runs.listOpen()
    for (const run of open) interruptRun(writer, run, how)
    return open.map((run) => run.runId)
  })
}

/** Ends an open run whose real end nobody knows, with every step it left open. */
export function interruptRun(
  writer: StateWriter,
  run: RunRecord,
  how: { readonly endedAt: string; readonly message: string },
): void {
  const steps = writer.runs.steps(run.runId).filter((step) => step.status === 'running')
  for (const step of steps) writer.putStep(run.runId, { ...step, status: 'interrupted' })
  const last = steps.at(-1)
  const error = { errorType: 'interrupted', message: how.message }
  writer.putRun({
    ...run,
    status: 'interrupted',
    endedAt: how.endedAt,
    error: last ? { stepId: last.stepId, ...error } : error,
  })
  writer.append({
    kind: 'run.end',
    actor: 'system',
    subject: run.runId,
    data: { flow_id: run.flowId, status: 'interrupted' },
  })
}
