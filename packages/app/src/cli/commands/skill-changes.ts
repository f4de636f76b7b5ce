import type { Command } from 'commander'
import { z } from 'zod'
import { err, ok, type JsonObject, type Result } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { withClient } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { promotionView, proposalsView, resetView } from '../kairos-views.ts'
import { noteDiagnostics, printText } from '../print-text.ts'
import { escapeLine } from '../render/escape.ts'
import { renderProposals } from '../render/proposals.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'
import { addDecisionCommands, answerReview } from './skill-decisions.ts'
import { readSource } from './skill-sources.ts'

const proposeSchema = z.object({
  file: z.string().optional(),
  remove: z.string().optional(),
  skill: z.string().optional(),
  reason: z.string().optional(),
  dryRun: z.boolean().default(false),
})
type ProposeValues = Readonly<z.infer<typeof proposeSchema>>
const proposalsSchema = z.object({ id: z.string().optional(), open: z.boolean().default(false) })
const rollbackSchema = z.object({
  id: z.string(),
  to: z.string('VERSION'),
  reason: z.string().optional(),
  dryRun: z.boolean().default(false),
})
const promoteSchema = z.object({
  name: z.string(),
  session: z.string().optional(),
  to: z.enum(['L1', 'L0'], 'L1, L0').default('L1'),
  as: z.string().optional(),
  reason: z.string().optional(),
})

/** `rumi skills propose`, `proposals`, `approve`, `reject`, `apply`, `rollback`, `reset` and `promote`. */
export function addSkillChangeCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(skills, launch, {
    name: 'propose',
    summary: help.skillsPropose,
    example: example('rumi skills propose my.skill.ts --reason "says what a season is"'),
    arguments: [['[file]', help.proposeFile]],
    options: [
      { flags: '--remove <id>', description: help.remove },
      { flags: '--skill <id>', description: help.about },
      { flags: '--reason <text>', description: help.why },
      { flags: '--dry-run', description: help.dryRun },
    ],
    values: proposeSchema,
    run: propose,
  })
  addCommand(skills, launch, {
    name: 'proposals',
    summary: help.skillsProposals,
    example: example('rumi skills proposals --open'),
    arguments: [['[id]', help.proposal]],
    options: [{ flags: '--open', description: help.open }],
    values: proposalsSchema,
    run: proposals,
  })
  addDecisionCommands(skills, launch, messages)
  addReturnCommands(skills, launch, messages)
}

function addReturnCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  addCommand(skills, launch, {
    name: 'rollback',
    summary: help.skillsRollback,
    example: example('rumi skills rollback layer_awareness --to 1 --reason "the new text misled"'),
    arguments: [['<id>', help.skill]],
    options: [
      { flags: '--to <version>', description: help.version },
      { flags: '--reason <text>', description: help.why },
      { flags: '--dry-run', description: help.dryRun },
    ],
    values: rollbackSchema,
    run: rollback,
  })
  addCommand(skills, launch, {
    name: 'reset',
    summary: help.skillsReset,
    example: example('rumi skills reset'),
    values: z.object({}),
    run: reset,
  })
  addCommand(skills, launch, {
    name: 'promote',
    summary: help.skillsPromote,
    example: example('rumi skills promote findings --session monday'),
    arguments: [['<name>', help.promoteName]],
    options: [
      { flags: '--session <session>', description: help.promoteSession },
      { flags: '--to <layer>', description: help.promoteTo },
      { flags: '--as <name>', description: help.promoteAs },
      { flags: '--reason <text>', description: help.why },
    ],
    values: promoteSchema,
    run: promote,
  })
}

async function propose(session: Session, values: ProposeValues): Promise<ExitCode> {
  const { usage } = session.messages.kairos
  const { reason, dryRun } = values
  const about = readWish(session, values)
  if (!about.ok) return failUsage(session, about.error)
  if (reason === undefined) return failUsage(session, usage.needsReason)
  return withClient(session, async (client) => {
    const proposed = await client.call('skills.propose', { ...about.value, reason, dry_run: dryRun })
    return answerReview(session, proposed, { isDryRun: dryRun })
  })
}

/** What is proposed: the source in a file, or that a skill goes. The refusal is a sentence. */
function readWish(session: Session, { file, remove, skill }: ProposeValues): Result<JsonObject, string> {
  const { usage } = session.messages.kairos
  if ((file === undefined) === (remove === undefined)) return err(usage.fileOrRemove)
  if (file === undefined)
    return skill === undefined ? ok(withoutUndefined({ remove: true, skill_id: remove })) : err(usage.bothSkills)
  const source = readSource(session, file)
  return source.ok ? ok(withoutUndefined({ ...source.value, skill_id: skill })) : source
}

async function proposals(session: Session, { id, open }: Readonly<z.infer<typeof proposalsSchema>>): Promise<ExitCode> {
  const words = session.messages.kairos.proposals
  return withClient(session, async (client) => {
    if (id !== undefined) return answerReview(session, await client.call('skills.proposal', { proposal_id: id }))
    return answer(session, await client.call('skills.proposals', { open }), {
      schema: proposalsView,
      show: (found) => {
        if (found.proposals.length === 0) note(session, words.none)
        else session.terminal.out(renderProposals(found.proposals, session))
        for (const lost of found.unreadable) note(session, words.unreadable(escapeLine(lost)))
      },
    })
  })
}

async function rollback(session: Session, values: Readonly<z.infer<typeof rollbackSchema>>): Promise<ExitCode> {
  const { id, to, reason, dryRun } = values
  if (reason === undefined) return failUsage(session, session.messages.kairos.usage.needsReason)
  return withClient(session, async (client) => {
    const input = { skill_id: id, version: to, reason, dry_run: dryRun }
    return answerReview(session, await client.call('skills.rollback', input), { isDryRun: dryRun })
  })
}

async function reset(session: Session): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.reset'), {
      schema: resetView,
      show: ({ was }) => say(session, session.messages.kairos.skills.reset(was)),
    }),
  )
}

async function promote(session: Session, values: Readonly<z.infer<typeof promoteSchema>>): Promise<ExitCode> {
  const { name, session: from, to, as: target, reason } = values
  const words = session.messages.kairos.skills
  if (to === 'L1' && from === undefined) return failUsage(session, session.messages.kairos.usage.needsSession)
  const input = withoutUndefined({
    ...{ source_name: name, from_layer: to === 'L1' ? 'L2' : 'L1', to_layer: to },
    ...{ session_id: from, target_name: target, reason },
  })
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.promote', input), {
      schema: promotionView,
      show: ({ document, draft }) => {
        if (document !== null) {
          say(session, words.promoted(escapeLine(document.name)))
          noteDiagnostics(session, document.warnings)
        }
        if (draft === null) return
        printText(session, draft)
        note(session, words.draft)
      },
    }),
  )
}
