import type { RoutesView } from '../views.ts'
import { escapeLine } from './escape.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** The routes, a line each. */
export function renderRoutes({ routes }: RoutesView, { messages, terminal }: Style): string {
  const { table } = messages
  return renderTable({
    head: [table.method, table.path, table.flow, table.pack, table.description],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: routes.map((route) => [
      escapeLine(route.method),
      { text: escapeLine(route.path), style: terminal.palette.bold },
      escapeLine(route.flow_id),
      escapeLine(route.pack_id),
      escapeLine(route.description),
    ]),
  })
}
