import type { BlockOutcome } from '../sandbox/index.ts'

/** At most a few: a block could call a handler that fails ten thousand times. */
export function withNotes(outcome: BlockOutcome, notes: readonly string[]): BlockOutcome {
  if (notes.length === 0) return outcome
  const told = notes.slice(0, 20).map((note) => `[rumi] ${note}\n`)
  return { ...outcome, log: `${outcome.log}${told.join('')}` }
}

/** What came to a block that did not run. */
export function rejected(errorType: Extract<BlockOutcome, { ok: false }>['errorType'], message: string): BlockOutcome {
  return { ok: false, errorType, message, log: '', posture: 'rejected' }
}
