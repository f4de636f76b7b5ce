import { z } from 'zod'
import { err, ok } from '@rumi/kernel/base'
import { define } from '../define.ts'

/** Writes the files of the audit log anew from the ledger, when somebody lost or changed them. */
export const rebuildAudit = define({
  name: 'audit.rebuild',
  summary: 'Writes all files of the audit log anew from the ledger.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/audit/rebuild' },
  input: z.strictObject({}),
  output: z.object({ entries: z.number(), files: z.number() }),
  run: async ({ audit }) => {
    const rebuilt = await audit.rebuild()
    if (rebuilt.ok) return ok({ entries: rebuilt.value.entries, files: rebuilt.value.files })
    const { message, hint } = rebuilt.error
    return err({ code: 'audit.unwritable', status: 503, message, ...(hint === undefined ? {} : { hint }) })
  },
})
