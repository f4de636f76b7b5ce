import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { setUpView, upgradeView, type UpgradeView } from '../kairos-views.ts'
import { noteDiagnostics } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import { renderUpgrade } from '../render/skills.ts'
import type { ExitCode, Session } from '../session.ts'

/** `rumi kairos …` */
export function addKairosCommands(kairos: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(kairos, launch, {
    name: 'init',
    summary: help.kairosInit,
    example: example('rumi kairos init'),
    options: [{ flags: '--repair', description: help.repair }],
    values: z.object({ repair: z.boolean().default(false) }),
    run: init,
  })
  addCommand(kairos, launch, {
    name: 'upgrade',
    summary: help.kairosUpgrade,
    example: example('rumi kairos upgrade --dry-run'),
    options: [{ flags: '--dry-run', description: help.dryRun }],
    values: z.object({ dryRun: z.boolean().default(false) }),
    run: upgrade,
  })
}

async function init(session: Session, { repair }: { readonly repair: boolean }): Promise<ExitCode> {
  const words = session.messages.kairos.setUp
  return withClient(session, async (client) =>
    answer(session, await client.call('kairos.init', { repair }), {
      schema: setUpView,
      show: ({ kind, skills, written, chain, diagnostics }) => {
        const done = {
          new: words.new(skills.length),
          adopted: words.adopted(skills.length),
          repaired: words.repaired(written.length),
        }
        const sentence = kind === 'new' || kind === 'adopted' || kind === 'repaired' ? done[kind] : undefined
        say(session, sentence ?? words.unchanged(skills.length))
        for (const path of written) say(session, `  ${escapeLine(path)}`)
        if (chain !== null) say(session, words.chain(chain.length))
        noteDiagnostics(session, diagnostics)
        if (kind === 'unchanged' && diagnostics.length > 0) note(session, words.repair)
        else note(session, words.next)
      },
      isOk: ({ diagnostics }) => diagnostics.every(({ severity }) => severity !== 'error'),
    }),
  )
}

async function upgrade(session: Session, { dryRun }: { readonly dryRun: boolean }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('kairos.upgrade', { dry_run: dryRun }), {
      schema: upgradeView,
      show: (done) => showUpgrade(session, done, dryRun),
    }),
  )
}

function showUpgrade(session: Session, { steps, proposals }: UpgradeView, isDryRun: boolean): void {
  const { upgrade: words, proposals: change } = session.messages.kairos
  const changed = steps.filter(({ action }) => action !== 'unchanged')
  if (changed.length === 0) note(session, words.nothing)
  else session.terminal.out(renderUpgrade(changed, session))
  for (const id of proposals) note(session, words.waiting(escapeLine(id)))
  if (isDryRun) note(session, change.dryRun)
}
