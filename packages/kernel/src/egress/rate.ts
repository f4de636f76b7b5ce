/** How many requests a principal may make, and of how many principals the limiter remembers anything. */
export interface RateLimits {
  /** Requests admitted in any window. */
  readonly limit: number
  /** Length of the window, in milliseconds. */
  readonly windowMs: number
  /** Principals remembered at once; when all of them are active, one more is refused rather than forgotten about. */
  readonly maxPrincipals: number
}

/** 60 requests in any minute (egress proxy, `RUMI_EGRESS_RATE_LIMIT`). */
export const defaultRateLimits: RateLimits = { limit: 60, windowMs: 60_000, maxPrincipals: 4096 }

/** Admitted, or how long until the next request has a chance. */
export type RateDecision = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number }

/** Counts what principals do; what one does never changes what another may. */
export interface RateLimiter {
  /**
   * Admits and counts a request, or refuses it without counting.
   *
   * @param nowMs - Monotonic milliseconds; an earlier value than before counts as the latest one.
   */
  take(principal: string, nowMs: number): RateDecision
  /** Principals remembered now. */
  readonly size: number
}

/** A sliding window for each principal. Holds at most `limit × maxPrincipals` times. (EGR-19) */
export function createRateLimiter(limits: RateLimits): RateLimiter {
  // In the order of last use, so that the first is the one idle for longest.
  const admitted = new Map<string, readonly number[]>()
  let latestMs = Number.NEGATIVE_INFINITY
  return {
    take: (principal, nowMs) => {
      latestMs = Math.max(latestMs, nowMs)
      const startMs = latestMs - limits.windowMs
      forgetIdle(admitted, startMs)
      const recent = (admitted.get(principal) ?? []).filter((at) => at > startMs)
      const [oldest = latestMs] = recent
      if (recent.length >= limits.limit) return { allowed: false, retryAfterMs: oldest - startMs }
      if (!admitted.has(principal) && admitted.size >= limits.maxPrincipals) {
        return { allowed: false, retryAfterMs: limits.windowMs }
      }
      admitted.delete(principal)
      admitted.set(principal, [...recent, latestMs])
      return { allowed: true }
    },
    get size() {
      return admitted.size
    },
  }
}

function forgetIdle(admitted: Map<string, readonly number[]>, startMs: number): void {
  for (const [principal, times] of admitted) {
    if (times.some((at) => at > startMs)) return
    admitted.delete(principal)
  }
}
