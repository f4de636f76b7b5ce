import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { renderRoutes } from '../render/routes.ts'
import type { ExitCode, Session } from '../session.ts'
import { routesReloadView, routesView } from '../views.ts'

/** `rumi routes …` */
export function addRouteCommands(routes: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  const values = z.object({})
  addCommand(routes, launch, { name: 'list', summary: help.routesList, values, run: listRoutes })
  addCommand(routes, launch, { name: 'reload', summary: help.routesReload, values, run: reloadRoutes })
}

async function listRoutes(session: Session): Promise<ExitCode> {
  const { messages, terminal } = session
  return withClient(session, async (client) =>
    answer(session, await client.call('routes.list'), {
      schema: routesView,
      show: (found) => {
        if (found.routes.length === 0) note(session, messages.routes.none)
        else terminal.out(renderRoutes(found, session))
        terminal.err(renderDiagnostics(found.diagnostics, { messages, palette: terminal.errPalette }))
      },
    }),
  )
}

async function reloadRoutes(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('routes.reload'), {
      schema: routesReloadView,
      show: (reloaded) => say(session, session.messages.routes.reloaded(reloaded.route_count)),
    }),
  )
}
