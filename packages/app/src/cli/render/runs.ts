import type { RunDetailsView, RunView, StepView } from '../views.ts'
import { escapeJson, escapeLine, escapeText } from './escape.ts'
import { formatDuration, formatInstant, indent, renderFields } from './fields.ts'
import type { Style } from './packs.ts'
import { statusCell } from './status.ts'
import { renderTable, type Cell } from './table.ts'

/** Runs, newest first, a line each. */
export function renderRuns(runs: readonly RunView[], { messages, terminal }: Style): string {
  const { table } = messages
  const { palette } = terminal
  return renderTable({
    head: [table.run, table.flow, table.status, table.started, table.duration, table.error],
    headStyle: palette.dim,
    width: terminal.width,
    rows: runs.map((run) => [
      escapeLine(run.run_id),
      { text: escapeLine(run.flow_id), style: palette.bold },
      statusCell(run.status, palette),
      escapeLine(formatInstant(run.started_at)),
      run.ended_at === undefined ? '' : formatDuration(Date.parse(run.ended_at) - Date.parse(run.started_at)),
      run.error === undefined ? '' : escapeLine(describeError(run.error)),
    ]),
  })
}

/** A run with everything that is kept about it. */
export function renderRun(run: RunDetailsView, style: Style): string {
  const { messages, terminal } = style
  const { palette } = terminal
  const words = messages.runs
  const head = renderFields(
    [
      [words.flow, palette.bold(escapeLine(run.flow_id))],
      [words.status, show(statusCell(run.status, palette))],
      [words.started, escapeLine(formatInstant(run.started_at))],
      [words.ended, run.ended_at === undefined ? undefined : escapeLine(formatInstant(run.ended_at))],
      [words.caller, escapeLine(run.caller)],
      [words.inputs, escapeJson(run.inputs, 0)],
      [words.result, run.result === undefined ? undefined : escapeJson(run.result, 0)],
      [words.error, run.error && palette.red(escapeLine(describeError(run.error)))],
      ...run.diagnostics.map((text): [string, string] => [words.notes, escapeLine(text)]),
    ],
    palette,
  )
  const steps = run.steps.length === 0 ? [`${words.noSteps}\n`] : run.steps.map((step) => renderStep(step, style))
  return [`${palette.bold(escapeLine(run.run_id))}\n${head}`, ...steps].join('\n')
}

function renderStep(step: StepView, { messages, terminal }: Style): string {
  const { palette } = terminal
  const words = messages.runs
  const place = step.path === '' ? '' : `${step.path}/`
  const duration = step.duration_ms === undefined ? undefined : formatDuration(step.duration_ms)
  const file = step.file === undefined ? undefined : [step.pack_id, step.file].filter(Boolean).join(':')
  const title = [
    show(statusCell(step.status, palette)),
    palette.bold(escapeLine(`${place}${step.step_id}`)),
    escapeLine(step.type),
    duration,
    file === undefined ? undefined : palette.dim(escapeLine(file)),
    step.sandbox === undefined ? undefined : describePosture(step.sandbox, words.sandbox, palette),
  ]
  const body = [
    member(words.input, step.input),
    member(words.output, step.output),
    step.log === undefined || step.log === '' ? '' : block(words.log, escapeText(step.log)),
    step.error ? block(words.error, palette.red(escapeText(`${step.error.error_type}: ${step.error.message}`))) : '',
    ...(step.diagnostics ?? []).map((text) => block(words.notes, escapeText(text))),
  ]
  return `${title.filter((part) => part !== undefined).join('  ')}\n${body.join('')}`
}

/** Without a sandbox is worth noticing in every line. */
function describePosture(posture: string, label: string, palette: Style['terminal']['palette']): string {
  const text = `${label}: ${escapeLine(posture)}`
  return posture === 'host_permissive' ? palette.red(text) : palette.dim(text)
}

function member(label: string, value: unknown): string {
  if (value === undefined) return ''
  const compact = escapeJson(value, 0)
  return block(label, compact.length <= ONE_LINE ? compact : escapeJson(value, 2))
}

const ONE_LINE = 100

function block(label: string, text: string): string {
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text
  return trimmed.includes('\n') ? `  ${label}:\n${indent(trimmed, 4)}\n` : `  ${label}: ${trimmed}\n`
}

function describeError(error: NonNullable<RunView['error']>): string {
  const step = error.step_id === undefined ? '' : `${error.step_id}: `
  return `${step}${error.error_type}: ${error.message}`
}

function show(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.style(cell.text)
}
