/** Why a system ends. `broken`: its disk failed, so it must not acknowledge anything any more. */
export type StopReason = 'signal' | 'broken'

/** The wish to end. */
export interface Stop {
  /** Resolves with the first wish. */
  readonly requested: Promise<StopReason>
  /** Aborted with the first wish. */
  readonly signal: AbortSignal
  readonly request: (reason: StopReason) => void
}

/** A graceful end after the disk failed gets this long. */
const LAST_RESORT_MS = 20_000

/** Listens to signals: the first asks for a graceful end, the second ends this process at once. */
export function createStop(): Stop {
  const { promise, resolve } = Promise.withResolvers<StopReason>()
  const controller = new AbortController()
  const request = (reason: StopReason): void => {
    if (controller.signal.aborted) {
      if (reason === 'signal') process.exit(1)
      return
    }
    if (reason === 'broken') setTimeout(() => process.exit(1), LAST_RESORT_MS).unref()
    controller.abort()
    resolve(reason)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => request('signal'))
  return { requested: promise, signal: controller.signal, request }
}
