import { z } from 'zod'
import {
  canonicalJson,
  packIdSchema,
  sha256Hex,
  type Collection,
  type Instant,
  type JsonValue,
  type PackId,
} from '../base/index.ts'
import { grantConfigSchema, permissionIdSchema, type GrantConfig, type PermissionId } from '../grant/index.ts'
import type { Caller } from './caller.ts'
import { remedySchema, type Remedy } from './remedy.ts'

const instantSchema = z.int().min(0).max(8_640_000_000_000_000)

const denialRecordSchema = z
  .strictObject({
    id: z.string().regex(/^den_[0-9a-f]{16}$/),
    principalId: packIdSchema,
    permissionId: permissionIdSchema,
    /** What the call was about. */
    subject: z.string().max(1024),
    /** Why, the outermost level first; `principal: reason`. */
    reasons: z.array(z.string().max(300)).max(20),
    /** The least config that would have allowed it. */
    needs: grantConfigSchema,
    remedy: remedySchema.optional(),
    count: z.int().positive(),
    firstAt: instantSchema,
    lastAt: instantSchema,
    runId: z.string().max(64),
    flowId: z.string().max(128),
    stepId: z.string().max(128),
  })
  .readonly()

/** A call that was refused, for the operator: repeated ones of one kind are one record that counts. */
export type DenialRecord = z.infer<typeof denialRecordSchema>
export const denialCollection: Collection<DenialRecord> = { name: 'denial', schema: denialRecordSchema }

/** Open denials kept of one principal; what more of them there are is on the ledger only. */
export const maxDenials = 200

/** What was refused. */
export interface Refusal {
  readonly caller: Caller
  readonly permissionId: PermissionId
  readonly subject: string
  readonly reasons: readonly string[]
  readonly needs: GrantConfig
  readonly remedy?: Remedy | undefined
  readonly at: Instant
}

/** Names a denial by what would lift it: `den_` and 16 hex digits. */
export function formatDenialId(principalId: PackId, permissionId: PermissionId, wish: JsonValue): string {
  return `den_${sha256Hex(canonicalJson([principalId, permissionId, wish])).slice(0, 16)}`
}

/** The record of a refusal; `known` is the one kept under the same id. */
export function countDenial(refusal: Refusal, known: DenialRecord | 'unreadable' | undefined): DenialRecord {
  const { caller, permissionId, needs, remedy, at } = refusal
  const before = typeof known === 'object' ? known : undefined
  return {
    id: denialId(refusal),
    principalId: caller.principalId,
    permissionId,
    subject: refusal.subject.slice(0, 1024),
    reasons: refusal.reasons.slice(0, 20).map((reason) => reason.slice(0, 300)),
    needs,
    ...(remedy === undefined ? {} : { remedy }),
    count: (before?.count ?? 0) + 1,
    firstAt: before?.firstAt ?? at,
    lastAt: at,
    runId: caller.runId,
    flowId: caller.flowId,
    stepId: caller.stepId.slice(0, 128),
  }
}

/** The id that a refusal's record has. */
export function denialId({ caller, permissionId, subject, needs, remedy }: Refusal): string {
  // What nothing could lift is told apart by what it was about: one must not hide behind another.
  const about = Object.keys(needs).length === 0 && remedy === undefined ? { subject } : {}
  const wish = { needs, ...about, ...(remedy === undefined ? {} : { remedy }) }
  return formatDenialId(caller.principalId, permissionId, wish)
}
