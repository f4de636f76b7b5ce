import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { writeFileAtomically } from '@rumi/drivers/system'
import type { Messages } from '../../messages/index.ts'
import { presentReport } from '../../operations/ledger/index.ts'
import { answer, fail, failUsage, note } from '../answer.ts'
import { findCheckpoint } from '../checkpoint-text.ts'
import { withClient, type Client } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { describeOwnName, describePath } from '../own-name.ts'
import { withProgress } from '../progress.ts'
import { escapeLine, escapeText } from '../render/escape.ts'
import { renderReport } from '../render/ledger.ts'
import type { ExitCode, Session } from '../session.ts'
import { findVerifierKey, readSmallFile, reasonOf, verifyExportFile } from '../verify-file.ts'
import { ledgerExportView, ledgerHeadView, ledgerProofView, ledgerReportView } from '../views.ts'

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, '0, 1, 2 …')
  .transform(Number)

const verifySchema = z.object({
  file: z.string().optional(),
  key: z.string().optional(),
  trusted: z.string().optional(),
})

type VerifyValues = Readonly<z.infer<typeof verifySchema>>

/** `rumi ledger …` */
export function addLedgerCommands(ledger: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  addCommand(ledger, launch, { name: 'head', summary: help.ledgerHead, values: z.object({}), run: showHead })
  addCommand(ledger, launch, {
    name: 'verify',
    summary: help.ledgerVerify,
    arguments: [['[file]', help.ledgerFile]],
    options: [
      { flags: '--key <key>', description: help.ledgerKey },
      { flags: '--trusted <file>', description: help.ledgerTrusted },
    ],
    values: verifySchema,
    run: verify,
  })
  addCommand(ledger, launch, {
    name: 'export',
    summary: help.ledgerExport,
    options: [{ flags: '--out <file>', description: help.ledgerOut }],
    values: z.object({ out: z.string().min(1).optional() }),
    run: exportLedger,
  })
  addCommand(ledger, launch, {
    name: 'prove',
    summary: help.ledgerProve,
    options: [
      { flags: '--seq <n>', description: help.ledgerSequence },
      { flags: '--from <n>', description: help.ledgerFrom },
    ],
    values: z.object({ seq: wholeNumber.optional(), from: wholeNumber.optional() }),
    run: prove,
  })
}

/** The checkpoint alone on `out`, byte for byte: kept in a file, it is what `--trusted` takes. */
async function showHead(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('ledger.head'), {
      schema: ledgerHeadView,
      show: (head) => {
        session.terminal.out(escapeText(head.checkpoint))
        session.terminal.err(`${session.messages.ledger.key(escapeLine(head.verifier_key))}\n`)
      },
    }),
  )
}

async function verify(session: Session, { file, key, trusted }: VerifyValues): Promise<ExitCode> {
  const { usage } = session.messages
  const checkpoint = trusted === undefined ? undefined : readSmallFile(resolve(session.currentFolder, trusted))
  if (checkpoint?.ok === false) return failUsage(session, usage.file(trusted ?? '', checkpoint.error.reason))
  const note = checkpoint && findCheckpoint(checkpoint.value)
  if (checkpoint && note === undefined) {
    const message = usage.checkpoint(trusted ?? '')
    return fail(session, { code: 'file.no_checkpoint', status: 400, message, hint: usage.checkpointHint })
  }
  if (file !== undefined) return verifyFile(session, { file, key, trusted: note })
  if (key !== undefined) return failUsage(session, usage.needsFile)
  return withClient(session, async (client) =>
    answer(session, await client.call('ledger.verify', note === undefined ? {} : { trusted: note }), {
      schema: ledgerReportView,
      show: (report) => session.terminal.out(renderReport(report, session)),
      isOk: (report) => report.ok,
    }),
  )
}

async function verifyFile(
  session: Session,
  {
    file,
    key,
    trusted,
  }: { readonly file: string; readonly key: string | undefined; readonly trusted: string | undefined },
): Promise<ExitCode> {
  const { usage } = session.messages
  if (key === undefined) return failUsage(session, usage.needsKey)
  const verifierKey = findVerifierKey(key, resolve(session.currentFolder, key))
  if (!verifierKey) return failUsage(session, usage.key)
  const path = file === '-' ? file : resolve(session.currentFolder, file)
  const verified = await withProgress(session.terminal, verifyExportFile(path, verifierKey, trusted))
  if (!verified.ok) return failUsage(session, usage.file(file, verified.error.reason))
  return answer(
    session,
    { ok: true, value: presentReport(verified.value) },
    {
      schema: ledgerReportView,
      show: (report) => session.terminal.out(renderReport(report, session)),
      isOk: (report) => report.ok,
    },
  )
}

async function exportLedger(session: Session, { out }: { readonly out?: string | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) => {
    const exported = await client.call('ledger.export')
    if (out !== undefined) return writeExport(session, client, { exported, out })
    return answer(session, exported, {
      schema: ledgerExportView,
      show: ({ lines }) => {
        for (const line of lines) session.terminal.out(`${line}\n`)
      },
    })
  })
}

async function writeExport(
  session: Session,
  client: Client,
  { exported, out }: { readonly exported: Awaited<ReturnType<Client['call']>>; readonly out: string },
): Promise<ExitCode> {
  const parsed = exported.ok ? ledgerExportView.safeParse(exported.value) : undefined
  if (!exported.ok || parsed?.success !== true)
    return answer(session, exported, { schema: ledgerExportView, show: () => undefined })
  const { lines, size } = parsed.data
  const path = resolve(session.currentFolder, out)
  try {
    writeFileAtomically(path, lines.map((line) => `${line}\n`).join(''), 0o644)
  } catch (error) {
    const message = session.messages.file.unwritable(out, reasonOf(error))
    return fail(session, { code: 'file.unwritable', status: 400, message })
  }
  const head = await client.call('ledger.head')
  return answer(session, head.ok ? { ok: true, value: { size, file: path, ...keyOf(head.value) } } : head, {
    schema: z.object({ verifier_key: z.string() }),
    show: (written) => {
      const shown = describePath(path, session.currentFolder)
      const { ledger } = session.messages
      note(session, ledger.exported(size, escapeLine(shown)))
      // It needs no home, so the command names none.
      const ownName = describeOwnName({ ...session, home: undefined })
      const command = ledger.verifyWith(escapeLine(shown), escapeLine(written.verifier_key))
      note({ ...session, ownName }, command)
    },
  })
}

function keyOf(head: unknown): { readonly verifier_key?: string } {
  const parsed = ledgerHeadView.safeParse(head)
  return parsed.success ? { verifier_key: parsed.data.verifier_key } : {}
}

async function prove(
  session: Session,
  values: { readonly seq?: number | undefined; readonly from?: number | undefined },
): Promise<ExitCode> {
  const { seq, from } = values
  if ((seq === undefined) === (from === undefined)) return failUsage(session, session.messages.usage.needsSequence)
  return withClient(session, async (client) =>
    answer(
      session,
      await client.call('ledger.prove', {
        ...(seq === undefined ? {} : { seq }),
        ...(from === undefined ? {} : { from }),
      }),
      {
        schema: ledgerProofView,
        show: (proof) => {
          const { included, grew } = session.messages.ledger
          note(session, seq === undefined ? grew(from ?? 0, proof.size) : included(seq, proof.size))
          if (proof.entry !== undefined) session.terminal.out(`${escapeText(proof.entry)}\n`)
          for (const hash of proof.proof) session.terminal.out(`${escapeLine(hash)}\n`)
        },
      },
    ),
  )
}
