import { z } from 'zod'
import { isoInstant } from '@rumi/kernel/base'
import { canEvolve, standingOf, type Check, type ProposalRecord } from '@rumi/skills/governance'
import { renderSkillDiff, skillFields, type SkillDiff } from '@rumi/skills/language'
import type { LawSkill, Review } from '../../kairos/index.ts'

export const skillViewSchema = z.object({
  id: z.string(),
  version: z.string().nullable(),
  title: z.string().nullable(),
  use_when: z.string().nullable(),
  layer: z.literal('L0'),
  tree_hash: z.string(),
  /** Below `.kairos`. */
  file: z.string(),
  language: z.enum(['typescript', 'ruby']),
  guarantees: z.array(z.string()),
  /** Fields that its own rules let change. */
  evolvable: z.array(z.string()),
  immutable: z.boolean(),
  /** Statements of its definition. */
  nodes: z.number(),
  has_behavior: z.boolean(),
})

/** One skill in force. */
export function presentSkill(
  { tree, treeHash, file, source }: LawSkill,
  immutable: ReadonlySet<string>,
): z.input<typeof skillViewSchema> {
  const isImmutable = immutable.has(tree.id) || (tree.guarantees ?? []).includes('immutable')
  return {
    id: tree.id,
    ...{ version: tree.version ?? null, title: tree.title ?? null, use_when: tree.use_when ?? null },
    ...{ layer: 'L0', tree_hash: treeHash, file, language: source.language },
    guarantees: [...(tree.guarantees ?? [])],
    evolvable: isImmutable ? [] : skillFields.filter((field) => canEvolve(tree, field)),
    immutable: isImmutable,
    nodes: tree.definition?.length ?? 0,
    has_behavior: tree.behavior !== undefined,
  }
}

const checkViewSchema = z.object({
  id: z.string(),
  outcome: z.enum(['passed', 'failed', 'human']),
  detail: z.string(),
})
const changeViewSchema = z.object({
  path: z.string(),
  field: z.string(),
  kind: z.enum(['added', 'removed', 'changed', 'moved']),
  before: z.unknown(),
  after: z.unknown(),
})
export const transitionViewSchema = z.object({
  id: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
  changes: z.array(changeViewSchema),
  /** The changes for people. */
  text: z.string(),
})

export const proposalViewSchema = z.object({
  proposal_id: z.string(),
  kind: z.enum(['skill', 'files']),
  subject: z.string(),
  /** What an approval has to name. */
  hash: z.string(),
  status: z.enum(['open', 'approved', 'applied', 'rejected', 'expired']),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  expires_at: z.string(),
  /** Files that change as a whole; empty for a skill's proposal. */
  files: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  approved_by: z.string().nullable(),
  approved_at: z.string().nullable(),
  rejected_by: z.string().nullable(),
  rejection: z.string().nullable(),
  applied_at: z.string().nullable(),
  revision: z.number().nullable(),
})

/** One proposal as it stands at a moment. */
export function presentProposal(proposal: ProposalRecord, now: number): z.input<typeof proposalViewSchema> {
  const { wish, approval, rejection, applied } = proposal
  const files = wish.kind === 'files' ? wish.changes : []
  return {
    proposal_id: proposal.id,
    ...{ kind: wish.kind, subject: proposal.subject, hash: proposal.hash, status: standingOf(proposal, now) },
    ...{ reason: proposal.reason, by: proposal.by, at: isoInstant(proposal.at) },
    expires_at: isoInstant(proposal.expiresAt),
    files: files.map(({ path, before, after }) => ({ path, before, after })),
    approved_by: approval?.by ?? null,
    approved_at: approval ? isoInstant(approval.at) : null,
    rejected_by: rejection?.by ?? null,
    rejection: rejection?.reason ?? null,
    applied_at: applied ? isoInstant(applied.at) : null,
    revision: applied?.revision ?? null,
  }
}

export const reviewViewSchema = z.object({
  proposal: proposalViewSchema,
  /** Skills that it would change, or changed. */
  skills: z.array(transitionViewSchema),
  /** Whole files that it would change. */
  files: z.array(
    z.object({
      path: z.string(),
      change: z.enum(['added', 'changed', 'removed']),
      executable: z.boolean(),
      /** What differs, line by line; null: it is no text, or more than is shown. */
      text: z.string().nullable(),
    }),
  ),
  checks: z.array(checkViewSchema),
  /** Whether a machine has nothing against it now. */
  ready: z.boolean(),
  summary: z.string(),
})

/** A proposal with what it does and what was checked. */
export function presentReview(review: Review, now: number): z.input<typeof reviewViewSchema> {
  const { proposal, transitions, checks, files } = review
  return {
    proposal: presentProposal(proposal, now),
    skills: transitions.map(({ id, before, after, diff }) => ({
      ...{ id, change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed' },
      ...presentDiff(diff),
    })),
    files: files.map(({ path, change, isExecutable, text = null }) => ({
      path,
      change,
      executable: isExecutable,
      text,
    })),
    checks: [...checks],
    ready: checks.every(({ outcome }) => outcome !== 'failed'),
    summary: summarize(checks),
  }
}

/** A difference for programs and for people. */
export function presentDiff(diff: SkillDiff): Pick<z.input<typeof transitionViewSchema>, 'changes' | 'text'> {
  const changes = diff.changes.map(({ path, field, kind, before = null, after = null }) => ({
    ...{ path, field, kind, before, after },
  }))
  return { changes, text: renderSkillDiff(diff) }
}

/** Says how many were looked at, and never that everything is well when a person still has to look. */
function summarize(checks: readonly Check[]): string {
  const count = (outcome: Check['outcome']): number => checks.filter((check) => check.outcome === outcome).length
  const failed = count('failed')
  if (failed > 0) return `${failed} of ${checks.length} checks failed.`
  const human = count('human')
  return `${count('passed')} checks passed; ${human === 0 ? 'none is' : `${human} are`} left to a person.`
}
