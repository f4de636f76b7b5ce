import { z } from 'zod'
import { contentHashSchema } from '../base/index.ts'
import { autoCommitTriggerSchema } from './auto-commit.ts'
import { stateSummarySchema } from './summary.ts'

const commitIdSchema = z.string().regex(/^[1-9][0-9]{0,14}-[0-9a-f]{12}$/, 'a commit id looks like 7-0123456789ab')

/** A commit's name: its number, and the first 12 digits of the state's hash so that people see which state it is. */
export function commitIdOf(number: number, root: string): string {
  return `${number}-${root.slice(0, 12)}`
}

/**
 * A state that was put on record, from which it can be restored byte for byte. The same state may be committed twice, so
 * the number is a part of the name.
 *
 * @example { commit_id: '7-0123456789ab', number: 7, root: '0123456789ab…', previous: '6-…', trigger: 'promotion', … }
 */
export const stateCommitSchema = z
  .strictObject({
    commit_id: commitIdSchema,
    /** From 1, without a gap. */
    number: z.int().min(1),
    /** Hash of the state's topmost folder object. */
    root: contentHashSchema,
    /** The commit before; `null` for the first. */
    previous: commitIdSchema.nullable(),
    committed_at: z.iso.datetime({ precision: 3 }),
    /** Who asked for it, or what started it. */
    by: z.string().min(1).max(256),
    reason: z.string().trim().min(1, 'a reason is required').max(4000),
    /** What made it due; `null` when somebody asked for it. */
    trigger: autoCommitTriggerSchema.nullable(),
    summary: stateSummarySchema,
    /** Files that were added, removed or changed since the commit before. */
    changes: z.int().nonnegative(),
  })
  .refine(({ commit_id, number, root }) => commit_id === commitIdOf(number, root), {
    path: ['commit_id'],
    error: 'the commit id is not that of its number and state',
  })
  .refine(({ previous, number }) => (previous === null ? number === 1 : previous.startsWith(`${number - 1}-`)), {
    path: ['previous'],
    error: 'the previous commit is not the one before',
  })
export type StateCommit = z.infer<typeof stateCommitSchema>
