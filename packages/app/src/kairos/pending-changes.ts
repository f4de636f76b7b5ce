import { z } from 'zod'
import type { Collection } from '@rumi/kernel/base'
import type { StateReader, StateWriter } from '@rumi/kernel/state'
import { pendingChangeSchema, type PendingChange } from '@rumi/skills/state-commit'

const pendingSchema = z.array(pendingChangeSchema).readonly()
/** What was done since the last commit. It outlives the process. */
const pendingCollection: Collection<readonly PendingChange[]> = { name: 'kairos.pending', schema: pendingSchema }
const pendingId = 'pending'
/** What more there is changes no decision: every threshold has been passed by then. */
const maxPending = 10_000

/** What was done since the last commit; empty also when it cannot be read: a commit loses nothing by it. */
export function readPending(reader: StateReader): readonly PendingChange[] {
  const kept = reader.documents.find(pendingCollection, pendingId)
  return kept === undefined || kept === 'unreadable' ? [] : kept
}

/** Adds to it, in the write of the change itself. */
export function notePending(writer: StateWriter, changes: readonly PendingChange[]): void {
  const known = readPending(writer)
  if (known.length < maxPending) writer.putDocument(pendingCollection, pendingId, [...known, ...changes])
}

/** Forgets all of it, in the write of a commit. */
export function clearPending(writer: StateWriter): void {
  writer.removeDocument(pendingCollection, pendingId)
}
