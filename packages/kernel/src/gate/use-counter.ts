import type { NewLedgerEntry } from '../ledger/index.ts'
import type { Caller } from './caller.ts'
import { describeCaller } from './recorder.ts'
import { redactEntry } from './redact.ts'

/** Kinds of use that are told apart; the rest is one kind. */
const maxKinds = 100

/**
 * Counts the uses of one block call that need no record of their own: what they gave stays in the call until its end is
 * durable, and then their number is on the ledger in the same transaction.
 */
export class UseCounter {
  readonly #caller: Caller
  readonly #counts = new Map<string, { permissionId: string; subject: string; outcome: string; count: number }>()

  constructor(caller: Caller) {
    this.#caller = caller
  }

  count(permissionId: string, subject: string, outcome: string): void {
    const exact = JSON.stringify([permissionId, subject, outcome])
    const isRoom = this.#counts.size < maxKinds || this.#counts.has(exact)
    const key = isRoom ? exact : ''
    const kind = isRoom
      ? { permissionId, subject, outcome }
      : { permissionId: 'other', subject: 'other', outcome: 'other' }
    const { count } = this.#counts.get(key) ?? { count: 0 }
    this.#counts.set(key, { ...kind, count: count + 1 })
  }

  /** The counts as ledger entries; the counter begins anew. */
  take(): readonly NewLedgerEntry[] {
    const { principalId, revealed } = this.#caller
    const entries = [...this.#counts.values()].map(({ permissionId, subject, outcome, count }) => {
      const data = { permission_id: permissionId, outcome, count, ...describeCaller(this.#caller) }
      return redactEntry({ kind: 'capability.use', actor: principalId, subject, data }, revealed)
    })
    this.#counts.clear()
    return entries
  }
}
