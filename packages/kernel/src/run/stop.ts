import type { Clock } from '../base/index.ts'

interface Watched {
  /** For the whole run. */
  readonly timeoutMs: number
  readonly controller: AbortController
  /** The caller's. */
  readonly outer: AbortSignal
}

/**
 * Aborts a run when its time is over or its caller is gone, whichever comes first; the reason is for `readStop`. The
 * returned function ends the watch.
 */
export function watchStop(watched: Watched, clock: Clock): () => void {
  const { timeoutMs, controller, outer } = watched
  const timeout = stopReason('timed_out', `the flow timed out after ${timeoutMs / 1000} s`)
  const disarm = clock.after(timeoutMs, () => controller.abort(timeout))
  const cancel = (): void => controller.abort(stopReason('cancelled', 'the run was cancelled'))
  if (outer.aborted) cancel()
  outer.addEventListener('abort', cancel, { once: true })
  return () => {
    disarm()
    outer.removeEventListener('abort', cancel)
  }
}

/** Why a run was stopped from outside. */
export interface StopReason {
  readonly status: 'cancelled' | 'timed_out'
  readonly message: string
}

/** A reason to abort a run with. */
export function stopReason(status: StopReason['status'], message: string): StopReason {
  return { status, message }
}

/** Why a run's signal was aborted. */
export function readStop(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason
  const timedOut = typeof reason === 'object' && reason !== null && 'status' in reason && reason.status === 'timed_out'
  const message =
    typeof reason === 'object' && reason !== null && 'message' in reason
      ? String(reason.message)
      : 'the run was cancelled'
  return { status: timedOut ? 'timed_out' : 'cancelled', message }
}
