import type { JsonValue, PackId } from '../base/index.ts'
import type { AskHandler, BlockCall, BlockOutcome, SandboxDriver } from '../sandbox/index.ts'

/** Answers a call as a block would. */
export type BlockScript = (
  call: BlockCall,
  signal: AbortSignal,
  ask?: AskHandler,
) => BlockOutcome | Promise<BlockOutcome>

/** A sandbox that runs nothing: a script answers. */
export interface ScriptedSandbox extends SandboxDriver {
  /** Every call so far. */
  readonly calls: readonly BlockCall[]
  /** Packs whose workers were ended, in order. */
  readonly evicted: readonly PackId[]
}

/** Makes a sandbox whose blocks do what the script says. */
export function createScriptedSandbox(script: BlockScript): ScriptedSandbox {
  const calls: BlockCall[] = []
  const evicted: PackId[] = []
  const active: PackId[] = []
  return {
    name: 'scripted',
    calls,
    evicted,
    selfTest: async () => ({ passed: true, checks: [] }),
    execute: async (call, signal, ask) => {
      calls.push(call)
      active.push(call.packId)
      try {
        return await script(call, signal, ask)
      } finally {
        active.splice(active.indexOf(call.packId), 1)
      }
    },
    evict: async (packId) => {
      evicted.push(packId)
    },
    activePacks: () => new Set(active),
    close: async () => undefined,
  }
}

/** The outcome of a block that returned a value. */
export function answered(value: JsonValue, log = ''): BlockOutcome {
  return { ok: true, value, log, posture: 'bubblewrap_fresh' }
}

/** The outcome of a block that raised. */
export function raised(message: string): BlockOutcome {
  return { ok: false, errorType: 'block_error', message, log: '', posture: 'bubblewrap_fresh' }
}

/** Waits until the call is aborted, as the longest of all blocks, and then says what every driver says. */
export function untilCancelled(signal: AbortSignal): Promise<BlockOutcome> {
  const outcome: BlockOutcome = {
    ok: false,
    errorType: 'cancelled',
    message: 'cancelled',
    log: '',
    posture: 'bubblewrap_fresh',
  }
  if (signal.aborted) return Promise.resolve(outcome)
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(outcome), { once: true })
  })
}
