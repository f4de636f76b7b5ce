import type { Palette } from '../terminal.ts'
import type { Cell } from './table.ts'
import { escapeLine } from './escape.ts'

const good = new Set(['approved', 'running', 'completed'])
const bad = new Set(['blocked', 'error', 'failed', 'timed_out', 'interrupted', 'aborted'])
const attention = new Set(['installed', 'pending', 'modified', 'cancelled', 'skipped'])

/** The status of a pack, a run or a step in its colour: green may go on, yellow waits for somebody, red is stopped. */
export function statusCell(status: string, palette: Palette): Cell {
  return { text: escapeLine(status), style: colorOf(status, palette) }
}

function colorOf(status: string, palette: Palette): (text: string) => string {
  if (good.has(status)) return palette.green
  if (bad.has(status)) return palette.red
  return attention.has(status) ? palette.yellow : palette.dim
}
