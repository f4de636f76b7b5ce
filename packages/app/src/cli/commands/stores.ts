import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { revokedView, sharedView, sharesView, storeCreatedView, storeDeletedView, storesView } from '../gate-views.ts'
import { countValue } from '../option-values.ts'
import { escapeLine } from '../render/escape.ts'
import { renderShares, renderStores } from '../render/stores.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const createSchema = z.object({ id: z.string(), maxKeys: countValue.optional(), maxBytes: countValue.optional() })
const deleteSchema = z.object({ id: z.string(), yes: z.boolean().default(false) })
const shareSchema = z.object({ provider: z.string(), consumer: z.string(), id: z.string() })
type ShareValues = Readonly<z.infer<typeof shareSchema>>

/** `rumi stores …` */
export function addStoreCommands(stores: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const id = ['<id>', help.store] as const
  addCommand(stores, launch, {
    name: 'list',
    summary: help.storesList,
    example: example('rumi stores list'),
    values: z.object({}),
    run: list,
  })
  addCommand(stores, launch, {
    name: 'create',
    summary: help.storesCreate,
    example: example('rumi stores create weather_cache --max-keys 1000'),
    arguments: [id],
    options: [
      { flags: '--max-keys <count>', description: help.maxKeys },
      { flags: '--max-bytes <count>', description: help.maxBytes },
    ],
    values: createSchema,
    run: create,
  })
  addCommand(stores, launch, {
    name: 'delete',
    summary: help.storesDelete,
    example: example('rumi stores delete weather_cache --yes'),
    arguments: [id],
    options: [{ flags: '--yes', description: messages.help.yes }],
    values: deleteSchema,
    run: remove,
  })
  addShareCommands(stores, launch, messages)
}

function addShareCommands(stores: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const share = {
    arguments: [
      ['<provider>', help.provider],
      ['<consumer>', help.consumer],
      ['<id>', help.store],
    ],
    values: shareSchema,
  } as const
  addCommand(stores, launch, {
    name: 'shared',
    summary: help.storesShared,
    example: example('rumi stores shared'),
    values: z.object({}),
    run: listShares,
  })
  addCommand(stores, launch, {
    ...share,
    name: 'share',
    summary: help.storesShare,
    example: example('rumi stores share notes search notes_index'),
    run: approveShare,
  })
  addCommand(stores, launch, {
    ...share,
    name: 'unshare',
    summary: help.storesUnshare,
    example: example('rumi stores unshare notes search notes_index'),
    run: revokeShare,
  })
}

async function list(session: Session): Promise<ExitCode> {
  const words = session.messages.gate.stores
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.list'), {
      schema: storesView,
      show: ({ stores, unreadable }) => {
        if (stores.length === 0) note(session, words.none)
        else session.terminal.out(renderStores(stores, session))
        for (const id of unreadable) note(session, words.unreadable(escapeLine(id)))
      },
    }),
  )
}

async function create(session: Session, values: Readonly<z.infer<typeof createSchema>>): Promise<ExitCode> {
  const words = session.messages.gate.stores
  const input = withoutUndefined({ store_id: values.id, max_keys: values.maxKeys, max_bytes: values.maxBytes })
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.create', input), {
      schema: storeCreatedView,
      show: ({ store_id: id }) => {
        say(session, words.created(escapeLine(id)))
        note(session, words.next(escapeLine(id)))
      },
    }),
  )
}

async function remove(session: Session, { id, yes }: Readonly<z.infer<typeof deleteSchema>>): Promise<ExitCode> {
  const { messages, terminal } = session
  const words = messages.gate.stores
  if (!yes) {
    if (session.isJson || !terminal.isInteractive) return failUsage(session, messages.usage.needsYes)
    if (!(await confirm(session, words.ask(id)))) {
      note(session, words.notDeleted)
      return 1
    }
  }
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.delete', { store_id: id }), {
      schema: storeDeletedView,
      show: (deleted) => say(session, words.deleted(escapeLine(deleted.store_id), deleted.keys)),
    }),
  )
}

async function listShares(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.shared'), {
      schema: sharesView,
      show: ({ entries }) => {
        if (entries.length === 0) note(session, session.messages.gate.stores.noShares)
        else session.terminal.out(renderShares(entries, session))
      },
    }),
  )
}

async function approveShare(session: Session, values: ShareValues): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.share', bodyOf(values)), {
      schema: sharedView,
      show: (share) =>
        say(
          session,
          session.messages.gate.stores.shared(escapeLine(share.store_id), escapeLine(share.consumer_pack_id)),
        ),
    }),
  )
}

async function revokeShare(session: Session, values: ShareValues): Promise<ExitCode> {
  const words = session.messages.gate.stores
  const names = [escapeLine(values.id), escapeLine(values.consumer)] as const
  return withClient(session, async (client) =>
    answer(session, await client.call('stores.unshare', bodyOf(values)), {
      schema: revokedView,
      show: ({ revoked }) => {
        if (revoked) say(session, words.unshared(...names))
        else note(session, words.notShared(...names))
      },
      isOk: ({ revoked }) => revoked,
    }),
  )
}

function bodyOf({ provider, consumer, id }: ShareValues) {
  return { provider_pack_id: provider, consumer_pack_id: consumer, store_id: id }
}
