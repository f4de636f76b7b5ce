import { z } from 'zod'

/** The source of one skill as somebody sends it. */
export const sourceInputSchema = z.strictObject({
  /** The text of a `*.skill.ts` or `.rb` file that holds one skill. At most 1 MiB. */
  source: z.string().max(1024 * 1024),
  language: z.enum(['typescript', 'ruby']).default('typescript'),
})

/** A reason, which stays on the ledger. */
export const reasonSchema = z.string().max(4000)
export const proposalIdSchema = z
  .string()
  .regex(/^prop_[0-9a-f]{16}$/, 'a proposal id looks like prop_0123456789abcdef')
