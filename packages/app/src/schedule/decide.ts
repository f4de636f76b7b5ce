import { canonicalJson, isoInstant, type FlowId, type Instant, type JsonObject, type Reading } from '@rumi/kernel/base'
import { decideTick, type Schedule, type ScheduleDeclaration } from '@rumi/kernel/schedule'
import type { ScheduleChange, ScheduleRecord } from './record.ts'

/** A flow that starts by itself, and what is kept about it. */
export interface ScheduleSituation {
  readonly flowId: FlowId
  readonly declaration: ScheduleDeclaration
  readonly schedule: Schedule
  readonly kept: Reading<ScheduleRecord>
  readonly nowMs: Instant
  /** Whether its last scheduled run is still at work. */
  readonly isRunning: boolean
}

/** What to keep, before anything starts. */
export interface ScheduleStep {
  readonly change: ScheduleChange
  /** For the ledger. */
  readonly entry?: { readonly kind: 'schedule.run' | 'schedule.skip'; readonly data: JsonObject }
  readonly starts: boolean
}

/**
 * What a second brings for a flow; undefined: nothing. A flow that is new, came back or has another schedule than before
 * begins now: its first tick is still to come. So does one whose record cannot be read, which is said.
 */
export function decideStep(situation: ScheduleSituation): ScheduleStep | undefined {
  const { flowId, declaration, schedule, kept, nowMs, isRunning } = situation
  const at = isoInstant(nowMs)
  const declared = canonicalJson({ ...declaration })
  const begin: ScheduleStep = { change: { flowId, declared, handledMs: nowMs }, starts: false }
  if (kept === 'unreadable') {
    const reason = 'schedule.unreadable'
    const data = { flow_id: flowId, reason }
    return {
      change: { ...begin.change, lastSkip: { at, reason } },
      entry: { kind: 'schedule.skip', data },
      starts: false,
    }
  }
  if (kept?.handledMs === undefined || kept.declared !== declared) return begin
  const decision = decideTick(schedule, { handledMs: kept.handledMs, nowMs, isRunning })
  const change = { flowId, declared, handledMs: decision.handledMs }
  if (decision.kind === 'skip') {
    if (decision.reason === 'not-due')
      return decision.handledMs === kept.handledMs ? undefined : { change, starts: false }
    const data = { flow_id: flowId, due: isoInstant(decision.dueMs), reason: decision.reason }
    const lastSkip = { at, reason: decision.reason }
    return { change: { ...change, lastSkip }, entry: { kind: 'schedule.skip', data }, starts: false }
  }
  const collapsed = decision.kind === 'missed-collapsed'
  const data = { flow_id: flowId, due: isoInstant(decision.dueMs), collapsed }
  return {
    change: { ...change, lastRun: { at, status: 'running' } },
    entry: { kind: 'schedule.run', data },
    starts: true,
  }
}
