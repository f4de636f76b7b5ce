/** Milliseconds since the Unix epoch. A label for people; sequence numbers order events. */
export type Instant = number

/** Time, handed in so that rules and tests decide what time it is. */
export interface Clock {
  /** Wall clock: for labels and records only. */
  now(): Instant
  /** Milliseconds that never go back: for time-outs, limits and durations. */
  monotonicMs(): number
  /** Calls back once after `delayMs`, unless the returned function is called before. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): () => void
}

/** Chance, handed in. */
export interface Random {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array
}

/** The ISO 8601 form used at every border. @example isoInstant(0) === '1970-01-01T00:00:00.000Z' */
export function isoInstant(at: Instant): string {
  return new Date(at).toISOString()
}
