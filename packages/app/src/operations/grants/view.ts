import { z } from 'zod'
import { isoInstant, type JsonValue } from '@rumi/kernel/base'
import { getGrantDefaults } from '@rumi/kernel/capability'
import { decideLevel, type GrantRecord, type GrantRequest, type GrantState } from '@rumi/kernel/grant'
import type { KeptGrant } from '../../library/index.ts'

/** One permission of a principal as surfaces show it. */
export const permissionViewSchema = z.object({
  /** Whether this grant counts now, by itself; its ancestors must count as well. */
  enabled: z.boolean(),
  /** Why it does not count. */
  reason: z.string().optional(),
  config: z.record(z.string(), z.json()),
  granted_at: z.string().optional(),
  expires_at: z.string().optional(),
  uses_left: z.number().optional(),
  epoch: z.number().optional(),
})

/** All permissions of one principal. */
export const principalViewSchema = z.object({
  principal_id: z.string(),
  permissions: z.record(z.string(), permissionViewSchema),
})

/** What a grant would say in the body of `POST /api/capability/grants/grant`. */
export const grantBodySchema = z.object({
  principal_id: z.string(),
  permission_id: z.string(),
  config: z.record(z.string(), z.json()),
  expires_at: z.string().optional(),
  max_uses: z.number().optional(),
})

/** Groups grants by principal. */
export function presentGrants(
  grants: readonly KeptGrant[],
  state: GrantState,
): Record<string, z.input<typeof principalViewSchema>> {
  const principals: Record<string, z.input<typeof principalViewSchema>> = {}
  for (const { id, record } of grants) {
    const [principalId = '', permissionId = ''] = id.split(':')
    const principal = principals[principalId] ?? { principal_id: principalId, permissions: {} }
    principals[principalId] = principal
    principal.permissions[permissionId] = record === 'unreadable' ? unreadable : presentGrant(record, state)
  }
  return principals
}

const unreadable = { enabled: false, reason: 'unreadable', config: {} }

function presentGrant(record: GrantRecord, state: GrantState): z.input<typeof permissionViewSchema> {
  const level = decideLevel(state, record.principalId, record.permissionId)
  return {
    enabled: level.counts,
    ...(level.counts ? {} : { reason: level.denial.reason }),
    config: copyConfig({ ...getGrantDefaults(record.permissionId), ...record.config }),
    granted_at: isoInstant(record.grantedAt),
    ...(record.expiresAt === undefined ? {} : { expires_at: isoInstant(record.expiresAt) }),
    ...(record.usesLeft === undefined ? {} : { uses_left: record.usesLeft }),
    epoch: record.epoch,
  }
}

/** A grant request as a body that could be sent. */
export function presentRequest(request: GrantRequest): z.input<typeof grantBodySchema> {
  return { ...request, config: copyConfig(request.config) }
}

/** A config whose lists schemas may hold: the kernel's are read-only. */
export function copyConfig(config: Readonly<Record<string, JsonValue>>): Record<string, z.core.util.JSONType> {
  const copy: Record<string, z.core.util.JSONType> = JSON.parse(JSON.stringify(config))
  return copy
}
