import type { Diagnostic, Instant } from '../base/index.ts'
import { parseCron, type CronFields, type CronProblem } from './cron.ts'
import { findNextCron } from './next-cron.ts'
import { readTimeZone, type TimeZone } from './time-zone.ts'

/** When something starts by itself. */
export type Schedule =
  | { readonly kind: 'cron'; readonly cron: CronFields; readonly zone: TimeZone }
  /** Whole milliseconds, 10 000 to a year. */
  | { readonly kind: 'interval'; readonly intervalMs: number }

/** A schedule as a flow declares it. @example { cron: '0 0 * * *', timezone: 'Asia/Tokyo' } */
export type ScheduleDeclaration =
  | { readonly cron: string; readonly timezone?: string }
  | { readonly intervalSeconds: number; readonly timezone?: string }

/** What a declaration means; no schedule when there is an error. */
export interface ScheduleReading {
  readonly schedule?: Schedule
  readonly diagnostics: readonly Diagnostic[]
}

/** Shorter intervals are raised to it. (pack-development §Schedule) */
const minIntervalSeconds = 10
/** A year; more is a mistake. */
const maxIntervalSeconds = 366 * 24 * 60 * 60

/**
 * Reads a declaration. Codes: `schedule.cron`, `schedule.interval` (errors, or a warning when an interval is raised to
 * ten seconds), `schedule.timezone` (warning: UTC is used).
 */
export function readSchedule(declaration: ScheduleDeclaration): ScheduleReading {
  return 'cron' in declaration ? readCron(declaration) : readInterval(declaration.intervalSeconds)
}

function readCron({ cron: text, timezone }: Extract<ScheduleDeclaration, { cron: string }>): ScheduleReading {
  const cron = parseCron(text)
  const { zone, diagnostics } = readTimeZone(timezone)
  if (cron.ok) return { schedule: { kind: 'cron', cron: cron.value, zone }, diagnostics }
  const message = `the cron expression ${JSON.stringify(text.slice(0, 64))} ${describeProblem(cron.error)}`
  const hint = 'Write minute, hour, day, month and weekday (0–6, Sunday is 0): "30 9 * * 1-5".'
  return { diagnostics: [{ severity: 'error', code: 'schedule.cron', message, hint }, ...diagnostics] }
}

function describeProblem(problem: CronProblem): string {
  if (problem.kind === 'field-count') return 'does not have five fields'
  if (problem.kind === 'never') return 'selects a day that no year has'
  return `has wrong ${problem.field}`
}

function readInterval(seconds: number): ScheduleReading {
  const code = 'schedule.interval'
  if (!(seconds <= maxIntervalSeconds)) {
    const message = `the interval must be a number of seconds, at most ${maxIntervalSeconds}`
    return { diagnostics: [{ severity: 'error', code, message }] }
  }
  const schedule = { kind: 'interval', intervalMs: Math.round(Math.max(seconds, minIntervalSeconds) * 1_000) } as const
  if (seconds >= minIntervalSeconds) return { schedule, diagnostics: [] }
  const message = `the interval is raised to the minimum of ${minIntervalSeconds} seconds`
  return { schedule, diagnostics: [{ severity: 'warning', code, message }] }
}

/** When a schedule is due next after a moment; `undefined`: never again. */
export function findNextTick(schedule: Schedule, after: Instant): Instant | undefined {
  if (schedule.kind === 'interval') return after + schedule.intervalMs
  return findNextCron(schedule.cron, schedule.zone, after)
}
