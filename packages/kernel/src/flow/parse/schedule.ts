import type { FlowSchedule } from '../definition.ts'
import { findMember, readText, reportUnknownKeys, type Fields } from './fields.ts'
import type { Member } from './source-node.ts'

/** Shortest interval in seconds; shorter ones are raised to it. (pack-development §Schedule) */
const minIntervalSeconds = 10
/** Longest interval: a year. A larger number is a mistake and would overflow a timer. */
const maxIntervalSeconds = 366 * 24 * 60 * 60

/** Reads `schedule`. `fields` is that mapping. A schedule that cannot be read is an error: it would silently never run. */
export function readSchedule(fields: Fields): FlowSchedule | undefined {
  reportUnknownKeys(fields, ['cron', 'interval', 'interval_seconds', 'timezone'])
  const cron = readText(fields, 'cron')
  const interval = findMember(fields.map, 'interval') ?? findMember(fields.map, 'interval_seconds')
  const timezone = readTimezone(fields)
  if (cron !== undefined && interval !== undefined) return refuse(fields, interval, 'has "cron" and "interval"')
  if (cron !== undefined) {
    // The exact ranges are the scheduler's business; here only what can never be a cron expression is refused.
    const parts = cron.text.trim().split(/\s+/)
    if (cron.text.length > 256 || parts.length !== 5 || !parts.every((part) => /^[0-9*,/-]+$/.test(part))) {
      return refuse(fields, cron, '"cron" must have five fields: minute, hour, day, month, weekday')
    }
    return { cron: parts.join(' '), ...timezone }
  }
  if (interval !== undefined) {
    const intervalSeconds = readInterval(fields, interval)
    return intervalSeconds === undefined ? undefined : { intervalSeconds, ...timezone }
  }
  if (fields.map.members.has('cron')) return undefined // present but not a text: reported
  return refuse(fields, fields.map, 'needs "cron" or "interval"')
}

function readInterval(fields: Fields, { value }: Member): number | undefined {
  const seconds = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : Number.NaN
  if (Number.isNaN(seconds) || seconds > maxIntervalSeconds) {
    return refuse(fields, value, `"interval" must be a number of seconds, at most ${maxIntervalSeconds}`)
  }
  if (seconds >= minIntervalSeconds) return seconds
  const message = `${fields.owner}: the interval is raised to the minimum of ${minIntervalSeconds} seconds`
  fields.report.warning(value, { code: 'flow.interval', message })
  return minIntervalSeconds
}

function readTimezone(fields: Fields): { readonly timezone?: string } {
  const field = readText(fields, 'timezone')
  if (field === undefined) return {}
  if (/^[A-Za-z0-9_+/-]{1,64}$/.test(field.text)) return { timezone: field.text }
  refuse(fields, field, '"timezone" must be an IANA name such as Europe/Berlin')
  return {}
}

function refuse(fields: Fields, place: Parameters<Fields['report']['error']>[0], message: string): undefined {
  const hint = 'Write cron: "0 0 * * *" or interval: 300.'
  fields.report.error(place, { code: 'flow.schedule', message: `${fields.owner}: ${message}`, hint })
  return undefined
}
