import { z } from 'zod'
import { flowIdSchema, runIdSchema, type JsonValue } from '../base/index.ts'

/**
 * How a run stands. `completed` is the only success. `aborted`: a block asked to stop. `interrupted`: the kernel ended
 * while it ran; what its last block did is unknown.
 */
export const runStatusSchema = z.enum([
  'running',
  'completed',
  'failed',
  'aborted',
  'cancelled',
  'timed_out',
  'interrupted',
])
export type RunStatus = z.infer<typeof runStatusSchema>

const jsonSchema: z.ZodType<JsonValue> = z.json()

const runErrorSchema = z.strictObject({
  /** The step that decided the run's end; absent when none did. */
  stepId: z.string().optional(),
  errorType: z.string(),
  message: z.string(),
})

/** Why a run did not complete: its first failing step. */
export type RunError = Readonly<z.infer<typeof runErrorSchema>>

export const runRecordSchema = z.strictObject({
  runId: runIdSchema,
  flowId: flowIdSchema,
  /** Where the flow was defined, relative to the home. */
  file: z.string(),
  status: runStatusSchema,
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
  /** Who started it: `operator`, or the run that did. */
  caller: z.string(),
  inputs: jsonSchema,
  result: jsonSchema.optional(),
  error: runErrorSchema.optional(),
  diagnostics: z.array(z.string()).optional(),
})

/** One execution of a flow, as it is kept. */
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>

export const stepRecordSchema = z.strictObject({
  /** Order of begin within the run, from 0. */
  seq: z.number().int().min(0),
  stepId: z.string(),
  /** Flows and branches it is nested in, outermost first; empty at the top. @example 'greet_all/then' */
  path: z.string(),
  type: z.string(),
  phase: z.string(),
  status: z.enum(['running', 'completed', 'failed', 'skipped', 'aborted', 'interrupted']),
  /** ISO 8601. */
  startedAt: z.string(),
  durationMs: z.number().optional(),
  input: jsonSchema.optional(),
  output: jsonSchema.optional(),
  /** What the block printed. */
  log: z.string().optional(),
  /** Where a block ran (`Posture`). */
  posture: z.string().optional(),
  packId: z.string().optional(),
  file: z.string().optional(),
  error: runErrorSchema.omit({ stepId: true }).optional(),
  /** Why it was skipped, and references that pointed nowhere. */
  diagnostics: z.array(z.string()).optional(),
})

/** One step of a run, as the journal keeps it. */
export type StepRecord = Readonly<z.infer<typeof stepRecordSchema>>
