import type { Instant } from '../base/index.ts'
import { findNextTick, type Schedule } from './schedule.ts'

/** What a decision about a scheduled start is taken from. */
export interface TickSituation {
  /**
   * Up to when all ticks are dealt with: at first the moment the schedule was taken up, then `handledMs` of the last
   * decision. It is kept over restarts.
   */
  readonly handledMs: Instant
  /** The wall clock. */
  readonly nowMs: Instant
  /** Whether the last start is still at work. */
  readonly isRunning: boolean
}

/**
 * What to do now. `run`: the tick `dueMs` starts it. `missed-collapsed`: more than one tick has passed (the machine
 * slept, or was off); it starts once for all of them, `dueMs` is the first. `skip`: nothing starts. `not-due`: it is too
 * early; `nextMs` is when to ask again. `overlap`: a tick is due but the last start still runs; the tick is dropped, not
 * made up for.
 *
 * `handledMs` replaces the one of the situation, and is kept before anything starts: a crash in between loses the tick
 * rather than running it twice.
 */
export type TickDecision =
  | { readonly kind: 'run' | 'missed-collapsed'; readonly dueMs: Instant; readonly handledMs: Instant }
  | { readonly kind: 'skip'; readonly reason: 'overlap'; readonly dueMs: Instant; readonly handledMs: Instant }
  | {
      readonly kind: 'skip'
      readonly reason: 'not-due'
      readonly nextMs: Instant | undefined
      readonly handledMs: Instant
    }

/**
 * A clock set back by more than this starts the schedule anew from its present time, so that a clock that was a year
 * ahead does not silence it for a year. Less is the clock being corrected: a tick just dealt with must not come again.
 */
const clockCorrectionMs = 5 * 60_000

/** Decides whether a schedule starts something now: once at most, however long nobody asked, and never beside itself. */
export function decideTick(schedule: Schedule, { handledMs, nowMs, isRunning }: TickSituation): TickDecision {
  if (nowMs < handledMs - clockCorrectionMs) {
    return { kind: 'skip', reason: 'not-due', nextMs: findNextTick(schedule, nowMs), handledMs: nowMs }
  }
  const dueMs = findNextTick(schedule, handledMs)
  if (dueMs === undefined || dueMs > nowMs) return { kind: 'skip', reason: 'not-due', nextMs: dueMs, handledMs }
  const handled = lastTickBefore(schedule, handledMs, nowMs)
  if (isRunning) return { kind: 'skip', reason: 'overlap', dueMs, handledMs: handled }
  const second = findNextTick(schedule, dueMs)
  const isLate = second !== undefined && second <= nowMs
  return { kind: isLate ? 'missed-collapsed' : 'run', dueMs, handledMs: handled }
}

/** The moment up to which all ticks are dealt with now. An interval keeps its rhythm, so that late ticks do not add up. */
function lastTickBefore(schedule: Schedule, handledMs: Instant, nowMs: Instant): Instant {
  if (schedule.kind === 'cron') return nowMs
  return handledMs + Math.floor((nowMs - handledMs) / schedule.intervalMs) * schedule.intervalMs
}
