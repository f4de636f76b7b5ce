import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { System } from '../../compose/index.ts'
import { note, say } from '../answer.ts'
import { describeOwnName, nameCommands } from '../own-name.ts'
import { escapeLine } from '../render/escape.ts'
import { displayWidth } from '../render/table.ts'
import type { Session } from '../session.ts'

/** Says where the system is, on `out`: one line, or one line of JSON; then what to do next, when asked for. */
export function announceReady(
  session: Session,
  { url, port, guide }: { readonly url: string; readonly port: number; readonly guide: boolean },
): void {
  const { terminal, messages, isJson } = session
  if (isJson) return terminal.out(`${JSON.stringify({ url, port, pid: process.pid })}\n`)
  say(session, terminal.palette.bold(messages.server.ready(url)))
  if (guide) terminal.out(renderGuide(session))
}

/** Says that runs of before were cut off. */
export function reportInterrupted(session: Session, count: number): void {
  if (count > 0) note(session, session.messages.server.interrupted(count))
}

/** Tries the sandbox and says how it did, unless the system ends meanwhile. */
export async function reportSandbox(session: Session, { services }: System, stop: AbortSignal): Promise<void> {
  const { messages, terminal } = session
  const { sandbox, settings, clock } = services
  if (settings.mode === 'permissive') return note(session, messages.server.sandboxUnused)
  const startedMs = clock.monotonicMs()
  const { checks, hint } = await sandbox.selfTest()
  if (stop.aborted) return undefined
  const failed = checks.filter((check) => !check.passed)
  if (failed.length > 0) {
    const data = { failed: failed.map((check) => check.id).slice(0, 20) }
    await services.state.write((state) => {
      state.append({ kind: 'sandbox.self-test', actor: 'system', subject: sandbox.name, data })
    })
  }
  if (failed.length === 0) {
    const seconds = ((clock.monotonicMs() - startedMs) / 1000).toFixed(1)
    return note(session, terminal.errPalette.green(messages.server.sandboxPassed(sandbox.name, checks.length, seconds)))
  }
  const shown = failed.slice(0, 3).map((check) => escapeLine(`${check.id}: ${check.detail}`))
  note(session, terminal.errPalette.red(messages.server.sandboxFailed(sandbox.name, shown.join('; '))))
  return hint === undefined ? undefined : note(session, `${messages.problem.hint}: ${hint}`)
}

/** What to type next, as it can be typed from here. */
function renderGuide({ messages, terminal, currentFolder, home, environment }: Session): string {
  const words = messages.server
  // Another terminal need not have the RUMI_HOME of this one.
  const { RUMI_HOME, ...elsewhere } = environment
  const ownName = describeOwnName({ environment: elsewhere, currentFolder, home: home ?? RUMI_HOME })
  const hasTutorial = existsSync(resolve(currentFolder, home ?? RUMI_HOME ?? '.rumi', 'ecosystem', 'hello'))
  const lines = [
    ['rumi packs list', words.guideList],
    ...(hasTutorial
      ? [
          ['rumi packs approve hello', words.guideApprove],
          ['rumi flows run hello --input name=Ada', words.guideRun],
        ]
      : []),
    ['rumi token', words.guideToken],
  ].map(([command = '', purpose = '']) => ({ command: nameCommands(command, ownName), purpose }))
  const width = Math.max(...lines.map(({ command }) => displayWidth(command)))
  const rendered = lines.map(
    ({ command, purpose }) =>
      `  ${command}${' '.repeat(width - displayWidth(command))}  ${terminal.palette.dim(purpose)}\n`,
  )
  return `\n${words.guide}\n${rendered.join('')}\n${words.guideStop}\n`
}
