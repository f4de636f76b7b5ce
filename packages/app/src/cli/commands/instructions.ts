import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { instructionsView } from '../kairos-views.ts'
import { readLocalText } from '../local-text.ts'
import { printText } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import type { ExitCode, Session } from '../session.ts'
import { answerReview } from './skill-decisions.ts'

const proposeSchema = z.object({
  mode: z.string(),
  reason: z.string().optional(),
  dryRun: z.boolean().default(false),
})
const writeSchema = proposeSchema.extend({ file: z.string().min(1).optional() })
type ProposeValues = Readonly<z.infer<typeof proposeSchema>>

/** `rumi instructions …` */
export function addInstructionCommands(instructions: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(instructions, launch, {
    name: 'show',
    summary: help.instructionsShow,
    example: example('rumi instructions show'),
    values: z.object({}),
    run: show,
  })
  const mode = { arguments: [['<mode>', help.mode]] } as const
  const options = [
    { flags: '--reason <text>', description: help.why },
    { flags: '--dry-run', description: help.dryRun },
  ]
  const writing = {
    ...mode,
    options: [{ flags: '--file <file>', description: help.file }, ...options],
    values: writeSchema,
  }
  addCommand(instructions, launch, {
    ...writing,
    name: 'create',
    summary: help.instructionsCreate,
    example: example('rumi instructions create reviewer --file reviewer.md --reason "for reviews"'),
    run: async (session, values) => write(session, 'create', values),
  })
  addCommand(instructions, launch, {
    ...writing,
    name: 'update',
    summary: help.instructionsUpdate,
    example: example('rumi instructions update reviewer --file reviewer.md --reason "shorter"'),
    run: async (session, values) => write(session, 'update', values),
  })
  const changing = { ...mode, options, values: proposeSchema }
  addCommand(instructions, launch, {
    ...changing,
    name: 'delete',
    summary: help.instructionsDelete,
    example: example('rumi instructions delete reviewer --reason "not used"'),
    run: async (session, values) => propose(session, 'delete', values),
  })
  addCommand(instructions, launch, {
    ...changing,
    name: 'set',
    summary: help.instructionsSet,
    example: example('rumi instructions set developer --reason "we know our way"'),
    run: async (session, values) => propose(session, 'set_mode', values),
  })
}

/** The text alone on `out`; which mode it is, and which there are, on `err`. */
async function show(session: Session): Promise<ExitCode> {
  const words = session.messages.kairos.instructions
  return withClient(session, async (client) =>
    answer(session, await client.call('instructions.show'), {
      schema: instructionsView,
      show: ({ mode, path, text, modes }) => {
        const name = escapeLine(mode)
        note(session, text === null ? words.noText(name) : words.mode(name, escapeLine(path ?? '')))
        if (text !== null) printText(session, text)
        note(session, words.modes(modes.map(escapeLine).join(', ')))
      },
    }),
  )
}

async function write(
  session: Session,
  command: 'create' | 'update',
  values: Readonly<z.infer<typeof writeSchema>>,
): Promise<ExitCode> {
  if (values.reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  // Read before the home is opened: what the shell hands us (a here-document, a pipe) must not be open any more then.
  const content = readLocalText(session, values.file)
  if (!content.ok) return failUsage(session, content.error)
  return propose(session, command, { ...values, content: content.value })
}

async function propose(
  session: Session,
  command: 'create' | 'update' | 'delete' | 'set_mode',
  { mode, reason, dryRun, content }: ProposeValues & { readonly content?: string },
): Promise<ExitCode> {
  if (reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  const given = content === undefined ? {} : { content }
  return withClient(session, async (client) => {
    const proposed = await client.call('instructions.update', { command, mode, reason, dry_run: dryRun, ...given })
    return answerReview(session, proposed, { isDryRun: dryRun })
  })
}
