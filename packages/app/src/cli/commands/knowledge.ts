import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note } from '../answer.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { documentContentView, documentsView, planView, searchView } from '../kairos-views.ts'
import { readLocalText } from '../local-text.ts'
import { countValue } from '../option-values.ts'
import { noteDiagnostics, printText } from '../print-text.ts'
import { renderDocument, renderDocuments, renderPlan } from '../render/documents.ts'
import { renderFound } from '../render/skills.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { addFolderCommands } from './knowledge-folders.ts'

const writeSchema = z.object({
  name: z.string(),
  file: z.string().min(1).optional(),
  description: z.string().optional(),
  tag: z.array(z.string()),
  reason: z.string().optional(),
})
const deleteSchema = z.object({ name: z.string(), reason: z.string().optional(), yes: z.boolean().default(false) })
const archiveSchema = z.object({
  name: z.string(),
  reason: z.string().optional(),
  supersededBy: z.string().optional(),
})
const searchSchema = z.object({ query: z.array(z.string()), limit: countValue.optional() })

/** `rumi knowledge …` */
export function addKnowledgeCommands(knowledge: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(knowledge, launch, {
    name: 'list',
    summary: help.knowledgeList,
    example: example('rumi knowledge list'),
    options: [{ flags: '--archived', description: help.archived }],
    values: z.object({ archived: z.boolean().default(false) }),
    run: list,
  })
  addCommand(knowledge, launch, {
    name: 'show',
    summary: help.knowledgeShow,
    example: example('rumi knowledge show quickguide'),
    arguments: [['<name>', help.document]],
    options: [{ flags: '--archived', description: help.showArchived }],
    values: z.object({ name: z.string(), archived: z.boolean().default(false) }),
    run: show,
  })
  addWritingCommands(knowledge, launch, messages)
  addRetiringCommands(knowledge, launch, messages)
  addCommand(knowledge, launch, {
    name: 'search',
    summary: help.knowledgeSearch,
    example: example('rumi knowledge search rate limit'),
    arguments: [['<query...>', help.query]],
    options: [{ flags: '--limit <count>', description: help.limitFound }],
    values: searchSchema,
    run: search,
  })
  addFolderCommands(knowledge, launch, messages)
}

function addWritingCommands(knowledge: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const shared = {
    arguments: [['<name>', help.document]],
    options: [
      { flags: '--file <file>', description: help.file },
      { flags: '--description <text>', description: help.description },
      { flags: '--tag <tag>', description: help.tag, isRepeatable: true },
      { flags: '--reason <text>', description: help.why },
    ],
    values: writeSchema,
  } as const
  addCommand(knowledge, launch, {
    ...shared,
    name: 'create',
    summary: help.knowledgeCreate,
    example: example('rumi knowledge create release_steps --file steps.md --tag release'),
    run: async (session, values) => write(session, 'knowledge.create', values),
  })
  addCommand(knowledge, launch, {
    ...shared,
    name: 'update',
    summary: help.knowledgeUpdate,
    example: example('rumi knowledge update release_steps --file steps.md'),
    run: async (session, values) => write(session, 'knowledge.update', values),
  })
}

function addRetiringCommands(knowledge: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const name = ['<name>', help.document] as const
  const reason = { flags: '--reason <text>', description: help.why }
  addCommand(knowledge, launch, {
    name: 'delete',
    summary: help.knowledgeDelete,
    example: example('rumi knowledge delete release_steps --yes'),
    arguments: [name],
    options: [{ flags: '--yes', description: messages.help.yes }, reason],
    values: deleteSchema,
    run: remove,
  })
  addCommand(knowledge, launch, {
    name: 'archive',
    summary: help.knowledgeArchive,
    example: example('rumi knowledge archive release_steps --reason "we release otherwise now"'),
    arguments: [name],
    options: [reason, { flags: '--superseded-by <name>', description: help.supersededBy }],
    values: archiveSchema,
    run: archive,
  })
  addCommand(knowledge, launch, {
    name: 'unarchive',
    summary: help.knowledgeUnarchive,
    example: example('rumi knowledge unarchive release_steps'),
    arguments: [name],
    options: [reason],
    values: z.object({ name: z.string(), reason: z.string().optional() }),
    run: async (session, values) => perform(session, 'knowledge.unarchive', withoutUndefined(values)),
  })
}

