import type { Command } from 'commander'
import { z } from 'zod'
import { auditCategories } from '@rumi/kernel/audit'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { renderAudit } from '../render/audit.ts'
import type { ExitCode, Session } from '../session.ts'
import { auditRebuildView, auditView } from '../views.ts'
import { withoutUndefined } from '../without-undefined.ts'

const querySchema = z.object({
  category: z.enum(auditCategories, { error: auditCategories.join(', ') }).optional(),
  pack: z.string().optional(),
  flow: z.string().optional(),
  action: z.string().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  outcome: z.enum(['success', 'failure'], { error: 'success, failure' }).optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, '1–1000')
    .optional(),
  before: z
    .string()
    .regex(/^\d{1,15}$/, '0, 1, 2 …')
    .optional(),
})

type QueryValues = Readonly<z.infer<typeof querySchema>>

/** `rumi audit …` */
export function addAuditCommands(audit: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  addCommand(audit, launch, {
    name: 'query',
    summary: help.auditQuery,
    options: [
      { flags: '--category <category>', description: `${help.auditCategory}: ${auditCategories.join(', ')}` },
      { flags: '--pack <id>', description: help.auditPack },
      { flags: '--flow <id>', description: help.auditFlow },
      { flags: '--action <action>', description: help.auditAction },
      { flags: '--since <time>', description: help.auditSince },
      { flags: '--until <time>', description: help.auditUntil },
      { flags: '--outcome <outcome>', description: help.auditOutcome },
      { flags: '--limit <count>', description: help.auditLimit },
      { flags: '--before <n>', description: help.auditBefore },
    ],
    values: querySchema,
    run: query,
  })
  addCommand(audit, launch, { name: 'rebuild', summary: help.auditRebuild, values: z.object({}), run: rebuild })
}

async function query(session: Session, values: QueryValues): Promise<ExitCode> {
  const { category, pack, flow, action, since, until, outcome, limit, before } = values
  const wish = { category, pack_id: pack, flow_id: flow, action, since, until, outcome, limit, before_seq: before }
  return withClient(session, async (client) =>
    answer(session, await client.call('audit.query', withoutUndefined(wish)), {
      schema: auditView,
      show: ({ entries, next_before_seq: next }) => {
        const { audit } = session.messages
        if (entries.length === 0) note(session, next === undefined ? audit.none : audit.noneYet)
        else session.terminal.out(renderAudit(entries, session))
        if (next !== undefined) note(session, audit.more(next))
      },
    }),
  )
}

async function rebuild(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('audit.rebuild'), {
      schema: auditRebuildView,
      show: ({ entries, files }) => say(session, session.messages.audit.rebuilt(entries, files)),
    }),
  )
}
