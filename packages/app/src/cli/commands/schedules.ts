import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { renderSchedules } from '../render/schedules.ts'
import type { ExitCode, Session } from '../session.ts'
import { schedulesView } from '../views.ts'

/** `rumi schedules …` */
export function addScheduleCommands(schedules: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  addCommand(schedules, launch, {
    name: 'list',
    summary: help.schedulesList,
    values: z.object({}),
    run: listSchedules,
  })
}

async function listSchedules(session: Session): Promise<ExitCode> {
  const { messages, terminal } = session
  return withClient(session, async (client) =>
    answer(session, await client.call('schedules.list'), {
      schema: schedulesView,
      show: (found) => {
        if (found.schedules.length === 0) return note(session, messages.schedules.none)
        terminal.out(renderSchedules(found, session))
        if (!found.active) note(session, messages.schedules.inactive)
        const diagnostics = found.schedules.flatMap((schedule) => schedule.diagnostics)
        terminal.err(renderDiagnostics(diagnostics, { messages, palette: terminal.errPalette }))
      },
    }),
  )
}
