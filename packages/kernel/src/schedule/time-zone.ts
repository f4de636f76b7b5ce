import type { Diagnostic, Instant } from '../base/index.ts'

/**
 * A moment on the wall of some place, as the milliseconds that UTC shows when it shows the same figures. Arithmetic on
 * it is calendar arithmetic: no hour is missing and none comes twice.
 */
export type LocalTime = number

/** How clocks on the wall run in one place. */
export interface TimeZone {
  readonly name: string
  /** What the clock on the wall shows at a moment. */
  toLocal(at: Instant): LocalTime
  /**
   * When the clock on the wall shows a time, for the purpose of starting something then:
   *
   * - a time that comes twice (the clock is set back) means its first occurrence;
   * - a time that is skipped (the clock is set forward) means the first moment after the gap.
   *
   * A later local time never means an earlier moment.
   */
  toInstant(local: LocalTime): Instant
}

/** Farther from UTC than the clock of any place ever was. */
const searchMs = 16 * 3_600_000

/** UTC itself. */
const utc: TimeZone = { name: 'UTC', toLocal: (at) => at, toInstant: (local) => local }

/** A zone, and a warning when it is not the one that was named. */
export interface TimeZoneReading {
  readonly zone: TimeZone
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The zone of an IANA name. A missing name is UTC; an unknown one is UTC too, with the warning `schedule.timezone`.
 * (pack-development §Schedule)
 *
 * @param name - For instance `Europe/Berlin`.
 */
export function readTimeZone(name: string | undefined): TimeZoneReading {
  if (name === undefined) return { zone: utc, diagnostics: [] }
  const format = findFormat(name)
  if (format !== undefined) return { zone: createTimeZone(name, format), diagnostics: [] }
  const message = `the time zone ${JSON.stringify(name.slice(0, 64))} is not known; UTC is used`
  const hint = 'Write an IANA name such as Europe/Berlin.'
  return { zone: utc, diagnostics: [{ severity: 'warning', code: 'schedule.timezone', message, hint }] }
}

function findFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', year: 'numeric' })
  } catch {
    return undefined // the only way to ask whether a zone exists; nothing else in these options can be refused
  }
}

function createTimeZone(name: string, format: Intl.DateTimeFormat): TimeZone {
  const toLocal = (at: Instant): LocalTime => at + readOffset(format.format(at))
  const toInstant = (local: LocalTime): Instant => {
    // At most one change of the clock lies so near; its two offsets give the two moments that could be meant.
    const offsets = [local - searchMs, local + searchMs].map((at) => toLocal(at) - at)
    const earlier = local - Math.max(...offsets)
    if (toLocal(earlier) === local) return earlier
    const later = local - Math.min(...offsets)
    return toLocal(later) === local ? later : findEndOfGap({ toLocal, local, before: earlier, after: later })
  }
  return { name, toLocal, toInstant }
}

interface Gap {
  readonly toLocal: (at: Instant) => LocalTime
  /** A time that the clock never shows. */
  readonly local: LocalTime
  /** Moments before and after the clock jumps over it. */
  readonly before: Instant
  readonly after: Instant
}

/** The first moment at which the clock shows a later time, to the millisecond. */
function findEndOfGap({ toLocal, local, before, after }: Gap): Instant {
  let low = before
  let high = after
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (toLocal(middle) < local) low = middle
    else high = middle
  }
  return high
}

/** Milliseconds from a text that ends with `GMT+01:00` or `GMT-00:01:15`, the two forms of `longOffset`. */
function readOffset(text: string): number {
  const [sign, ...digits] = text.slice(text.lastIndexOf('GMT') + 3)
  const sinceMidnight = Date.parse(`1970-01-01T${digits.join('')}Z`)
  return sign === '-' ? -sinceMidnight : sinceMidnight
}
