import { z } from 'zod'
import { ok } from '@rumi/kernel/base'
import { stateSummarySchema, type StateChange, type StateCommit } from '@rumi/skills/state-commit'
import { actorOf, define } from '../define.ts'
import { diagnosticSchema } from '../packs/view.ts'
import { reasonSchema } from '../skills/source.ts'
import { presentReview, reviewViewSchema } from '../skills/views.ts'
import { wholeNumber } from '../whole-number.ts'

const commitViewSchema = z.object({
  commit_id: z.string(),
  number: z.number(),
  root: z.string(),
  previous: z.string().nullable(),
  committed_at: z.string(),
  by: z.string(),
  reason: z.string(),
  /** What made it due; null when somebody asked for it. */
  trigger: z.string().nullable(),
  summary: stateSummarySchema,
  changes: z.number(),
})
const fileChangeSchema = z.object({
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.string().nullable(),
  after: z.string().nullable(),
})
/** Changes that are shown; the number of all is told beside them. */
const shownChanges = 1000

function presentCommit(commit: StateCommit): z.input<typeof commitViewSchema> {
  return { ...commit, summary: { ...commit.summary } }
}

function presentChange(change: StateChange): z.input<typeof fileChangeSchema> {
  const before = change.kind === 'added' ? null : change.before.hash
  const after = change.kind === 'removed' ? null : change.after.hash
  return { path: change.path, kind: change.kind, before, after }
}

const nameSchema = z.string().min(1).max(80)

/** Commits the state. */
export const commitState = define({
  name: 'state.commit',
  summary: 'Puts every byte of every layer on record, so that all or part of it can come back.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/state/commit' },
  input: z.strictObject({ reason: reasonSchema, force: z.boolean().default(false) }),
  output: commitViewSchema,
  run: async ({ kairos }, { reason, force }, context) => {
    const committed = await kairos.commits.commit({ reason, force, by: actorOf(context), trigger: null })
    return committed.ok ? ok(presentCommit(committed.value)) : committed
  },
})

/** Compares the files with the last commit. */
export const stateStatus = define({
  name: 'state.status',
  summary: 'Tells what changed since the last commit of the state.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/state' },
  input: z.strictObject({}),
  output: z.object({
    root: z.string(),
    files: z.number(),
    last: commitViewSchema.nullable(),
    summary: stateSummarySchema,
    changes: z.array(fileChangeSchema),
    total_changes: z.number(),
    /** What was reported since the last commit. */
    pending: z.number(),
    diagnostics: z.array(diagnosticSchema),
  }),
  run: async ({ kairos }) => {
    const status = kairos.commits.status()
    if (!status.ok) return status
    const { root, files, last, changes, summary, pending, diagnostics } = status.value
    return ok({
      ...{ root, files, last: last && presentCommit(last), summary: { ...summary } },
      changes: changes.slice(0, shownChanges).map(presentChange),
      total_changes: changes.length,
      pending: pending.length,
      diagnostics: [...diagnostics],
    })
  },
})

/** Lists commits. */
export const stateHistory = define({
  name: 'state.history',
  summary: 'Lists commits of the state, newest first.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/state/history' },
  input: z.strictObject({ limit: wholeNumber(1, 1000).default(20) }),
  output: z.object({ commits: z.array(commitViewSchema), count: z.number() }),
  run: async ({ kairos }, { limit }) => {
    const commits = kairos.commits.history(limit)
    if (!commits.ok) return commits
    return ok({ commits: commits.value.map(presentCommit), count: commits.value.length })
  },
})

/** Compares states. */
export const diffState = define({
  name: 'state.diff',
  summary: 'Compares a committed state with another one, or with the files now.',
  effect: 'read',
  who: 'delegate',
  http: { method: 'GET', path: '/api/state/diff' },
  input: z.strictObject({
    /** A commit's id, its number, or the first digits of its hash. */
    before: nameSchema,
    after: nameSchema.optional(),
  }),
  output: z.object({ changes: z.array(fileChangeSchema), total_changes: z.number() }),
  run: async ({ kairos }, { before, after }) => {
    const changes = kairos.commits.diff(before, after)
    if (!changes.ok) return changes
    return ok({ changes: changes.value.slice(0, shownChanges).map(presentChange), total_changes: changes.value.length })
  },
})

/** Proposes the return of a state. */
export const restoreState = define({
  name: 'state.restore',
  summary: 'Proposes that a committed state, or a part of it, comes back; a proposal like any other.',
  effect: 'change',
  who: 'delegate',
  http: { method: 'POST', path: '/api/state/restore' },
  input: z.strictObject({
    commit: nameSchema,
    /** Files or folders below `.kairos`; absent: all of it. */
    paths: z.array(z.string().min(1).max(1024)).max(1000).optional(),
    reason: reasonSchema,
    dry_run: z.boolean().default(false),
  }),
  output: reviewViewSchema,
  run: async ({ kairos, clock }, input, context) => {
    const proposing = { by: actorOf(context), isDryRun: input.dry_run }
    const review = await kairos.restore(
      { commit: input.commit, paths: input.paths ?? 'all', reason: input.reason },
      proposing,
    )
    return review.ok ? ok(presentReview(review.value, clock.now())) : review
  },
})
