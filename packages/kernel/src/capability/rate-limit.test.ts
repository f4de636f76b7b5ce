import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRate, type RateLimit, type RateWindow } from './rate-limit.ts'

/** Lets calls at the given times go through one window and tells which were let through. */
function run(times: readonly number[], limit: RateLimit): boolean[] {
  let window: RateWindow = []
  return times.map((time) => {
    const decided = decideRate(window, limit, time)
    window = decided.window
    return decided.allowed
  })
}

describe('decideRate', () => {
  it('refuses the 61st call in a minute and lets the next through when the first is a minute old', () => {
    const limit = { limit: 60, windowMs: 60_000 }
    const times = Array.from({ length: 61 }, (_, at) => at * 10)
    expect(run([...times, 59_999, 60_000, 60_001], limit)).toEqual([
      ...times.map((_, at) => at < 60),
      false,
      true,
      false,
    ])
  })

  it('gives nothing away when the clock is set back', () => {
    expect(run([3_600_000, 3_600_000, 0, 1, 3_659_999, 3_660_000], { limit: 2, windowMs: 60_000 })).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ])
  })

  it('does not forget a call early that was made while the clock was back', () => {
    expect(run([3_600_000, 0, 60_000, 3_659_999, 3_660_000], { limit: 2, windowMs: 60_000 })).toEqual([
      true,
      true,
      false,
      false,
      true,
    ])
  })

  it('says when to try again', () => {
    const limit = { limit: 2, windowMs: 100 }
    expect(decideRate([0, 30], limit, 50)).toEqual({ allowed: false, window: [0, 30], retryAfterMs: 50 })
    expect(decideRate([0, 10, 30], { ...limit, limit: 1 }, 50)).toMatchObject({ retryAfterMs: 80 })
    expect(decideRate([], { ...limit, limit: 0 }, 50)).toMatchObject({ allowed: false, retryAfterMs: Infinity })
  })

  it('lets through exactly what a count over the last window allows, and promises retries it keeps', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 40 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 60 }), (steps, limit, windowMs) => {
        let now = 0
        let window: RateWindow = []
        const passed: number[] = []
        for (const step of steps) {
          now += step
          const decided = decideRate(window, { limit, windowMs }, now)
          const inWindow = passed.filter((time) => now - windowMs < time)
          expect(decided.allowed).toBe(inWindow.length < limit)
          if (decided.allowed) passed.push(now)
          else if (limit > 0) {
            const at = now + decided.retryAfterMs
            expect(decideRate(window, { limit, windowMs }, at).allowed).toBe(true)
            expect(decideRate(window, { limit, windowMs }, at - 1).allowed).toBe(false)
          }
          window = decided.window
          expect(window.length).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })
})
