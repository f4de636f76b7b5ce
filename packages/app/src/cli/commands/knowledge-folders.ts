import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { exportedFoldersView, importedView } from '../kairos-views.ts'
import { renderImported } from '../render/documents.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const importSchema = z.object({
  folder: z.string().min(1),
  reason: z.string().optional(),
  dryRun: z.boolean().default(false),
})
const exportSchema = z.object({ folder: z.string().min(1), names: z.array(z.string()) })

/** `rumi knowledge import` and `export`: folders with a `SKILL.md`, in and out. */
export function addFolderCommands(knowledge: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(knowledge, launch, {
    name: 'import',
    summary: help.knowledgeImport,
    example: example('rumi knowledge import ~/skills --dry-run'),
    arguments: [['<folder>', help.importFolder]],
    options: [
      { flags: '--reason <text>', description: help.why },
      { flags: '--dry-run', description: help.dryRun },
    ],
    values: importSchema,
    run: takeIn,
  })
  addCommand(knowledge, launch, {
    name: 'export',
    summary: help.knowledgeExport,
    example: example('rumi knowledge export out release_steps'),
    arguments: [
      ['<folder>', help.exportFolder],
      ['[names...]', help.names],
    ],
    values: exportSchema,
    run: giveOut,
  })
}

async function takeIn(session: Session, values: Readonly<z.infer<typeof importSchema>>): Promise<ExitCode> {
  const { folder, reason, dryRun } = values
  const words = session.messages.kairos.documents
  const input = { path: resolve(session.currentFolder, folder), reason, dry_run: dryRun }
  return withClient(session, async (client) =>
    answer(session, await client.call('knowledge.import', withoutUndefined(input)), {
      schema: importedView,
      show: (done) => {
        session.terminal.out(renderImported(done, session))
        const taken = done.documents.filter(({ problem }) => problem === null).length
        note(session, (dryRun ? words.wouldImport : words.imported)(taken, done.documents.length))
      },
      isOk: (done) => done.ok,
    }),
  )
}

async function giveOut(session: Session, { folder, names }: Readonly<z.infer<typeof exportSchema>>): Promise<ExitCode> {
  const input = { path: resolve(session.currentFolder, folder), names }
  return withClient(session, async (client) =>
    answer(session, await client.call('knowledge.export', input), {
      schema: exportedFoldersView,
      show: ({ folders, files }) => {
        for (const path of folders) say(session, escapeLine(path))
        note(session, session.messages.kairos.documents.exported(folders.length, files))
      },
    }),
  )
}
