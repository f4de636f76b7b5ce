import { z } from 'zod'
import { err, ok } from '@rumi/kernel/base'
import { skillIdSchema } from '@rumi/skills/base'
import { actorOf, define } from '../define.ts'
import { proposalIdSchema, reasonSchema, sourceInputSchema } from './source.ts'
import { presentProposal, presentReview, proposalViewSchema, reviewViewSchema } from './views.ts'

/** Proposes a skill. */
export const proposeSkill = define({
  name: 'skills.propose',
  summary: 'Proposes a change of one skill of L0; nothing changes until the operator approves it.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/propose' },
  input: z.strictObject({
    ...sourceInputSchema.partial({ source: true }).shape,
    /** The skill that it is about. The source must be of this skill; without a source the skill is to be removed. */
    skill_id: skillIdSchema.optional(),
    remove: z.boolean().default(false),
    reason: reasonSchema,
    /** Everything is checked and nothing is kept. */
    dry_run: z.boolean().default(false),
  }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const { source, language, skill_id: skillId, remove, reason, dry_run: isDryRun } = input
    if (remove === (source !== undefined)) {
      const message = 'Give either a source, or remove and the skill_id.'
      return err({ code: 'request.invalid', status: 400, message })
    }
    const given = source === undefined ? null : { language, text: source }
    const wish = { source: given, reason, ...(skillId === undefined ? {} : { skillId }) }
    const review = await kairos.evolution.proposeSkill(wish, { by: actorOf(context), isDryRun })
    return review.ok ? ok(presentReview(review.value, clock.now())) : review
  },
})

/** Files of each proposal in a list; the proposal itself names all of them. */
const listedFiles = 100

/** Lists proposals. */
export const listProposals = define({
  name: 'skills.proposals',
  summary: 'Lists proposals, newest first.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/proposals' },
  input: z.strictObject({
    /** Only those that wait for the operator or for being applied. */
    open: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(false),
  }),
  output: z.object({ proposals: z.array(proposalViewSchema), count: z.number(), unreadable: z.array(z.string()) }),
  run: async ({ kairos, clock }, { open }) => {
    const { proposals, unreadable } = kairos.proposals.list()
    const views = proposals
      .map((proposal) => presentProposal(proposal, clock.now()))
      .map((view) => ({ ...view, files: view.files.slice(0, listedFiles) }))
    const shown = open ? views.filter(({ status }) => status === 'open' || status === 'approved') : views
    return ok({ proposals: shown, count: shown.length, unreadable: [...unreadable] })
  },
})

/** Shows a proposal. */
export const showProposal = define({
  name: 'skills.proposal',
  summary: 'Shows a proposal: what it would change now, and every check.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/skills/proposals/{proposal_id}' },
  input: z.strictObject({ proposal_id: proposalIdSchema }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, input) => {
    const review = await kairos.evolution.review(input.proposal_id)
    return review.ok ? ok(presentReview(review.value, clock.now())) : review
  },
})

/** Approves a proposal. Nobody but the operator: what proposes never approves. */
export const approveProposal = define({
  name: 'skills.approve',
  summary: 'Approves a proposal by naming the hash that was reviewed.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/skills/proposals/{proposal_id}/approve' },
  input: z.strictObject({
    proposal_id: proposalIdSchema,
    /** The proposal's `hash`. */
    hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'the hash of the proposal: "sha256:" and 64 hex digits'),
  }),
  output: proposalViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const approved = await kairos.proposals.approve(input.proposal_id, input.hash, actorOf(context))
    return approved.ok ? ok(presentProposal(approved.value, clock.now())) : approved
  },
})

/** Rejects a proposal. */
export const rejectProposal = define({
  name: 'skills.reject',
  summary: 'Rejects a proposal, also one that is approved and not yet applied.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/skills/proposals/{proposal_id}/reject' },
  input: z.strictObject({ proposal_id: proposalIdSchema, reason: reasonSchema.default('') }),
  output: proposalViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const rejected = await kairos.proposals.reject(input.proposal_id, input.reason, actorOf(context))
    return rejected.ok ? ok(presentProposal(rejected.value, clock.now())) : rejected
  },
})

/** Applies a proposal. */
export const applyProposal = define({
  name: 'skills.apply',
  summary: 'Applies an approved proposal, after every check was made again.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/proposals/{proposal_id}/apply' },
  input: z.strictObject({ proposal_id: proposalIdSchema }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const applied = await kairos.evolution.apply(input.proposal_id, actorOf(context))
    if (!applied.ok) return applied
    await kairos.settle()
    return ok(presentReview(applied.value, clock.now()))
  },
})

/** Proposes the return to an earlier version. */
export const rollbackSkill = define({
  name: 'skills.rollback',
  summary: 'Proposes that a skill returns to an earlier version; a proposal like any other.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/skills/{skill_id}/rollback' },
  input: z.strictObject({
    skill_id: skillIdSchema,
    /** The revision, or the first digits of the tree hash, of a version that was in force. */
    version: z.string().min(1).max(80),
    reason: reasonSchema,
    dry_run: z.boolean().default(false),
  }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const found = kairos.versions.find(input.skill_id, input.version)
    if (!found.ok) return found
    const { source, treeHash } = found.value
    const wish = { source, skillId: input.skill_id, reason: input.reason, returnsTo: treeHash }
    const review = await kairos.evolution.proposeSkill(wish, { by: actorOf(context), isDryRun: input.dry_run })
    return review.ok ? ok(presentReview(review.value, clock.now())) : review
  },
})

/** Begins a new session of changes. */
export const resetSession = define({
  name: 'skills.reset',
  summary: 'Begins a new session: the limit of changes counts from zero.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/skills/reset' },
  input: z.strictObject({}),
  output: z.object({ evolution_count: z.number(), was: z.number() }),
  run: async ({ kairos }, _input, context) => {
    const was = await kairos.evolution.resetSession(actorOf(context))
    return ok({ evolution_count: 0, was })
  },
})
