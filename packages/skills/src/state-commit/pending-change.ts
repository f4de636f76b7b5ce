import { z } from 'zod'

/**
 * Something that was done since the last commit, as it is kept until the next one: kept in the state store, so that a
 * restart forgets nothing. `session_end` changes no file; it is kept because it may call for a commit.
 *
 * @example { layer: 'L1', action: 'promote', subject: 'pets', at: 1735689600000 }
 */
export const pendingChangeSchema = z.strictObject({
  layer: z.enum(['L0', 'L1', 'L2', 'skillsets', 'config']),
  action: z.enum(['create', 'update', 'delete', 'promote', 'demote', 'archive', 'unarchive', 'session_end']),
  /** The name of what was changed within its layer. */
  subject: z.string().min(1).max(256),
  /** Milliseconds since 1970. */
  at: z.int().nonnegative(),
})
export type PendingChange = z.infer<typeof pendingChangeSchema>

/** Tells whether something moved up a layer. */
export function isPromotion({ action }: PendingChange): boolean {
  return action === 'promote'
}

/** Tells whether something moved down a layer or out of use. */
export function isDemotion({ action }: PendingChange): boolean {
  return action === 'demote' || action === 'archive'
}
