import { z } from 'zod'

/*
 * What the command line shows of each operation's data. The data may come from a running system of another version,
 * so only what is shown is asked for.
 */

const diagnosticView = z.object({
  severity: z.string(),
  code: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  hint: z.string().optional(),
})

/** Something wrong that did not stop us. */
export type DiagnosticView = Readonly<z.infer<typeof diagnosticView>>

/** A pack. */
export const packView = z.object({
  pack_id: z.string(),
  status: z.string(),
  identity: z.string().optional(),
  version: z.string().optional(),
  description: z.string().optional(),
  isolation: z.string().optional(),
  tree_hash: z.string().optional(),
  approved_hash: z.string().optional(),
  approved_at: z.string().optional(),
  reason: z.string().optional(),
  diagnostics: z.array(diagnosticView),
})
export type PackView = Readonly<z.infer<typeof packView>>

/** A pack with what there is to review. */
export const packReviewView = packView.extend({
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })),
  routes: z
    .array(z.object({ method: z.string(), path: z.string(), flow_id: z.string(), scope: z.string() }))
    .default([]),
  flows: z.array(z.object({ flow_id: z.string(), scheduled: z.boolean() })).default([]),
  stores: z.array(z.string()).default([]),
  wishes: z
    .array(z.object({ type: z.string(), domains: z.array(z.string()), ports: z.array(z.number()), reason: z.string() }))
    .default([]),
  changes: z
    .object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) })
    .optional(),
})
export type PackReviewView = Readonly<z.infer<typeof packReviewView>>

/** What a scan found. */
export const scanView = z.object({
  scanned: z.number(),
  packs: z.array(packView),
  diagnostics: z.array(diagnosticView),
})

/** The flows. */
export const flowsView = z.object({
  details: z.array(
    z.object({
      flow_id: z.string(),
      source: z.string(),
      file: z.string(),
      description: z.string().optional(),
      inputs: z.array(z.string()),
      steps: z.number(),
    }),
  ),
  diagnostics: z.array(diagnosticView),
})
export type FlowsView = Readonly<z.infer<typeof flowsView>>

/** The routes of approved packs. */
export const routesView = z.object({
  routes: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      pack_id: z.string(),
      flow_id: z.string(),
      description: z.string(),
    }),
  ),
  diagnostics: z.array(diagnosticView),
})
export type RoutesView = Readonly<z.infer<typeof routesView>>

/** What reading the routes again came to. */
export const routesReloadView = z.object({ route_count: z.number() })

/** What starts by itself. */
export const schedulesView = z.object({
  schedules: z.array(
    z.object({
      flow_id: z.string(),
      cron: z.string().optional(),
      interval: z.number().optional(),
      timezone: z.string().optional(),
      next_run: z.string().nullable(),
      last_run: z.string().optional(),
      last_status: z.string().optional(),
      last_skip: z.string().optional(),
      skip_reason: z.string().optional(),
      diagnostics: z.array(diagnosticView),
    }),
  ),
  active: z.boolean(),
})
export type SchedulesView = Readonly<z.infer<typeof schedulesView>>

/** The end of a run. */
export const runResultView = z.object({
  success: z.boolean(),
  status: z.string(),
  run_id: z.string(),
  result: z.unknown(),
  error: z.string().nullable(),
  execution_time: z.number(),
  diagnostics: z.array(z.string()).optional(),
  sandbox: z.array(z.string()).default([]),
})
export type RunResultView = Readonly<z.infer<typeof runResultView>>

const runView = z.object({
  run_id: z.string(),
  flow_id: z.string(),
  status: z.string(),
  started_at: z.string(),
  ended_at: z.string().optional(),
  caller: z.string(),
  error: z.object({ step_id: z.string().optional(), error_type: z.string(), message: z.string() }).optional(),
})
export type RunView = Readonly<z.infer<typeof runView>>

/** The newest runs. */
export const runsView = z.object({ runs: z.array(runView) })

const stepView = z.object({
  step_id: z.string(),
  path: z.string(),
  type: z.string(),
  status: z.string(),
  duration_ms: z.number().optional(),
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  log: z.string().optional(),
  sandbox: z.string().optional(),
  pack_id: z.string().optional(),
  file: z.string().optional(),
  error: z.object({ error_type: z.string(), message: z.string() }).optional(),
  diagnostics: z.array(z.string()).optional(),
})
export type StepView = Readonly<z.infer<typeof stepView>>

/** A run with its steps. */
export const runDetailsView = runView.extend({
  inputs: z.unknown(),
  result: z.unknown().optional(),
  diagnostics: z.array(z.string()),
  steps: z.array(stepView),
})
export type RunDetailsView = Readonly<z.infer<typeof runDetailsView>>

/** What a cancellation came to. */
export const cancelView = z.object({ run_id: z.string(), status: z.string() })

/** The head of the ledger. */
export const ledgerHeadView = z.object({ checkpoint: z.string(), verifier_key: z.string() })

/** The verdict on a ledger. */
export const ledgerReportView = z.object({
  ok: z.boolean(),
  size: z.number(),
  root: z.string().optional(),
  problems: z.array(z.unknown()),
})
export type LedgerReportView = Readonly<z.infer<typeof ledgerReportView>>

/** The lines of an export. */
export const ledgerExportView = z.object({ size: z.number(), lines: z.array(z.string()) })

/** A proof. */
export const ledgerProofView = z.object({
  kind: z.enum(['inclusion', 'consistency']),
  size: z.number(),
  proof: z.array(z.string()),
  entry: z.string().optional(),
})

const auditLineView = z.object({
  ts: z.string(),
  category: z.string(),
  severity: z.string(),
  action: z.string(),
  success: z.boolean(),
  flow_id: z.string().optional(),
  step_id: z.string().optional(),
  owner_pack: z.string().optional(),
  details: z.object({
    subject: z.string().optional(),
    // What blocks and strangers wrote may be of any kind; only texts are shown.
    permission_id: z.string().optional().catch(undefined),
    method: z.string().optional().catch(undefined),
    detail: z.string().optional().catch(undefined),
  }),
  error: z.string().optional(),
  error_type: z.string().optional(),
  rejection_reason: z.string().optional(),
})
export type AuditLineView = Readonly<z.infer<typeof auditLineView>>

/** Lines of the audit log. */
export const auditView = z.object({ entries: z.array(auditLineView), next_before_seq: z.number().optional() })

/** What was written anew. */
export const auditRebuildView = z.object({ entries: z.number(), files: z.number() })

/** What works on the machine. */
export const doctorView = z.object({
  ok: z.boolean(),
  version: z.string(),
  mode: z.string(),
  sandbox: z.object({
    driver: z.string(),
    passed: z.boolean(),
    checks: z.array(z.object({ id: z.string(), passed: z.boolean(), detail: z.string() })),
    hint: z.string().optional(),
  }),
  checks: z.array(z.object({ id: z.string(), passed: z.boolean(), detail: z.string() })).default([]),
  /** Absent: the running system is older. */
  audit: z.object({ ok: z.boolean(), message: z.string().optional(), hint: z.string().optional() }).optional(),
  packs: z.record(z.string(), z.number()),
  flows: z.number(),
  problems: z.number(),
})
export type DoctorView = Readonly<z.infer<typeof doctorView>>
