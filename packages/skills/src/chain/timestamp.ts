/**
 * Whether a text is a block's time: UTC with six digits of a second, as every block of the older system has it.
 *
 * The form is exact because the time is hashed right behind the number of the block, with nothing between: "1" and
 * "2026-…" would be hashed like "12" and "026-…".
 *
 * @example '2026-02-25T12:34:56.789123Z'
 */
export function isChainTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false
  // The calendar of JavaScript knows three digits of the second, and turns the 30th of February into the 2nd of March.
  const toMillisecond = `${text.slice(0, MILLISECOND)}Z`
  const at = Date.parse(toMillisecond)
  return Number.isFinite(at) && new Date(at).toISOString() === toMillisecond
}

/**
 * A block's time from the time of an entry, which has three digits of a second; undefined when it is no such time.
 *
 * @example chainTimestamp('2026-01-02T03:04:05.678Z') === '2026-01-02T03:04:05.678000Z'
 */
export function chainTimestamp(at: string): string | undefined {
  const timestamp = at.endsWith('Z') ? `${at.slice(0, -1)}000Z` : at
  return isChainTimestamp(timestamp) ? timestamp : undefined
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const MILLISECOND = '2026-02-25T12:34:56.789'.length
