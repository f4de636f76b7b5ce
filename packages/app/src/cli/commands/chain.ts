import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import {
  chainFileView,
  chainHeadView,
  chainHistoryView,
  chainReportView,
  chainStatusView,
  recordedView,
} from '../kairos-views.ts'
import { countValue } from '../option-values.ts'
import { describePath } from '../own-name.ts'
import { renderChainHistory, renderChainReport, renderChainStatus } from '../render/chain.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const historySchema = z.object({ type: z.string().optional(), limit: countValue.optional() })
const fileSchema = z.object({ file: z.string().min(1) })

/** `rumi chain …` */
export function addChainCommands(chain: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const nothing = z.object({})
  addCommand(chain, launch, {
    name: 'status',
    summary: help.chainStatus,
    example: example('rumi chain status'),
    values: nothing,
    run: status,
  })
  addCommand(chain, launch, {
    name: 'verify',
    summary: help.chainVerify,
    example: example('rumi chain verify'),
    values: nothing,
    run: verify,
  })
  addCommand(chain, launch, {
    name: 'history',
    summary: help.chainHistory,
    example: example('rumi chain history --type skill_transition'),
    options: [
      { flags: '--type <kind>', description: help.type },
      { flags: '--limit <count>', description: help.limitHistory },
    ],
    values: historySchema,
    run: history,
  })
  addCommand(chain, launch, {
    name: 'record',
    summary: help.chainRecord,
    example: example('rumi chain record "we decided to keep L2 short"'),
    arguments: [['<texts...>', help.texts]],
    values: z.object({ texts: z.array(z.string()) }),
    run: record,
  })
  addChainFileCommands(chain, launch, messages)
}

function addChainFileCommands(chain: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(chain, launch, {
    name: 'import',
    summary: help.chainImport,
    example: example('rumi chain import old/blockchain.json'),
    arguments: [['<file>', help.importFile]],
    values: fileSchema,
    run: takeOver,
  })
  addCommand(chain, launch, {
    name: 'export',
    summary: help.chainExport,
    example: example('rumi chain export blockchain.json'),
    arguments: [['<file>', help.exportFile]],
    values: fileSchema,
    run: writeOut,
  })
}

async function status(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.status'), {
      schema: chainStatusView,
      show: (found) => session.terminal.out(renderChainStatus(found, session)),
    }),
  )
}

async function verify(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.verify'), {
      schema: chainReportView,
      show: (report) => session.terminal.out(renderChainReport(report, session)),
      isOk: (report) => report.ok,
    }),
  )
}

async function history(session: Session, values: Readonly<z.infer<typeof historySchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.history', withoutUndefined(values)), {
      schema: chainHistoryView,
      show: ({ entries }) => {
        if (entries.length === 0) note(session, session.messages.kairos.chain.nothing)
        else session.terminal.out(renderChainHistory(entries, session))
      },
    }),
  )
}

async function record(session: Session, { texts }: { readonly texts: readonly string[] }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.record', { logs: [...texts] }), {
      schema: recordedView,
      show: ({ recorded, length }) => say(session, session.messages.kairos.chain.recorded(recorded, length)),
    }),
  )
}

async function takeOver(session: Session, { file }: Readonly<z.infer<typeof fileSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.import', { path: resolve(session.currentFolder, file) }), {
      schema: chainHeadView,
      show: ({ length, head }) => {
        say(session, session.messages.kairos.chain.taken(length))
        say(session, session.terminal.palette.dim(escapeLine(head)))
      },
    }),
  )
}

async function writeOut(session: Session, { file }: Readonly<z.infer<typeof fileSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('chain.export', { path: resolve(session.currentFolder, file) }), {
      schema: chainFileView,
      show: ({ path, blocks, head }) => {
        const shown = escapeLine(describePath(path, session.currentFolder))
        say(session, session.messages.kairos.chain.exported(blocks, shown))
        say(session, session.terminal.palette.dim(escapeLine(head)))
      },
    }),
  )
}
