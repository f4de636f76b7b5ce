import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { escapeLine } from '../render/escape.ts'
import { renderRun, renderRuns } from '../render/runs.ts'
import type { ExitCode, Session } from '../session.ts'
import { noteDenials } from './denials.ts'
import { cancelView, runDetailsView, runsView } from '../views.ts'

/** `rumi runs …` */
export function addRunCommands(runs: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  const id = z.object({ id: z.string() })
  addCommand(runs, launch, {
    name: 'list',
    summary: help.runsList,
    options: [{ flags: '--limit <count>', description: help.runsLimit }],
    values: z.object({
      limit: z
        .string()
        .regex(/^(?:[1-9]\d{0,2}|1000)$/, '1–1000')
        .transform(Number)
        .optional(),
    }),
    run: listRuns,
  })
  addCommand(runs, launch, {
    name: 'show',
    summary: help.runsShow,
    arguments: [['<id>', help.runId]],
    values: id,
    run: showRun,
  })
  addCommand(runs, launch, {
    name: 'cancel',
    summary: help.runsCancel,
    arguments: [['<id>', help.runId]],
    values: id,
    run: cancelRun,
  })
}

async function listRuns(session: Session, { limit }: { readonly limit?: number | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('runs.list', limit === undefined ? {} : { limit }), {
      schema: runsView,
      show: ({ runs }) => {
        if (runs.length === 0) note(session, session.messages.runs.none)
        else session.terminal.out(renderRuns(runs, session))
      },
    }),
  )
}

async function showRun(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) => {
    const shown = await client.call('runs.show', { run_id: id })
    const code = answer(session, shown, {
      schema: runDetailsView,
      show: (run) => session.terminal.out(renderRun(run, session)),
    })
    if (shown.ok) await noteDenials(session, client, id)
    return code
  })
}

async function cancelRun(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('runs.cancel', { run_id: id }), {
      schema: cancelView,
      show: (run) => say(session, session.messages.runs.cancelled(escapeLine(run.run_id), escapeLine(run.status))),
    }),
  )
}
