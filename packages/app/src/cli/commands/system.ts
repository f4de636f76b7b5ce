import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { loadKeys, prepareHome, readKeys } from '@rumi/drivers/system'
import { deriveDelegateToken } from '@rumi/kernel/operation'
import { readSettings } from '../../config/index.ts'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, printJson, say } from '../answer.ts'
import { findHome, withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { describePath } from '../own-name.ts'
import { renderDoctor } from '../render/doctor.ts'
import type { ExitCode, Session } from '../session.ts'
import { addTutorialPack } from '../tutorial.ts'
import { doctorView } from '../views.ts'

/** `rumi init`, `up`, `token` and `doctor`. */
export function addSystemCommands(program: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  const nothing = z.object({})
  addCommand(program, launch, {
    name: 'init',
    summary: help.init,
    options: [{ flags: '--tutorial', description: help.initTutorial }],
    values: z.object({ tutorial: z.boolean().default(false) }),
    run: initialize,
  })
  addCommand(program, launch, {
    name: 'up',
    summary: help.up,
    options: [
      { flags: '--port <port>', description: help.upPort },
      { flags: '--permissive', description: help.upPermissive },
      { flags: '--guide', description: help.upGuide },
    ],
    values: z.object({
      port: z
        .string()
        .regex(/^\d{1,5}$/, '0–65535')
        .transform(Number)
        .pipe(z.number().max(65_535, '0–65535'))
        .optional(),
      permissive: z.boolean().default(false),
      guide: z.boolean().default(false),
    }),
    run: async (session, values) => {
      const { serve } = await import('./up.ts')
      return serve(session, values)
    },
  })
  addCommand(program, launch, {
    name: 'token',
    summary: help.token,
    options: [{ flags: '--delegate', description: help.tokenDelegate }],
    values: z.object({ delegate: z.boolean().default(false) }),
    run: printToken,
  })
  addCommand(program, launch, { name: 'doctor', summary: help.doctor, values: nothing, run: diagnose })
}

async function initialize(session: Session, { tutorial }: { readonly tutorial: boolean }): Promise<ExitCode> {
  const { environment, home, currentFolder, messages } = session
  const settings = readSettings(environment, { home }, (path) => resolve(currentFolder, path))
  if (!settings.ok) return fail(session, settings.error)
  const prepared = prepareHome(settings.value.home)
  if (!prepared.ok) return fail(session, prepared.error)
  const keys = loadKeys(prepared.value)
  if (!keys.ok) return fail(session, keys.error)
  const pack = tutorial ? addTutorialPack(prepared.value.ecosystem) : undefined
  if (session.isJson) {
    printJson(session, { home: prepared.value.root, tutorial: pack ?? null })
    return 0
  }
  say(session, messages.home.ready(describePath(prepared.value.root, currentFolder)))
  if (pack !== undefined) say(session, messages.home.tutorialAdded(describePath(pack, currentFolder)))
  return 0
}

async function printToken(session: Session, { delegate }: { readonly delegate: boolean }): Promise<ExitCode> {
  const found = findHome(session)
  if (!found.ok) return fail(session, found.error)
  const keys = readKeys(found.value.paths)
  if (!keys.ok) return fail(session, keys.error)
  const { operatorToken } = keys.value
  const token = delegate ? deriveDelegateToken(operatorToken) : operatorToken
  if (session.isJson) printJson(session, { token })
  else session.terminal.out(`${token}\n`)
  return 0
}

async function diagnose(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('system.doctor'), {
      schema: doctorView,
      show: (report) => session.terminal.out(renderDoctor(report, session)),
      isOk: (report) => report.ok,
    }),
  )
}
