import type { Clock } from '@rumi/kernel/base'
import type { StateStore } from '@rumi/kernel/state'

/** Puts refused requests on the ledger. */
export interface RefusalRecorder {
  /** Resolves once the refusal is durable, or counted. */
  record(code: string, address: string): Promise<void>
}

const PER_MINUTE = 10

/**
 * Records who was turned away at the door. Anybody can knock, as often as they like: of more than ten refusals a minute
 * only the number is kept, with the next entry, so that knocking cannot fill the disk. (AUD-11)
 */
export function createRefusalRecorder(state: StateStore, clock: Clock): RefusalRecorder {
  let windowStartMs = Number.NEGATIVE_INFINITY
  let inWindow = 0
  let suppressed = 0
  return {
    record: async (code, address) => {
      const nowMs = clock.monotonicMs()
      if (nowMs - windowStartMs >= 60_000) {
        windowStartMs = nowMs
        inWindow = 0
      }
      inWindow += 1
      if (inWindow > PER_MINUTE) {
        suppressed += 1
        return
      }
      const data = { reason: code, ...(suppressed === 0 ? {} : { suppressed }) }
      suppressed = 0
      await state.write((writer) => {
        writer.append({ kind: 'request.refuse', actor: address, subject: 'http', data })
      })
    },
  }
}
