import { err, ok, type Result } from '../base/index.ts'

/** Which values of each field a cron expression selects; every list is sorted, without repetition and not empty. */
export interface CronFields {
  /** 0–59. */
  readonly minutes: readonly number[]
  /** 0–23. */
  readonly hours: readonly number[]
  /** 1–31. */
  readonly days: readonly number[]
  /** 1–12. */
  readonly months: readonly number[]
  /** 0–6, Sunday is 0. */
  readonly weekdays: readonly number[]
}

/**
 * Why a text is no cron expression. `field-count`: not five fields. `field`: that field is malformed, out of range, or
 * selects nothing. `never`: no month it selects has a day it selects, like 30 February.
 */
export type CronProblem =
  | { readonly kind: 'field-count' }
  | { readonly kind: 'field'; readonly field: keyof CronFields }
  | { readonly kind: 'never' }

/** Longest expression; a list of every minute fits. */
const maxCronLength = 256

interface FieldRange {
  readonly field: keyof CronFields
  readonly first: number
  readonly last: number
}

/** In the order of the text. */
const fieldRanges: readonly FieldRange[] = [
  { field: 'minutes', first: 0, last: 59 },
  { field: 'hours', first: 0, last: 23 },
  { field: 'days', first: 1, last: 31 },
  { field: 'months', first: 1, last: 12 },
  { field: 'weekdays', first: 0, last: 6 },
]

/** Months of 31 days. */
const longMonths: ReadonlySet<number> = new Set([1, 3, 5, 7, 8, 10, 12])

/**
 * Reads five fields: minute, hour, day of the month, month, weekday. A field is a list of `*`, `N`, `A-B`, each with an
 * optional step `/S` after `*` and `A-B`. No names, no `7` for Sunday, no `@daily`. A moment must match all five, also
 * day and weekday. (pack-development §Schedule)
 *
 * @example parseCron('0,30 9-17/2 * * 1-5')
 */
export function parseCron(text: string): Result<CronFields, CronProblem> {
  const texts = text.trim().split(/\s+/)
  if (text.length > maxCronLength || texts.length < fieldRanges.length) return err({ kind: 'field-count' })
  const fields = { minutes: none, hours: none, days: none, months: none, weekdays: none }
  for (const [at, fieldText] of texts.entries()) {
    const range = fieldRanges[at]
    if (range === undefined) return err({ kind: 'field-count' })
    const values = findValues(fieldText, range)
    if (values === undefined) return err({ kind: 'field', field: range.field })
    fields[range.field] = values
  }
  return canEverMatch(fields) ? ok(fields) : err({ kind: 'never' })
}

const none: readonly number[] = []

/** The values of one field, sorted; `undefined` when it is malformed. */
function findValues(text: string, range: FieldRange): readonly number[] | undefined {
  const values = new Set<number>()
  for (const item of text.split(',')) {
    const selected = findItem(item, range)
    if (selected === undefined) return undefined
    for (const value of selected) values.add(value)
  }
  return [...values].sort((left, right) => left - right)
}

function findItem(item: string, range: FieldRange): readonly number[] | undefined {
  const [, every, from, to, stepText] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item) ?? []
  if (every === undefined && from === undefined) return undefined
  // `5/10` could mean "from 5 on" or "5"; nobody documents it.
  if (stepText !== undefined && every === undefined && to === undefined) return undefined
  const first = from === undefined ? range.first : Number(from)
  const last = from === undefined ? range.last : Number(to ?? from)
  const step = Number(stepText ?? 1)
  if (first < range.first || last > range.last || first > last || step < 1) return undefined
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_item, at) => first + at * step)
}

/** Whether any year has such a day. Over 400 years every date, also 29 February, falls on every weekday. */
function canEverMatch({ days, months }: CronFields): boolean {
  const firstDay = Math.min(...days)
  return firstDay <= 29 || months.some((month) => (firstDay === 30 ? month !== 2 : longMonths.has(month)))
}
