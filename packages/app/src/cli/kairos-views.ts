import { z } from 'zod'

/*
 * What the command line shows of the operations of Kairos. The data may come from a running system of another version,
 * so only what is shown is asked for.
 */

const diagnostic = z.object({
  severity: z.string(),
  code: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  hint: z.string().optional(),
})
const diagnostics = z.array(diagnostic)
const head = z.object({ length: z.number(), head: z.string() }).nullable()

/** What setting up did. */
export const setUpView = z.object({
  kind: z.string(),
  skills: z.array(z.string()),
  written: z.array(z.string()),
  chain: head,
  diagnostics,
})

/** What an upgrade did, or would do. */
export const upgradeView = z.object({
  steps: z.array(z.object({ path: z.string(), action: z.string(), detail: z.string().nullable() })),
  proposals: z.array(z.string()),
})
export type UpgradeView = Readonly<z.infer<typeof upgradeView>>

const skillView = z.object({
  id: z.string(),
  version: z.string().nullable(),
  title: z.string().nullable(),
  use_when: z.string().nullable(),
  tree_hash: z.string(),
  file: z.string(),
  guarantees: z.array(z.string()),
  evolvable: z.array(z.string()),
  immutable: z.boolean(),
  nodes: z.number(),
  has_behavior: z.boolean(),
})
export type SkillView = Readonly<z.infer<typeof skillView>>

/** Skills in force. */
export const skillsView = z.object({ skills: z.array(skillView), diagnostics })

/** One skill with its text and its versions. */
export const skillDetailView = skillView.extend({
  source: z.string(),
  tree: z.record(z.string(), z.unknown()),
  versions: z.array(
    z.object({
      revision: z.number(),
      tree_hash: z.string(),
      version: z.string().nullable(),
      at: z.string(),
      by: z.string(),
      reason: z.string(),
    }),
  ),
})
export type SkillDetailView = Readonly<z.infer<typeof skillDetailView>>

/** What a source says and what is wrong with it. */
export const parsedView = z.object({
  ok: z.boolean(),
  skills: z.array(
    z.object({
      id: z.string(),
      tree_hash: z.string(),
      tree: z.object({
        version: z.string().nullable(),
        title: z.string().nullable(),
        definition: z.object({ nodes: z.array(z.unknown()) }).nullable(),
      }),
      canonical: z.string(),
    }),
  ),
  diagnostics,
})
export type ParsedView = Readonly<z.infer<typeof parsedView>>

const counts = z.object({
  total: z.number(),
  satisfied: z.number(),
  unsatisfied: z.number(),
  unknown: z.number(),
  human_required: z.number(),
})
export type VerificationCounts = Readonly<z.infer<typeof counts>>

/** What became of the statements of one skill. */
export const verificationView = z.object({
  skill_id: z.string(),
  verdict: z.string(),
  summary: counts,
  nodes: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      status: z.string(),
      basis: z.string(),
      detail: z.string(),
      missing: z.array(z.string()),
    }),
  ),
})
export type VerificationView = Readonly<z.infer<typeof verificationView>>

/** A definition as Markdown. */
export const decompiledView = z.object({ markdown: z.string() })

/** Where content and definition tell different things. */
export const driftView = z.object({
  skill_id: z.string(),
  is_drifted: z.boolean(),
  coverage: z.number().nullable(),
  items: z.array(
    z.object({
      direction: z.string(),
      severity: z.string(),
      node: z.string().nullable(),
      line: z.number().nullable(),
      message: z.string(),
    }),
  ),
})
export type DriftView = Readonly<z.infer<typeof driftView>>

/** What differs between two skills. */
export const skillDiffView = z.object({ id: z.string(), text: z.string(), same: z.boolean() })

/** One proposal. */
export const proposalView = z.object({
  proposal_id: z.string(),
  kind: z.string(),
  subject: z.string(),
  hash: z.string(),
  status: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  expires_at: z.string(),
  files: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  approved_by: z.string().nullable(),
  approved_at: z.string().nullable(),
  rejected_by: z.string().nullable(),
  rejection: z.string().nullable(),
  applied_at: z.string().nullable(),
  revision: z.number().nullable(),
})
export type ProposalView = Readonly<z.infer<typeof proposalView>>

/** Proposals. */
export const proposalsView = z.object({ proposals: z.array(proposalView), unreadable: z.array(z.string()) })

/** One proposal with what it does and what was checked. */
export const reviewView = z.object({
  proposal: proposalView,
  skills: z.array(z.object({ id: z.string(), change: z.string(), text: z.string() })),
  files: z.array(
    z.object({
      path: z.string(),
      change: z.enum(['added', 'changed', 'removed']),
      executable: z.boolean(),
      text: z.string().nullable(),
    }),
  ),
  checks: z.array(z.object({ id: z.string(), outcome: z.string(), detail: z.string() })),
  ready: z.boolean(),
})
export type ReviewView = Readonly<z.infer<typeof reviewView>>

/** A session of changes that ended. */
export const resetView = z.object({ was: z.number() })

/** What was found, best first. */
export const searchView = z.object({
  results: z.array(
    z.object({
      layer: z.string(),
      name: z.string(),
      session_id: z.string().nullable(),
      title: z.string(),
      excerpt: z.string(),
    }),
  ),
})
export type SearchView = Readonly<z.infer<typeof searchView>>

/** What an audit found. */
export const findingsView = z.object({
  findings: z.array(
    z.object({
      kind: z.string(),
      severity: z.string(),
      subject: z.string(),
      line: z.number().nullable(),
      message: z.string(),
      hint: z.string().nullable(),
    }),
  ),
})
export type FindingsView = Readonly<z.infer<typeof findingsView>>

