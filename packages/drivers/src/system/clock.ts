import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '@rumi/kernel/base'

/** This machine's clocks. Timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref()
    return () => clearTimeout(timer)
  },
}

/** This machine's random source. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) }
