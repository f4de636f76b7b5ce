import { warnPermissive } from '../permissive.ts'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { err, ok, type JsonObject, type Result } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { maxInputsBytes, mergeInputs, parseInputObject, parseInputPair, type InputPair } from '../flow-inputs.ts'
import { nameCommands } from '../own-name.ts'
import { readBounded, standardInput } from '../read-bounded.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { escapeJson, escapeLine, escapeText } from '../render/escape.ts'
import { renderFlows } from '../render/flows.ts'
import type { ExitCode, Session } from '../session.ts'
import { noteDenials } from './denials.ts'
import { flowsView, runResultView, type RunResultView } from '../views.ts'

/** `rumi flows …` */
export function addFlowCommands(flows: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  addCommand(flows, launch, { name: 'list', summary: help.flowsList, values: z.object({}), run: listFlows })
  addCommand(flows, launch, {
    name: 'run',
    summary: help.flowsRun,
    arguments: [
      ['<flow>', help.flowId],
      ['[pairs...]', help.flowPairs],
    ],
    options: [
      { flags: '--input <pair>', description: help.flowInput, isRepeatable: true },
      { flags: '--inputs <json>', description: help.flowInputs },
      { flags: '--timeout <seconds>', description: help.flowTimeout },
    ],
    values: runSchema,
    run: runFlow,
  })
}

const runSchema = z.object({
  flow: z.string(),
  pairs: z.array(z.string()),
  input: z.array(z.string()),
  inputs: z.string().optional(),
  timeout: z.string().transform(Number).pipe(z.number('1–600').min(1, '1–600').max(600, '1–600')).optional(),
})

type RunValues = Readonly<z.infer<typeof runSchema>>

async function listFlows(session: Session): Promise<ExitCode> {
  const { messages, terminal } = session
  return withClient(session, async (client) =>
    answer(session, await client.call('flows.list'), {
      schema: flowsView,
      show: (flows) => {
        if (flows.details.length === 0) note(session, messages.flows.none)
        else terminal.out(renderFlows(flows, session))
        terminal.err(renderDiagnostics(flows.diagnostics, { messages, palette: terminal.errPalette }))
      },
    }),
  )
}

async function runFlow(session: Session, values: RunValues): Promise<ExitCode> {
  // Read before the home is opened: what the shell hands us (a here-document, a pipe) must not be open any more then.
  const inputs = readInputs(session, values)
  if (!inputs.ok) return failUsage(session, inputs.error)
  const { flow, timeout } = values
  const input = { flow_id: flow, inputs: inputs.value, ...(timeout === undefined ? {} : { timeout }) }
  return withClient(session, async (client) => {
    const ended: { runId?: string } = {}
    const code = answer(session, await client.call('flows.run', input), {
      schema: runResultView,
      show: (run) => {
        showRun(session, run)
        ended.runId = run.run_id
      },
      isOk: (run) => run.success,
    })
    await noteDenials(session, client, ended.runId)
    return code
  })
}

function showRun(session: Session, run: RunResultView): void {
  const { terminal, messages } = session
  const { green, red, yellow } = terminal.errPalette
  if (run.success || run.result !== null) terminal.out(`${escapeJson(run.result, 2)}\n`)
  const ended = messages.flows.ended(run.status, run.run_id, run.execution_time.toFixed(3))
  terminal.err(`${(run.success ? green : red)(escapeLine(ended))}\n`)
  if (run.sandbox.includes('host_permissive')) warnPermissive(session)
  for (const diagnostic of run.diagnostics ?? [])
    terminal.err(`${yellow(messages.problem.warning)}: ${escapeLine(diagnostic)}\n`)
  if (run.success) return
  terminal.err(
    `${red(messages.problem.error)}: ${escapeText(nameCommands(run.error ?? run.status, session.ownName))}\n`,
  )
  note(session, `${messages.problem.hint}: ${messages.flows.seeRun(escapeLine(run.run_id))}`)
}

function readInputs(session: Session, { inputs, input, pairs }: RunValues): Result<JsonObject, string> {
  const base = inputs === undefined ? ok({}) : readInputObject(session, inputs)
  if (!base.ok) return base
  const read: InputPair[] = []
  for (const text of [...input, ...pairs]) {
    const pair = parseInputPair(text, session.messages)
    if (!pair.ok) return pair
    read.push(pair.value)
  }
  return ok(mergeInputs(base.value, read))
}

/** `@FILE`, `-` for the standard input, or the JSON itself. */
function readInputObject(session: Session, given: string): Result<JsonObject, string> {
  const { messages, currentFolder } = session
  if (given !== '-' && !given.startsWith('@')) return parseInputObject(Buffer.from(given), messages)
  const path = given === '-' ? standardInput : resolve(currentFolder, given.slice(1))
  try {
    return parseInputObject(readBounded(path, maxInputsBytes + 1), messages)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return err(messages.usage.file(given, reason))
  }
}
