import type { Instant } from '../base/index.ts'
import type { CronFields } from './cron.ts'
import type { LocalTime, TimeZone } from './time-zone.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The calendar repeats after 400 years; what has not matched by then never does. */
const searchDays = 146_097
/** Some days before the last one a date can show. */
const lastDay = 8_640_000_000_000_000 - 3 * dayMs

/**
 * The first moment after `after` at which a cron expression starts something; whole minutes of the clock on the wall.
 * When that clock is changed (`TimeZone.toInstant`):
 *
 * - times that are skipped start it once, at the first moment after the gap, however many of them match;
 * - times that come twice start it at their first occurrence only, also with `*`: an hour that is repeated is silent.
 *   What must go on through it has an `interval`.
 *
 * `undefined`: the calendar ends before (in the year 275760).
 */
export function findNextCron(cron: CronFields, zone: TimeZone, after: Instant): Instant | undefined {
  const local = zone.toLocal(after)
  const search = { cron, zone, after, from: local - modulo(local, minuteMs) }
  const firstDay = local - modulo(local, dayMs)
  for (let count = 0; count <= searchDays; count += 1) {
    const day = firstDay + count * dayMs
    if (day > lastDay) return undefined
    const found = isSelectedDay(cron, day) ? findOnDay(search, day) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

interface Search {
  readonly cron: CronFields
  readonly zone: TimeZone
  readonly after: Instant
  /** No earlier local time can start anything after `after`, because `toInstant` never goes back. */
  readonly from: LocalTime
}

/** The first match on a day; its moments rise with its local times. */
function findOnDay({ cron, zone, after, from }: Search, day: LocalTime): Instant | undefined {
  for (const hour of cron.hours) {
    if (day + (hour + 1) * hourMs <= from) continue
    for (const minute of cron.minutes) {
      const local = day + hour * hourMs + minute * minuteMs
      if (local < from) continue
      const at = zone.toInstant(local)
      if (at > after) return at
    }
  }
  return undefined
}

function isSelectedDay({ days, months, weekdays }: CronFields, day: LocalTime): boolean {
  const date = new Date(day)
  return (
    days.includes(date.getUTCDate()) && months.includes(date.getUTCMonth() + 1) && weekdays.includes(date.getUTCDay())
  )
}

/** The remainder that is never negative, for times before 1970. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