/** What a behavior came to. */
export const behaviorView = z.object({ value: z.unknown(), log: z.string(), posture: z.string() })

const documentView = z.object({
  layer: z.string(),
  session: z.string().nullable(),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  version: z.string().nullable(),
  tags: z.array(z.string()),
  archived: z.boolean(),
  path: z.string(),
  scripts: z.number(),
  assets: z.number(),
  references: z.number(),
  modified_at: z.string(),
  problem: diagnostic.nullable(),
})
export type DocumentView = Readonly<z.infer<typeof documentView>>

/** Documents of L1. */
export const documentsView = z.object({ documents: z.array(documentView), diagnostics })

/** One document with its text. */
export const documentContentView = documentView.extend({
  content_hash: z.string().nullable(),
  text: z.string(),
  files: z.array(z.object({ path: z.string(), kind: z.string(), size_bytes: z.number(), executable: z.boolean() })),
})
export type DocumentContentView = Readonly<z.infer<typeof documentContentView>>

/** What was done with a document. */
export const planView = z.object({
  layer: z.string(),
  session: z.string().nullable(),
  name: z.string(),
  action: z.string(),
  next_hash: z.string().nullable(),
  files: z.array(z.string()),
  warnings: diagnostics,
})
export type PlanView = Readonly<z.infer<typeof planView>>

/** A document that went up by one layer, or the draft of a skill. */
export const promotionView = z.object({ document: planView.nullable(), draft: z.string().nullable() })

/** What became of folders that were taken in. */
export const importedView = z.object({
  ok: z.boolean(),
  documents: z.array(
    z.object({
      name: z.string(),
      imported: planView.nullable(),
      problem: z.object({ code: z.string(), message: z.string() }).nullable(),
      warnings: diagnostics,
    }),
  ),
})
export type ImportedView = Readonly<z.infer<typeof importedView>>

/** Folders that were written. */
export const exportedFoldersView = z.object({ folders: z.array(z.string()), files: z.number() })

/** Sessions and their documents. */
export const sessionsView = z.object({
  sessions: z.array(z.object({ session_id: z.string(), documents: z.array(documentView) })),
})
export type SessionsView = Readonly<z.infer<typeof sessionsView>>

/** A session that ended. */
export const endedView = z.object({ session_id: z.string(), commit: z.string().nullable() })

/** How the record stands. */
export const chainStatusView = z.object({
  length: z.number(),
  latest: z.object({ index: z.number(), type: z.string(), at: z.string(), by: z.string().nullable() }).nullable(),
  imported: head,
})
export type ChainStatusView = Readonly<z.infer<typeof chainStatusView>>

/** The verdict on the record. */
export const chainReportView = z.object({
  ok: z.boolean(),
  entries: z.number(),
  root: z.string().nullable(),
  imported: head,
  faults: z.array(z.object({ origin: z.string(), index: z.number().nullable(), message: z.string() })),
})
export type ChainReportView = Readonly<z.infer<typeof chainReportView>>

/** What happened to skills. */
export const chainHistoryView = z.object({
  entries: z.array(
    z.object({
      type: z.string(),
      origin: z.string(),
      index: z.number(),
      at: z.string(),
      by: z.string().nullable(),
      subject: z.string().nullable(),
      data: z.unknown(),
    }),
  ),
})
export type ChainHistoryView = Readonly<z.infer<typeof chainHistoryView>>

/** Texts that were put on the record. */
export const recordedView = z.object({ recorded: z.number(), length: z.number() })

/** The head of a chain that was taken over. */
export const chainHeadView = z.object({ length: z.number(), head: z.string() })

/** A file of the older system that was written. */
export const chainFileView = z.object({ path: z.string(), blocks: z.number(), head: z.string() })

const commitView = z.object({
  commit_id: z.string(),
  root: z.string(),
  committed_at: z.string(),
  by: z.string(),
  reason: z.string(),
  trigger: z.string().nullable(),
  changes: z.number(),
})
export type CommitView = Readonly<z.infer<typeof commitView>>

/** A commit that was made. */
export const committedView = commitView

/** Commits of the state. */
export const commitsView = z.object({ commits: z.array(commitView) })

const fileChanges = z.array(z.object({ path: z.string(), kind: z.string() }))

/** What changed between two states. */
export const stateDiffView = z.object({ changes: fileChanges, total_changes: z.number() })
export type StateDiffView = Readonly<z.infer<typeof stateDiffView>>

/** What changed since the last commit. */
export const stateStatusView = stateDiffView.extend({
  root: z.string(),
  files: z.number(),
  last: commitView.nullable(),
  pending: z.number(),
  diagnostics,
})
export type StateStatusView = Readonly<z.infer<typeof stateStatusView>>

/** Decisions about formalization. */
export const decisionsView = z.object({
  entries: z.array(
    z.object({
      seq: z.number(),
      at: z.string(),
      by: z.string(),
      decision: z.object({
        skill_id: z.string(),
        skill_version: z.string(),
        source_text: z.string(),
        result: z.string(),
        rationale: z.string(),
        formalization_category: z.string(),
        decided_by: z.string(),
        confidence: z.number().nullable(),
      }),
    }),
  ),
  formalized: z.number(),
  not_formalized: z.number(),
})
export type DecisionsView = Readonly<z.infer<typeof decisionsView>>

/** A decision that was recorded. */
export const decisionRecordedView = z.object({ length: z.number() })

/** What agents are told at the start. */
export const instructionsView = z.object({
  mode: z.string(),
  path: z.string().nullable(),
  text: z.string().nullable(),
  modes: z.array(z.string()),
})
