/** When somebody's calls of late were let through: monotonic milliseconds, the oldest first. */
export type RateWindow = readonly number[]

/** How many calls in which time. @example { limit: 60, windowMs: 60_000 } */
export interface RateLimit {
  /** At least 0; 0 lets nothing through. */
  readonly limit: number
  readonly windowMs: number
}

/** Whether a call may go on; `window` replaces the one that was asked about. */
export type RateDecision =
  | { readonly allowed: true; readonly window: RateWindow }
  | {
      readonly allowed: false
      readonly window: RateWindow
      /** When the next call could be let through; infinite when the limit is 0. */
      readonly retryAfterMs: number
    }

/**
 * Decides about one call: at most `limit` are let through in any `windowMs`, wherever that window begins. Refused calls
 * do not count. A time before the last call counts as that call's time, so that a clock set back gives nothing away.
 *
 * @param nowMs - `Clock.monotonicMs`, never the wall clock. (CAP-07)
 */
export function decideRate(window: RateWindow, { limit, windowMs }: RateLimit, nowMs: number): RateDecision {
  const at = Math.max(nowMs, window.at(-1) ?? nowMs)
  const kept = window.filter((time) => time > at - windowMs)
  if (kept.length < limit) return { allowed: true, window: [...kept, at] }
  const oldest = limit > 0 ? kept.at(-limit) : undefined
  const retryAfterMs = oldest === undefined ? Number.POSITIVE_INFINITY : oldest + windowMs - at
  return { allowed: false, window: kept, retryAfterMs }
}
