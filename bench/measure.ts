/** A series of times in milliseconds. */
export interface Series {
  readonly p50: number
  readonly p99: number
  readonly min: number
  readonly count: number
}

/** Times `count` calls, one after the other, after `warmUps` that do not count; waits `pauseMs` between them. */
export async function measure(
  work: () => Promise<unknown>,
  options: { readonly count: number; readonly warmUps?: number; readonly pauseMs?: number },
): Promise<Series> {
  for (let turn = 0; turn < (options.warmUps ?? 5); turn += 1) await work()
  const times: number[] = []
  for (let turn = 0; turn < options.count; turn += 1) {
    if (options.pauseMs !== undefined) await pause(options.pauseMs)
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return summarise(times)
}

/** Median, 99th percentile and minimum. */
export function summarise(times: readonly number[]): Series {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), min: at(0), count: sorted.length }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
