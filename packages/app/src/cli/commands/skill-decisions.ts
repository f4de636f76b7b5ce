import type { Command } from 'commander'
import { z } from 'zod'
import type { Outcome } from '@rumi/kernel/base'
import type { Messages } from '../../messages/index.ts'
import { answer, failUsage, note, say } from '../answer.ts'
import { confirm } from '../confirm.ts'
import { withClient, type Client } from '../connect.ts'
import { addCommand, type Launch } from '../define-command.ts'
import { proposalView, reviewView, type ReviewView } from '../kairos-views.ts'
import { escapeLine } from '../render/escape.ts'
import { renderProposalReview } from '../render/proposals.ts'
import type { ExitCode, Session } from '../session.ts'
import { withoutUndefined } from '../without-undefined.ts'

const idSchema = z.object({ id: z.string() })
const approveSchema = z.object({ id: z.string(), hash: z.string().optional(), yes: z.boolean().default(false) })
const rejectSchema = z.object({ id: z.string(), reason: z.string().optional() })

/** `rumi skills approve`, `reject` and `apply`: what an operator decides about a proposal. */
export function addDecisionCommands(skills: Command, launch: Launch, messages: Messages): void {
  const { example } = messages.gate
  const { help } = messages.kairos
  const id = ['<id>', help.proposal] as const
  addCommand(skills, launch, {
    name: 'approve',
    summary: help.skillsApprove,
    example: example('rumi skills approve prop_0123456789abcdef'),
    arguments: [id],
    options: [
      { flags: '--hash <hash>', description: help.approveHash },
      { flags: '--yes', description: messages.help.yes },
    ],
    values: approveSchema,
    run: approve,
  })
  addCommand(skills, launch, {
    name: 'reject',
    summary: help.skillsReject,
    example: example('rumi skills reject prop_0123456789abcdef --reason "not clear"'),
    arguments: [id],
    options: [{ flags: '--reason <text>', description: messages.help.reason }],
    values: rejectSchema,
    run: reject,
  })
  addCommand(skills, launch, {
    name: 'apply',
    summary: help.skillsApply,
    example: example('rumi skills apply prop_0123456789abcdef'),
    arguments: [id],
    values: idSchema,
    run: apply,
  })
}

/** Shows a proposal with everything to review, and the command that comes next. */
export function answerReview(
  session: Session,
  reviewed: Outcome<unknown>,
  { isDryRun }: { readonly isDryRun: boolean } = { isDryRun: false },
): ExitCode {
  return answer(session, reviewed, {
    schema: reviewView,
    show: (review) => {
      session.terminal.out(renderProposalReview(review, session))
      if (isDryRun) note(session, session.messages.kairos.proposals.dryRun)
      else noteNext(session, review)
    },
  })
}

function noteNext(session: Session, { proposal, ready }: ReviewView): void {
  const words = session.messages.kairos.proposals
  const { status } = proposal
  const id = escapeLine(proposal.proposal_id)
  if (!ready && (status === 'open' || status === 'approved')) note(session, words.notReady)
  if (status === 'open') note(session, words.approveNext(id, escapeLine(proposal.hash)))
  if (status === 'approved') note(session, words.applyNext(id))
  if (status === 'expired') note(session, words.againNext)
}

/** Shows what there is and asks, or is told the hash by somebody who has looked: an approval names what was reviewed. */
async function approve(session: Session, values: Readonly<z.infer<typeof approveSchema>>): Promise<ExitCode> {
  const { id, hash, yes } = values
  if (hash === undefined && (session.isJson || !session.terminal.isInteractive))
    return failUsage(session, session.messages.kairos.usage.needsHash, `rumi skills proposals ${id}`)
  return withClient(session, async (client) =>
    hash === undefined ? approveReviewed(session, client, { id, yes }) : approveNow(session, client, { id, hash }),
  )
}

/** Shows a proposal, asks, and approves by exactly the hash that was shown: what changed meanwhile is refused. */
export async function approveReviewed(
  session: Session,
  client: Client,
  { id, yes }: { readonly id: string; readonly yes: boolean },
): Promise<ExitCode> {
  const reviewed = await client.call('skills.proposal', { proposal_id: id })
  const shown: { review?: ReviewView } = {}
  const code = answer(session, reviewed, {
    schema: reviewView,
    show: (review) => {
      session.terminal.out(renderProposalReview(review, session))
      shown.review = review
    },
  })
  if (shown.review === undefined) return code
  const { proposal, ready } = shown.review
  const words = session.messages.kairos.proposals
  if (!ready) note(session, words.notReady)
  // Why it cannot be decided about now is known to the system: it is asked, and refuses.
  if (!yes && proposal.status === 'open' && !(await confirm(session, words.ask(id)))) {
    note(session, session.messages.packs.notApproved)
    return 1
  }
  return approveNow(session, client, { id, hash: proposal.hash })
}

async function approveNow(
  session: Session,
  client: Client,
  { id, hash }: { readonly id: string; readonly hash: string },
): Promise<ExitCode> {
  const words = session.messages.kairos.proposals
  return answer(session, await client.call('skills.approve', { proposal_id: id, hash }), {
    schema: proposalView,
    show: (proposal) => {
      const name = escapeLine(proposal.proposal_id)
      say(session, session.terminal.palette.green(words.approved(name, escapeLine(proposal.hash))))
      note(session, words.applyNext(name))
    },
  })
}

async function reject(session: Session, { id, reason }: Readonly<z.infer<typeof rejectSchema>>): Promise<ExitCode> {
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.reject', withoutUndefined({ proposal_id: id, reason })), {
      schema: proposalView,
      show: (proposal) => say(session, session.messages.kairos.proposals.rejected(escapeLine(proposal.proposal_id))),
    }),
  )
}

async function apply(session: Session, { id }: { readonly id: string }): Promise<ExitCode> {
  const words = session.messages.kairos.proposals
  return withClient(session, async (client) =>
    answer(session, await client.call('skills.apply', { proposal_id: id }), {
      schema: reviewView,
      show: ({ proposal }) => {
        const done = words.applied(escapeLine(proposal.proposal_id), proposal.revision ?? 0)
        say(session, session.terminal.palette.green(done))
      },
    }),
  )
}
