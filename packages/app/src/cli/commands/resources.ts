import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { answer, note } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { assemblyView, resourcesView, resourceView } from '../resource-views.ts'
import { printText } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import { formatBytes } from '../render/fields.ts'
import { renderTable } from '../render/table.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const listSchema = z.object({ layer: z.enum(['L0', 'L1', 'L2'], 'L0, L1, L2').optional() })
const readSchema = z.object({ uri: z.string() })
const assembleSchema = z.object({
  name: z.string(),
  layer: z.enum(['L0', 'L1', 'L2'], 'L0, L1, L2').optional(),
  session: z.string().optional(),
  purpose: z.enum(['promotion', 'audit'], 'promotion, audit').optional(),
  persona: z.array(z.string()),
  discussion: z.boolean().default(false),
})

/** `rumi resources …` and `rumi skills assemble` */
export function addResourceCommands(resources: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(resources, launch, {
    name: 'list',
    summary: help.resourcesList,
    example: example('rumi resources list --layer L1'),
    options: [{ flags: '--layer <layer>', description: help.layer }],
    values: listSchema,
    run: list,
  })
  addCommand(resources, launch, {
    name: 'read',
    summary: help.resourcesRead,
    example: example('rumi resources read knowledge://kairos_guide'),
    arguments: [['<uri>', help.uri]],
    values: readSchema,
    run: read,
  })
}

/** `rumi skills assemble` */
export function addAssembleCommand(skills: Command, launch: Launch, messages: Messages): void {
  const { help } = messages.kairos
  addCommand(skills, launch, {
    name: 'assemble',
    summary: help.skillsAssemble,
    example: messages.gate.example('rumi skills assemble kairos_guide --purpose audit --discussion'),
    arguments: [['<name>', help.assembled]],
    options: [
      { flags: '--layer <layer>', description: help.layer },
      { flags: '--session <session>', description: help.session },
      { flags: '--purpose <purpose>', description: help.purpose },
      { flags: '--persona <name>', description: help.persona, isRepeatable: true },
      { flags: '--discussion', description: help.discussion },
    ],
    values: assembleSchema,
    run: assemble,
  })
}

async function list(session: Session, { layer }: Readonly<z.infer<typeof listSchema>>): Promise<ExitCode> {
  const { kairos } = session.messages
  return withClient(session, async (client) =>
    answer(session, await client.call('resources.list', withoutUndefined({ layer })), {
      schema: resourcesView,
      show: ({ resources }) =>
        session.terminal.out(
          renderTable({
            head: [kairos.table.kind, kairos.table.size, kairos.table.address],
            headStyle: session.terminal.palette.dim,
            width: session.terminal.width,
            rows: resources.map(({ uri, kind, size_bytes: size }) => [kind, formatBytes(size), escapeLine(uri)]),
          }),
        ),
    }),
  )
}

async function read(session: Session, { uri }: Readonly<z.infer<typeof readSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('resources.read', { uri }), {
      schema: resourceView,
      show: ({ text, size_bytes: size }) => {
        if (text === null) note(session, session.messages.kairos.binary(formatBytes(size)))
        else printText(session, text)
      },
    }),
  )
}

async function assemble(session: Session, values: Readonly<z.infer<typeof assembleSchema>>): Promise<ExitCode> {
  const { name, layer, session: from, purpose, persona, discussion } = values
  const input = withoutUndefined({
    ...{ source_name: name, layer, session_id: from, purpose, mode: discussion ? 'discussion' : 'oneshot' },
    ...{ personas: persona.length > 0 ? persona : undefined, language: session.messages.kairos.language },
  })
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.assemble', input), {
      schema: assemblyView,
      show: ({ text }) => printText(session, text),
    }),
  )
}
