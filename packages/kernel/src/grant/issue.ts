import { z } from 'zod'
import { err, ok, packIdSchema, type Instant, type JsonValue, type Result } from '../base/index.ts'
import { grantConfigSchema } from './config.ts'
import type { GrantKey } from './key.ts'
import { parseLineage, type LineageRefusal } from './lineage.ts'
import { permissionIdSchema } from './permission-id.ts'
import { signGrant, type GrantRecord } from './record.ts'

/** Grants in one batch. (operations §Capability Grant) */
export const maxGrantBatch = 50

/**
 * The body of `POST /api/capability/grants/grant`. Without `config` the grant exists but every `allowed_…` is empty.
 *
 * @example { principal_id: 'my_pack', permission_id: 'secrets.get', config: { allowed_keys: ['API_KEY'] } }
 */
export const grantRequestSchema = z.strictObject({
  principal_id: z.string().min(1).max(64),
  permission_id: permissionIdSchema,
  config: grantConfigSchema.default({}),
  /** ISO 8601 with a time zone. */
  expires_at: z.iso.datetime({ offset: true }).optional(),
  max_uses: z.int().min(1).max(1_000_000_000).optional(),
})

/** What an operator asks for. */
export type GrantRequest = Readonly<z.infer<typeof grantRequestSchema>>

/** Why no grant was made: the principal's name has no lineage, or the grant would be over before it begins. */
export type GrantIssueRefusal = LineageRefusal | { readonly kind: 'expires-in-the-past' }

/** What a new grant is made from. */
export interface GrantIssue {
  readonly request: GrantRequest
  /** The newest epoch that the ledger knows for this pair. */
  readonly epochFloor: number | undefined
  readonly nowMs: Instant
  readonly key: GrantKey
}

/** Makes the signed record that replaces whatever the pair had. The ledger's floor becomes the record's epoch. */
export function issueGrant({ request, epochFloor, nowMs, key }: GrantIssue): Result<GrantRecord, GrantIssueRefusal> {
  const lineage = parseLineage(request.principal_id)
  if (!lineage.ok) return lineage
  const expiresAt = request.expires_at === undefined ? undefined : Date.parse(request.expires_at)
  if (expiresAt !== undefined && !(expiresAt > nowMs)) return err({ kind: 'expires-in-the-past' })
  const statement = {
    principalId: packIdSchema.parse(request.principal_id),
    permissionId: request.permission_id,
    config: request.config,
    epoch: nextEpoch(epochFloor),
    grantedAt: nowMs,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(request.max_uses === undefined ? {} : { usesLeft: request.max_uses }),
  }
  return ok(signGrant(statement, key))
}

/** The epoch of the next change of a pair: a grant, a revocation (which keeps no row) or a spent use. */
export function nextEpoch(floor: number | undefined): number {
  return (floor ?? 0) + 1
}

/**
 * The records that replace those of a chain after one use: each that counts its uses has one less and a newer epoch.
 * They and their floors are written in one transaction before the use takes place; otherwise a crash gives it back.
 *
 * @param chain - `chain` of an allowed `GrantDecision`.
 */
export function spendUses(chain: readonly GrantRecord[], key: GrantKey): readonly GrantRecord[] {
  return chain.flatMap((record) => {
    const { usesLeft, epoch } = record
    return usesLeft === undefined ? [] : [signGrant({ ...record, usesLeft: usesLeft - 1, epoch: epoch + 1 }, key)]
  })
}

/** One item of a batch: the request, or every problem with it. */
export type BatchItem = Result<GrantRequest, readonly string[]>

/**
 * Reads a batch of at most 50. A bad item does not harm the others: best effort, one answer an item, in order.
 * (operations §Capability Grant)
 */
export function parseGrantBatch(
  items: readonly JsonValue[],
): Result<readonly BatchItem[], { readonly kind: 'too-many' }> {
  if (items.length > maxGrantBatch) return err({ kind: 'too-many' })
  return ok(
    items.map((item) => {
      const request = grantRequestSchema.safeParse(item)
      return request.success ? ok(request.data) : err(request.error.issues.map(describeIssue))
    }),
  )
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}
