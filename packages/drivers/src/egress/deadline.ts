import { ok, type Clock, type Result } from '@rumi/kernel/base'
import type { EgressFailure } from '@rumi/kernel/egress'
import { protocolError } from './failure.ts'

/** The time a whole request has, its redirects included. A server that drips bytes gets no more of it (EGR-15). */
export interface Deadline {
  /** Aborted when time is up, or when the caller no longer wants the answer. */
  readonly signal: AbortSignal
  end(): void
}

/** Starts a deadline `timeoutMs` from now that ends early with `caller`. */
export function startDeadline(clock: Clock, timeoutMs: number, caller: AbortSignal): Deadline {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const cancel = clock.after(timeoutMs, abort)
  caller.addEventListener('abort', abort, { once: true })
  if (caller.aborted) abort()
  return {
    signal: controller.signal,
    end: () => {
      cancel()
      caller.removeEventListener('abort', abort)
    },
  }
}

/** Calls back once when a signal is aborted, at once when it already is; the returned function stops listening. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback()
  else signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

/** What `work` settles with, or a refusal as soon as the signal is aborted. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<Result<T, EgressFailure>> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => resolve(protocolError('ABORTED')))
    work.then((value) => resolve(ok(value)), reject).finally(stop)
  })
}