async function list(session: Session, { archived }: { readonly archived: boolean }): Promise<ExitCode> {
  const words = session.messages.kairos.documents
  return withClient(session, async (client) =>
    answer(session, await client.call('knowledge.list', { archived }), {
      schema: documentsView,
      show: ({ documents, diagnostics }) => {
        if (documents.length === 0) note(session, archived ? words.noneArchived : words.none)
        else session.terminal.out(renderDocuments(documents, session))
        noteDiagnostics(session, diagnostics)
      },
    }),
  )
}

async function show(
  session: Session,
  { name, archived }: { readonly name: string; readonly archived: boolean },
): Promise<ExitCode> {
  return showDocument(session, 'knowledge.show', { name, archived })
}

/** Shows a document: what is known about it on `err`, its text alone on `out`. */
export async function showDocument(
  session: Session,
  operation: 'knowledge.show' | 'context.show',
  input: { readonly [key: string]: string | boolean },
): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call(operation, input), {
      schema: documentContentView,
      show: (document) => {
        const { terminal } = session
        const style = { ...session, terminal: { ...terminal, palette: terminal.errPalette } }
        terminal.err(`${renderDocument(document, style)}\n`)
        printText(session, document.text)
        if (document.problem !== null) noteDiagnostics(session, [document.problem])
      },
    }),
  )
}

/** Performs an operation that changes one document, and shows what it did. */
export async function perform(
  session: Session,
  operation: string,
  input: ReturnType<typeof withoutUndefined>,
): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call(operation, input), {
      schema: planView,
      show: (plan) => {
        session.terminal.out(renderPlan(plan, session))
        noteDiagnostics(session, plan.warnings)
      },
    }),
  )
}

async function write(
  session: Session,
  operation: string,
  { file, tag, ...values }: Readonly<z.infer<typeof writeSchema>>,
): Promise<ExitCode> {
  // Read before the home is opened: what the shell hands us (a here-document, a pipe) must not be open any more then.
  const content = readLocalText(session, file)
  if (!content.ok) return failUsage(session, content.error)
  const tags = tag.length > 0 ? tag : undefined
  return perform(session, operation, withoutUndefined({ ...values, content: content.value, tags }))
}

async function remove(
  session: Session,
  { name, reason, yes }: Readonly<z.infer<typeof deleteSchema>>,
): Promise<ExitCode> {
  const { messages, terminal } = session
  if (!yes) {
    if (session.isJson || !terminal.isInteractive) return failUsage(session, messages.usage.needsYes)
    if (!(await confirm(session, messages.kairos.documents.askDelete(name)))) {
      note(session, messages.kairos.documents.notDeleted)
      return 1
    }
  }
  return perform(session, 'knowledge.delete', withoutUndefined({ name, reason }))
}

async function archive(session: Session, values: Readonly<z.infer<typeof archiveSchema>>): Promise<ExitCode> {
  const { name, reason, supersededBy } = values
  if (reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  return perform(session, 'knowledge.archive', withoutUndefined({ name, reason, superseded_by: supersededBy }))
}

async function search(session: Session, { query, limit }: Readonly<z.infer<typeof searchSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('knowledge.search', withoutUndefined({ query: query.join(' '), limit })), {
      schema: searchView,
      show: ({ results }) => {
        if (results.length === 0) note(session, session.messages.kairos.skills.noResults)
        else session.terminal.out(renderFound(results, session))
      },
    }),
  )
}
