import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCron, type CronFields } from './cron.ts'
import { findNextCron } from './next-cron.ts'
import { readTimeZone } from './time-zone.ts'

const fieldsOf = (text: string): CronFields => {
  const read = parseCron(text)
  if (!read.ok) throw new Error(text)
  return read.value
}
const iso = (at: number | undefined) => (at === undefined ? 'never' : new Date(at).toISOString())
const next = (text: string, zone: string, after: string) =>
  iso(findNextCron(fieldsOf(text), readTimeZone(zone).zone, Date.parse(after)))
/** The next moments, each after the one before. */
const listNext = (text: string, [zone, after]: readonly [string, string], count: number) => {
  const found = [after]
  while (found.length <= count) found.push(next(text, zone, found.at(-1)!))
  return found.slice(1)
}

describe('findNextCron', () => {
  it.each([
    ['* * * * *', 'UTC', '2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z'],
    ['* * * * *', 'UTC', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['0 0 * * *', 'UTC', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['0 9 * * *', 'Asia/Tokyo', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
    ['30 9 13 * 5', 'UTC', '2026-03-14T00:00:00.000Z', '2026-11-13T09:30:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 29 2 1', 'UTC', '2096-03-01T00:00:00.000Z', '2112-02-29T00:00:00.000Z'],
    ['0 0 31 2,12 *', 'UTC', '2026-01-01T00:00:00.000Z', '2026-12-31T00:00:00.000Z'],
    ['0 0 1 1 *', 'UTC', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z'],
    ['*/7 5 * * *', 'UTC', '1960-05-05T05:03:00.000Z', '1960-05-05T05:07:00.000Z'],
    ['* * * * *', 'UTC', '+275760-09-12T00:00:00.000Z', 'never'],
  ] as const)('%s in %s after %s is %s', (...[text, zone, after, at]) => {
    expect(next(text, zone, after)).toBe(at)
  })

  it('starts once for all the times that a gap skips', () => {
    const berlin = ['Europe/Berlin', '2026-03-29T00:30:00.000Z'] as const
    expect(listNext('*/10 2 * * *', berlin, 2)).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z'])
    expect(listNext('0,30 2-3 * * *', berlin, 2)).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-29T01:30:00.000Z'])
    expect(listNext('30 2 29 3 *', berlin, 2)).toEqual(['2026-03-29T01:00:00.000Z', '2027-03-29T00:30:00.000Z'])
    expect(next('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T15:00:00.000Z')).toBe('2026-10-03T15:30:00.000Z')
    expect(next('0 12 30 12 *', 'Pacific/Apia', '2011-12-30T00:00:00.000Z')).toBe('2011-12-30T10:00:00.000Z')
  })

  it('starts once at a time that comes twice, the first time, and is silent in the repeated hour', () => {
    const berlin = ['Europe/Berlin', '2026-10-24T23:59:00.000Z'] as const
    expect(listNext('30 2 * * *', berlin, 2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
    expect(listNext('30 * * * *', berlin, 3)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
      '2026-10-25T03:30:00.000Z',
    ])
    expect(next('* * * * *', 'Europe/Berlin', '2026-10-25T01:10:00.000Z')).toBe('2026-10-25T02:00:00.000Z')
  })

  it('gives up on fields that nothing can match', () => {
    const never = { ...fieldsOf('0 0 1 1 *'), days: [31], months: [2] }
    expect(findNextCron(never, readTimeZone(undefined).zone, 0)).toBeUndefined()
  })
})

/** Days around changes of the clock, and days without. */
const zones = {
  'Europe/Berlin': ['2026-03-28', '2026-10-24', '2026-06-01'],
  'America/New_York': ['2026-03-07', '2026-10-31', '2026-12-31'],
  'Australia/Lord_Howe': ['2026-04-04', '2026-10-03', '2024-02-28'],
  'Asia/Tokyo': ['2026-03-28', '2027-02-27', '2024-02-28'],
} as const
const windowMinutes = 3 * 1_440

/** What the clock on the wall shows in each minute of a window, asked of `Intl` in another way than the subject does. */
function readClock(zone: string, firstDay: string): { readonly start: number; readonly shown: readonly number[] } {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const start = Date.parse(`${firstDay}T00:00:00Z`)
  const shown = Array.from({ length: windowMinutes }, (_, at) =>
    Date.parse(`${format.format(start + at * 60_000).replace(' ', 'T')}Z`),
  )
  return { start, shown }
}

const windows = Object.entries(zones).flatMap(([zone, days]) => days.map((day) => ({ zone, ...readClock(zone, day) })))

const isMatch = (cron: CronFields, local: number) => {
  const date = new Date(local)
  return (
    cron.minutes.includes(date.getUTCMinutes()) &&
    cron.hours.includes(date.getUTCHours()) &&
    cron.days.includes(date.getUTCDate()) &&
    cron.months.includes(date.getUTCMonth() + 1) &&
    cron.weekdays.includes(date.getUTCDay())
  )
}

/** The written rule, minute by minute: a time starts when the clock first shows it, or first shows more. */
function listStarts(cron: CronFields, { start, shown }: (typeof windows)[number]): readonly number[] {
  let latest = shown[0]!
  const starts: number[] = []
  for (const [at, local] of shown.entries()) {
    if (at === 0 || local <= latest) continue
    const passed = Array.from({ length: (local - latest) / 60_000 }, (_, minute) => latest + (minute + 1) * 60_000)
    if (passed.some((time) => isMatch(cron, time))) starts.push(start + at * 60_000)
    latest = local
  }
  return starts
}

const item = (first: number, last: number) => {
  const value = fc.integer({ min: first, max: last })
  const span = fc.tuple(value, value).map(([left, right]) => `${Math.min(left, right)}-${Math.max(left, right)}`)
  const step = fc.integer({ min: 1, max: 20 })
  return fc.oneof(
    fc.constant('*'),
    step.map((size) => `*/${size}`),
    value.map(String),
    span,
    fc.tuple(span, step).map(([text, size]) => `${text}/${size}`),
  )
}
const field = (first: number, last: number) =>
  fc.array(item(first, last), { minLength: 1, maxLength: 3 }).map((items) => items.join(','))
const mostlyAny = (first: number, last: number) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, field(first, last))
const cronText = fc
  .tuple(field(0, 59), fc.oneof(field(0, 23), field(0, 4)), mostlyAny(1, 31), mostlyAny(1, 12), mostlyAny(0, 6))
  .map((fields) => fields.join(' '))
  .filter((text) => parseCron(text).ok)

describe('findNextCron over changes of the clock', () => {
  it('is after, matches, and leaves nothing out, as a walk minute by minute finds it', () => {
    const place = fc.constantFrom(...windows)
    // Not before the second hour: the walk cannot know what the clock showed before its window.
    const minute = fc.integer({ min: 90, max: windowMinutes - 1 })
    const second = fc.integer({ min: 0, max: 59_999 })
    fc.assert(
      fc.property(fc.tuple(cronText, place, minute, second), ([text, window, at, ms]) => {
        const after = window.start + at * 60_000 + ms
        const end = window.start + windowMinutes * 60_000
        const expected = listStarts(fieldsOf(text), window).find((start) => start > after)
        const found = findNextCron(fieldsOf(text), readTimeZone(window.zone).zone, after)
        if (expected === undefined) expect(found).toBeGreaterThanOrEqual(end)
        else expect(iso(found)).toBe(iso(expected))
      }),
      { numRuns: 400 },
    )
  })
})
