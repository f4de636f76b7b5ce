import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient, type Client } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { denialDismissedView, denialGrantedView, denialsView, denialView } from '../gate-views.ts'
import { describeGrant, describeRemedy, renderDenial, renderDenials } from '../render/denials.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const idSchema = z.object({ id: z.string() })
const grantSchema = idSchema.extend({ allowPrivate: z.boolean().default(false) })

/** `rumi denials …` */
export function addDenialCommands(denials: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const one = { arguments: [['<id>', help.denial]], values: idSchema } as const
  addCommand(denials, launch, {
    name: 'list',
    summary: help.denialsList,
    example: example('rumi denials list --pack weather'),
    options: [{ flags: '--pack <id>', description: help.denialsPack }],
    values: z.object({ pack: z.string().optional() }),
    run: list,
  })
  addCommand(denials, launch, {
    ...one,
    name: 'show',
    summary: help.denialsShow,
    example: example('rumi denials show den_0123456789abcdef'),
    run: show,
  })
  addCommand(denials, launch, {
    name: 'grant',
    summary: help.denialsGrant,
    example: example('rumi denials grant den_0123456789abcdef'),
    arguments: one.arguments,
    options: [{ flags: '--allow-private', description: help.denialsPrivate }],
    values: grantSchema,
    run: grant,
  })
  addCommand(denials, launch, {
    ...one,
    name: 'dismiss',
    summary: help.denialsDismiss,
    example: example('rumi denials dismiss den_0123456789abcdef'),
    run: dismiss,
  })
}

async function list(session: Session, { pack }: { readonly pack?: string | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('denials.list', withoutUndefined({ principal_id: pack })), {
      schema: denialsView,
      show: ({ denials }) => {
        if (denials.length === 0) note(session, session.messages.gate.denials.none)
        else session.terminal.out(renderDenials(denials, session))
      },
    }),
  )
}

async function show(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('denials.show', { denial_id: id }), {
      schema: denialView,
      show: (denial) => session.terminal.out(renderDenial(denial, session)),
    }),
  )
}

async function grant(session: Session, { id, allowPrivate }: Readonly<z.infer<typeof grantSchema>>): Promise<ExitCode> {
  const words = session.messages.gate.denials
  return withClient(session, async (client) =>
    answer(session, await client.call('denials.grant', { denial_id: id, allow_private: allowPrivate }), {
      schema: denialGrantedView,
      show: ({ granted, remedied }) => {
        const remedies = remedied === undefined ? [] : [describeRemedy(remedied, session.messages)]
        const done = [...granted.map(describeGrant), ...remedies]
        if (done.length === 0) return say(session, words.grantedNothing)
        say(session, session.terminal.palette.green(words.granted))
        for (const line of done) session.terminal.out(`  ${line}\n`)
      },
    }),
  )
}

async function dismiss(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('denials.dismiss', { denial_id: id }), {
      schema: denialDismissedView,
      show: (dismissed) => say(session, session.messages.gate.denials.dismissed(escapeLine(dismissed.id))),
    }),
  )
}

/** Says below a run how many things its blocks were refused, for people only. */
export async function noteDenials(session: Session, client: Client, runId: string | undefined): Promise<void> {
  if (session.isJson || runId === undefined) return
  const listed = await client.call('denials.list')
  const view = listed.ok ? denialsView.safeParse(listed.value) : undefined
  // An older system has no denials; what was asked for was shown all the same.
  const count = view?.data?.denials.filter((denial) => denial.run_id === runId && !denial.resolved).length ?? 0
  if (count === 0) return
  const { yellow } = session.terminal.errPalette
  note(session, yellow(session.messages.gate.denials.ofRun(count)))
}
