import type { FlowsView } from '../views.ts'
import { escapeLine } from './escape.ts'
import type { Style } from './packs.ts'
import { renderTable } from './table.ts'

/** The flows that can run, a line each. */
export function renderFlows({ details }: FlowsView, { messages, terminal }: Style): string {
  const { table } = messages
  return renderTable({
    head: [table.flow, table.source, table.steps, table.inputs, table.description],
    headStyle: terminal.palette.dim,
    width: terminal.width,
    rows: details.map((flow) => [
      { text: escapeLine(flow.flow_id), style: terminal.palette.bold },
      escapeLine(flow.source),
      String(flow.steps),
      escapeLine(flow.inputs.join(', ')),
      escapeLine(flow.description ?? ''),
    ]),
  })
}
