import { z } from 'zod'
import type { JsonObject } from '../base/index.ts'

/** What a line is about; one file a category and day. (operations §Audit log) */
export const auditCategories = [
  'flow_execution',
  'modifier_application',
  'python_file_call',
  'approval',
  'permission',
  'network',
  'security',
  'system',
] as const

/** `user_data/audit/` and then this: category and date. @example 'network_2026-01-02.jsonl' */
export const auditFilePattern = new RegExp(`^(?:${auditCategories.join('|')})_\\d{4}-\\d{2}-\\d{2}\\.jsonl$`)

/**
 * One line of the audit log: what one entry of the ledger tells, in the words of the operations manual. A member without
 * a value is absent.
 *
 * @example { ts: '2026-01-02T03:04:05.678Z', category: 'approval', severity: 'info', action: 'pack_approve', success: true, owner_pack: 'weather', details: {}, seq: 7 }
 */
export const auditLineSchema = z.object({
  /** ISO 8601 with milliseconds, UTC. Its date names the file; it orders nothing. */
  ts: z.string(),
  category: z.enum(auditCategories),
  /** `critical`: somebody changed state behind the system's back. */
  severity: z.enum(['info', 'warning', 'error', 'critical']),
  action: z.string(),
  success: z.boolean(),
  flow_id: z.string().optional(),
  step_id: z.string().optional(),
  phase: z.string().optional(),
  owner_pack: z.string().optional(),
  modifier_id: z.string().optional(),
  /** The rest of the entry; `truncated: true` says that the ledger has more. */
  // Not `z.record`: that drops a member called __proto__, which is data.
  details: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  error: z.string().optional(),
  error_type: z.string().optional(),
  /** Why something was refused. */
  rejection_reason: z.string().optional(),
  /** Where a block ran. */
  execution_mode: z.enum(['container', 'host_permissive', 'rejected']).optional(),
  /** The place on the ledger. It orders lines, also across files. */
  seq: z.number(),
})
export type AuditCategory = (typeof auditCategories)[number]
export type AuditSeverity = AuditLine['severity']
export type AuditLine = Readonly<z.infer<typeof auditLineSchema>>

/** The longest line, in bytes without its end; what `projectEntry` gives stays below it. (AUD-02) */
export const maxAuditLineBytes = 8192

/** The file of a line. @example 'security_2026-01-02.jsonl' */
export function auditFileName({ category, ts }: Pick<AuditLine, 'category' | 'ts'>): string {
  return `${category}_${ts.slice(0, 10)}.jsonl`
}

/** The line as text, without its end: ASCII without control characters, so that no text of a stranger commands a terminal. */
export function encodeAuditLine(line: AuditLine): string {
  return asciiJson(line)
}

/** JSON in ASCII: everything else is written as `\uXXXX`. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(NOT_PRINTABLE, writeOut)
}

/** JSON writes out the controls below U+0020 itself. */
const NOT_PRINTABLE = /[\u007f-\uffff]/g

function writeOut(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
