import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { endedView, sessionsView } from '../kairos-views.ts'
import { readLocalText } from '../local-text.ts'
import { renderSessions } from '../render/documents.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { perform, showDocument } from './knowledge.ts'

const saveSchema = z.object({
  session: z.string(),
  name: z.string(),
  file: z.string().min(1).optional(),
  description: z.string().optional(),
  tag: z.array(z.string()),
})
const documentSchema = z.object({ session: z.string(), name: z.string() })
const sessionSchema = z.object({ session: z.string() })

/** `rumi context …` */
export function addContextCommands(context: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const [session, name] = [['<session>', help.session] as const, ['<name>', help.document] as const]
  addCommand(context, launch, {
    name: 'save',
    summary: help.contextSave,
    example: example('rumi context save monday findings --file findings.md'),
    arguments: [session, name],
    options: [
      { flags: '--file <file>', description: help.file },
      { flags: '--description <text>', description: help.description },
      { flags: '--tag <tag>', description: help.tag, isRepeatable: true },
    ],
    values: saveSchema,
    run: save,
  })
  addCommand(context, launch, {
    name: 'list',
    summary: help.contextList,
    example: example('rumi context list'),
    arguments: [['[session]', help.session]],
    values: z.object({ session: z.string().optional() }),
    run: list,
  })
  addCommand(context, launch, {
    name: 'show',
    summary: help.contextShow,
    example: example('rumi context show monday findings'),
    arguments: [session, name],
    values: documentSchema,
    run: async (at, values) => showDocument(at, 'context.show', inputOf(values)),
  })
  addCommand(context, launch, {
    name: 'delete',
    summary: help.contextDelete,
    example: example('rumi context delete monday findings'),
    arguments: [session, name],
    values: documentSchema,
    run: async (at, values) => perform(at, 'context.delete', inputOf(values)),
  })
  addCommand(context, launch, {
    name: 'end',
    summary: help.contextEnd,
    example: example('rumi context end monday'),
    arguments: [session],
    values: sessionSchema,
    run: end,
  })
}

function inputOf({ session, name }: Readonly<z.infer<typeof documentSchema>>) {
  return { session_id: session, name }
}

async function save(session: Session, values: Readonly<z.infer<typeof saveSchema>>): Promise<ExitCode> {
  // Read before the home is opened: what the shell hands us (a here-document, a pipe) must not be open any more then.
  const content = readLocalText(session, values.file)
  if (!content.ok) return failUsage(session, content.error)
  const { description, tag } = values
  const tags = tag.length > 0 ? tag : undefined
  const input = { ...inputOf(values), content: content.value, description, tags }
  return perform(session, 'context.save', withoutUndefined(input))
}

async function list(
  session: Session,
  { session: wanted }: { readonly session?: string | undefined },
): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('context.list', withoutUndefined({ session_id: wanted })), {
      schema: sessionsView,
      show: ({ sessions }) => {
        if (sessions.length === 0) note(session, session.messages.kairos.documents.noSessions)
        else session.terminal.out(renderSessions(sessions, session))
      },
    }),
  )
}

async function end(session: Session, { session: ended }: Readonly<z.infer<typeof sessionSchema>>): Promise<ExitCode> {
  const words = session.messages.kairos.documents
  return withClient(session, async (client) =>
    answer(session, await client.call('context.end', { session_id: ended }), {
      schema: endedView,
      show: ({ session_id: id, commit }) => {
        say(session, words.ended(escapeLine(id)))
        if (commit !== null) say(session, words.committed(escapeLine(commit)))
      },
    }),
  )
}
