import type { Command } from 'commander'
import { z } from 'zod'
import type { JsonObject } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, fail, failUsage, note, say } from '../answer.ts'
import { confirm } from '../confirm.ts'
import { withClient, type Client } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { escapeLine } from '../render/escape.ts'
import { renderPacks, renderReview } from '../render/packs.ts'
import type { ExitCode, Session } from '../session.ts'
import { packReviewView, packView, scanView } from '../views.ts'

/** `rumi packs …` */
export function addPackCommands(packs: Command, launch: Launch, messages: Messages): void {
  const { help } = messages
  const idArgument = [['<id>', help.packId]] as const
  const yesOption = { flags: '--yes', description: help.yes }
  const nothing = z.object({})
  const id = z.object({ id: z.string() })
  addCommand(packs, launch, { name: 'list', summary: help.packsList, values: nothing, run: listPacks })
  addCommand(packs, launch, { name: 'pending', summary: help.packsPending, values: nothing, run: listPending })
  addCommand(packs, launch, {
    name: 'scan',
    summary: help.packsScan,
    arguments: [['[id]', help.packId]],
    values: z.object({ id: z.string().optional() }),
    run: scan,
  })
  addCommand(packs, launch, { name: 'show', summary: help.packsShow, arguments: idArgument, values: id, run: show })
  addCommand(packs, launch, {
    name: 'approve',
    summary: help.packsApprove,
    arguments: idArgument,
    options: [{ flags: '--hash <hash>', description: help.packsApproveHash }, yesOption],
    values: id.extend({ hash: z.string().optional(), yes: z.boolean().default(false) }),
    run: approve,
  })
  addCommand(packs, launch, {
    name: 'reject',
    summary: help.packsReject,
    arguments: idArgument,
    options: [{ flags: '--reason <text>', description: help.reason }],
    values: id.extend({ reason: z.string().optional() }),
    run: reject,
  })
  addCommand(packs, launch, {
    name: 'remove',
    summary: help.packsRemove,
    arguments: idArgument,
    options: [yesOption],
    values: id.extend({ yes: z.boolean().default(false) }),
    run: remove,
  })
}

async function listPacks(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.list'), {
      schema: z.array(packView),
      show: (packs) => {
        if (packs.length === 0) return note(session, session.messages.packs.none)
        session.terminal.out(renderPacks(packs, session))
        showDiagnostics(
          session,
          packs.flatMap((pack) => pack.diagnostics),
        )
      },
    }),
  )
}

async function listPending(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.pending'), {
      schema: z.array(z.string()),
      show: (ids) => {
        if (ids.length === 0) return note(session, session.messages.packs.noPending)
        session.terminal.out(ids.map((packId) => `${escapeLine(packId)}\n`).join(''))
      },
    }),
  )
}

async function scan(session: Session, { id }: { readonly id?: string | undefined }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.scan', id === undefined ? {} : { pack_id: id }), {
      schema: scanView,
      show: (scanned) => {
        if (scanned.packs.length > 0) session.terminal.out(renderPacks(scanned.packs, session))
        note(session, session.messages.packs.scanned(scanned.scanned))
        showDiagnostics(session, [...scanned.packs.flatMap((pack) => pack.diagnostics), ...scanned.diagnostics])
      },
      isOk: ({ diagnostics }) => diagnostics.every(({ severity }) => severity !== 'error'),
    }),
  )
}

async function show(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.show', { pack_id: id }), {
      schema: packReviewView,
      show: (pack) => session.terminal.out(renderReview(pack, session)),
    }),
  )
}

interface Approval {
  readonly id: string
  readonly hash?: string | undefined
  readonly yes: boolean
}

async function approve(session: Session, { id, hash, yes }: Approval): Promise<ExitCode> {
  const isDecided = hash !== undefined || yes
  if (!isDecided && (session.isJson || !session.terminal.isInteractive)) {
    return failUsage(session, session.messages.usage.needsDecision, `rumi packs show ${id}`)
  }
  return withClient(session, async (client) => {
    if (!isDecided) return approveReviewed(session, client, id)
    return approveNow(session, client, { pack_id: id, ...(hash === undefined ? {} : { tree_hash: hash }) })
  })
}

/** Shows what there is, asks, and approves by exactly the hash that was shown: what changed meanwhile is refused. */
async function approveReviewed(session: Session, client: Client, id: string): Promise<ExitCode> {
  const { packs } = session.messages
  const reviewed = await client.call('packs.show', { pack_id: id })
  const shown: { hash?: string | undefined } = {}
  const code = answer(session, reviewed, {
    schema: packReviewView,
    show: (pack) => {
      session.terminal.out(renderReview(pack, session))
      shown.hash = pack.tree_hash
    },
    isOk: (pack) => pack.files.length > 0 && pack.tree_hash !== undefined,
  })
  if (!reviewed.ok) return code
  if (code !== 0 || shown.hash === undefined) {
    return fail(session, { code: 'pack.unreadable', status: 422, message: packs.unreadable(id) })
  }
  if (!(await confirm(session, packs.ask(id)))) {
    note(session, packs.notApproved)
    return 1
  }
  return approveNow(session, client, { pack_id: id, tree_hash: shown.hash })
}

async function approveNow(session: Session, client: Client, input: JsonObject): Promise<ExitCode> {
  return answer(session, await client.call('packs.approve', input), {
    schema: packView,
    show: (pack) => {
      const { approvedNow } = session.messages.packs
      say(
        session,
        session.terminal.palette.green(approvedNow(escapeLine(pack.pack_id), escapeLine(pack.approved_hash ?? ''))),
      )
    },
  })
}

async function reject(
  session: Session,
  { id, reason }: { readonly id: string; readonly reason?: string | undefined },
): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.reject', { pack_id: id, ...(reason === undefined ? {} : { reason }) }), {
      schema: packView,
      show: (pack) => say(session, session.messages.packs.rejectedNow(escapeLine(pack.pack_id))),
    }),
  )
}

async function remove(
  session: Session,
  { id, yes }: { readonly id: string; readonly yes: boolean },
): Promise<ExitCode> {
  const { messages, terminal } = session
  if (!yes) {
    if (session.isJson || !terminal.isInteractive) return failUsage(session, messages.usage.needsYes)
    if (!(await confirm(session, messages.packs.askRemove(id)))) {
      note(session, messages.packs.notRemoved)
      return 1
    }
  }
  return withClient(session, async (client) =>
    answer(session, await client.call('packs.remove', { pack_id: id }), {
      schema: z.object({ pack_id: z.string() }),
      show: (pack) => say(session, messages.packs.removedNow(escapeLine(pack.pack_id))),
    }),
  )
}

function showDiagnostics(session: Session, diagnostics: Parameters<typeof renderDiagnostics>[0]): void {
  const { messages, terminal } = session
  terminal.err(renderDiagnostics(diagnostics, { messages, palette: terminal.errPalette }))
}
