import type { Command } from 'commander'
import { z } from 'zod'
import { secretNameSchema } from '@rumi/kernel/secret'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { secretChangedView, secretsRotatedView, secretsView } from '../gate-views.ts'
import { escapeLine } from '../render/escape.ts'
import { renderSecrets } from '../render/secrets.ts'
import { readSecretValue } from '../secret-value.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { bind, bindSchema, unbind } from './bindings.ts'

const setSchema = z.object({ key: secretNameSchema, valueFile: z.string().min(1).optional() })
const deleteSchema = z.object({ key: secretNameSchema, reason: z.string().optional() })

/** `rumi secrets …` */
export function addSecretCommands(secrets: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const key = ['<key>', help.secret] as const
  const nothing = z.object({})
  addCommand(secrets, launch, {
    name: 'list',
    summary: help.secretsList,
    example: example('rumi secrets list'),
    values: nothing,
    run: list,
  })
  addCommand(secrets, launch, {
    name: 'set',
    summary: help.secretsSet,
    example: example('rumi secrets set OPENAI_API_KEY --value-file key.txt'),
    arguments: [key],
    options: [{ flags: '--value-file <file>', description: help.valueFile }],
    values: setSchema,
    run: set,
  })
  addCommand(secrets, launch, {
    name: 'delete',
    summary: help.secretsDelete,
    example: example('rumi secrets delete OPENAI_API_KEY'),
    arguments: [key],
    options: [{ flags: '--reason <text>', description: messages.help.reason }],
    values: deleteSchema,
    run: remove,
  })
  addBindingCommands(secrets, launch, messages)
  addCommand(secrets, launch, {
    name: 'rotate',
    summary: help.secretsRotate,
    example: example('rumi secrets rotate'),
    values: nothing,
    run: rotate,
  })
}

function addBindingCommands(secrets: Command, launch: Launch, messages: Messages): void {
  const { example, help } = messages.gate
  const [key, pack] = [['<key>', help.secret] as const, ['<pack>', help.pack] as const]
  addCommand(secrets, launch, {
    name: 'bind',
    summary: help.secretsBind,
    example: example('rumi secrets bind OPENAI_API_KEY my_pack api.openai.com'),
    arguments: [key, pack, ['<places...>', help.places]],
    values: bindSchema,
    run: bind,
  })
  addCommand(secrets, launch, {
    name: 'unbind',
    summary: help.secretsUnbind,
    example: example('rumi secrets unbind OPENAI_API_KEY my_pack api.openai.com'),
    arguments: [key, pack, ['[places...]', help.places]],
    values: bindSchema,
    run: unbind,
  })
}

async function list(session: Session): Promise<ExitCode> {
  const words = session.messages.gate.secrets
  return withClient(session, async (client) =>
    answer(session, await client.call('secrets.list'), {
      schema: secretsView,
      show: (found) => {
        if (found.keys.length === 0) note(session, words.none)
        else session.terminal.out(renderSecrets(found, session))
        for (const { key, reason } of found.problems) note(session, words.problem(escapeLine(key), escapeLine(reason)))
        if (found.rotation_pending) note(session, words.rotating)
      },
    }),
  )
}

async function set(session: Session, { key, valueFile }: Readonly<z.infer<typeof setSchema>>): Promise<ExitCode> {
  const words = session.messages.gate.secrets
  // Read before the home is opened: see `flows run`.
  const value = await readSecretValue(session, { key, file: valueFile })
  if (!value.ok) return failUsage(session, value.error)
  return withClient(session, async (client) =>
    answer(session, await client.call('secrets.set', { key, value: value.value }), {
      schema: secretChangedView,
      show: ({ created }) => {
        say(session, created ? words.created(key) : words.replaced(key))
        if (created) note(session, words.next(key))
      },
    }),
  )
}

async function remove(session: Session, { key, reason }: Readonly<z.infer<typeof deleteSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('secrets.delete', withoutUndefined({ key, reason })), {
      schema: secretChangedView,
      show: () => say(session, session.messages.gate.secrets.deleted(key)),
    }),
  )
}

async function rotate(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('secrets.rotate'), {
      schema: secretsRotatedView,
      show: ({ resealed, key_id: id }) => say(session, session.messages.gate.secrets.rotated(resealed, escapeLine(id))),
    }),
  )
}
