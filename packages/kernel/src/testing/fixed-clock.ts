import type { Clock } from '../base/index.ts'

/** A clock that stands still until it is told to go on. */
export interface FixedClock extends Clock {
  /** Lets time pass: calls back, in order of time, what is due by then. */
  pass(durationMs: number): void
  /** Moves the wall clock alone, as a person or a time server does; nothing becomes due. */
  setWall(at: number): void
  /** How many `after` still wait. */
  readonly waiting: number
}

/** Starts at 2025-01-01T00:00:00Z; the monotonic clock starts at 0. */
export function createFixedClock(startMs = 1_735_689_600_000): FixedClock {
  let wall = startMs
  let elapsed = 0
  let timers: { readonly dueMs: number; readonly callback: () => void }[] = []
  return {
    now: () => wall,
    monotonicMs: () => elapsed,
    after: (delayMs, callback) => {
      const timer = { dueMs: elapsed + delayMs, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass: (durationMs) => {
      wall += durationMs
      elapsed += durationMs
      const due = timers.filter(({ dueMs }) => dueMs <= elapsed).toSorted((a, b) => a.dueMs - b.dueMs)
      timers = timers.filter((timer) => !due.includes(timer))
      for (const { callback } of due) callback()
    },
    setWall: (at) => {
      wall = at
    },
    get waiting() {
      return timers.length
    },
  }
}
