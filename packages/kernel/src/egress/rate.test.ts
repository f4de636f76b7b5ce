import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateLimiter, defaultRateLimits } from './rate.ts'

describe('createRateLimiter', () => {
  it('admits 60 in any minute and says how long the next has to wait', () => {
    const limiter = createRateLimiter(defaultRateLimits)
    const admitted = Array.from({ length: 61 }, (_, index) => limiter.take('a', index * 10))
    expect(admitted.filter(({ allowed }) => allowed)).toHaveLength(60)
    expect(admitted.at(-1)).toEqual({ allowed: false, retryAfterMs: 59_400 })
    expect(limiter.take('a', 59_999).allowed).toBe(false)
    expect(limiter.take('a', 60_000).allowed).toBe(true)
    expect(limiter.take('a', 60_000).allowed).toBe(false)
  })

  it('EGR-19: what one principal does never changes what another may', () => {
    const limiter = createRateLimiter({ limit: 1, windowMs: 1000, maxPrincipals: 10 })
    for (let count = 0; count < 1000; count += 1) limiter.take('noisy', 5)
    expect(limiter.take('quiet', 5)).toEqual({ allowed: true })
  })

  it('forgets who is idle, and refuses rather than forget who is not', () => {
    const limiter = createRateLimiter({ limit: 2, windowMs: 1000, maxPrincipals: 2 })
    limiter.take('a', 0)
    limiter.take('b', 500)
    expect(limiter.take('c', 600)).toEqual({ allowed: false, retryAfterMs: 1000 })
    expect(limiter.take('a', 600)).toEqual({ allowed: true })
    expect(limiter.take('c', 1500)).toEqual({ allowed: true })
    expect(limiter.size).toBe(2)
    expect(limiter.take('a', 3000)).toEqual({ allowed: true })
    expect(limiter.size).toBe(1)
  })

  it('takes an earlier time for the latest one it has seen', () => {
    const limiter = createRateLimiter({ limit: 1, windowMs: 1000, maxPrincipals: 2 })
    expect(limiter.take('a', 5000)).toEqual({ allowed: true })
    expect(limiter.take('a', 1)).toEqual({ allowed: false, retryAfterMs: 1000 })
  })

  it('a limit of 0 admits nothing', () => {
    const limiter = createRateLimiter({ limit: 0, windowMs: 1000, maxPrincipals: 2 })
    expect(limiter.take('a', 0)).toEqual({ allowed: false, retryAfterMs: 1000 })
    expect(limiter.size).toBe(0)
  })

  it('decides like somebody who remembers every request ever admitted', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 40 })), { maxLength: 200 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (requests, limit) => {
        const limiter = createRateLimiter({ limit, windowMs: 100, maxPrincipals: 3 })
        const admitted: { principal: string; at: number }[] = []
        let now = 0
        for (const [principal, wait] of requests) {
          now += wait
          const recent = admitted.filter((one) => one.principal === principal && one.at > now - 100)
          expect(limiter.take(principal, now).allowed).toBe(recent.length < limit)
          if (recent.length < limit) admitted.push({ principal, at: now })
        }
      }),
    )
  })
})
