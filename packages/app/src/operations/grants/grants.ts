import { z } from 'zod'
import { ok, packIdSchema } from '@rumi/kernel/base'
import { findGrantKeys } from '@rumi/kernel/capability'
import { grantRequestSchema, permissionIdSchema, type GrantRecord } from '@rumi/kernel/grant'
import { actorOf, define } from '../define.ts'
import type { Services } from '../services.ts'
import { copyConfig, presentGrants, principalViewSchema } from './view.ts'

/** Lists what packs may do. */
export const listGrants = define({
  name: 'grants.list',
  summary: 'Lists grants: which principal may use which permission, and how far.',
  effect: 'read',
  who: 'operator',
  http: { method: 'GET', path: '/api/capability/grants' },
  input: z.strictObject({ principal_id: packIdSchema.optional() }),
  output: z.object({
    grants: z.record(z.string(), principalViewSchema),
    count: z.number(),
    principal_id: z.string().optional(),
  }),
  run: async ({ grants }, input) => {
    const kept = grants.list(input.principal_id)
    const shown = presentGrants(kept, grants.state())
    const principal = input.principal_id === undefined ? {} : { principal_id: input.principal_id }
    return ok({ grants: shown, count: Object.keys(shown).length, ...principal })
  },
})

/** Grants a permission; replaces the grant that the pair had. */
export const grantPermission = define({
  name: 'grants.grant',
  summary: 'Grants a permission to a principal, in the place of what it had.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/grants/grant' },
  input: grantRequestSchema,
  output: z.object({
    success: z.literal(true),
    principal_id: z.string(),
    permission_id: z.string(),
    granted: z.literal(true),
    config: z.record(z.string(), z.json()),
    warnings: z.array(z.string()),
  }),
  run: async (services, input, context) => {
    const granted = await services.grants.grant(input, actorOf(context))
    if (!granted.ok) return granted
    const { principalId, permissionId, config } = granted.value
    return ok({
      success: true as const,
      principal_id: principalId,
      permission_id: permissionId,
      granted: true as const,
      config: copyConfig(config),
      warnings: warnOf(services, granted.value),
    })
  },
})

/** What makes a grant useless as things are; it may be made ahead of time. */
function warnOf({ packs, handlers }: Services, { principalId, permissionId }: GrantRecord): string[] {
  const isKnown = packs.list().some(({ packId }) => packId === principalId || principalId.startsWith(`${packId}__`))
  const isAnswered = findGrantKeys(permissionId) !== undefined || handlers.find(permissionId) !== undefined
  return [
    ...(isKnown ? [] : [`No pack is called "${principalId}" yet.`]),
    ...(isAnswered ? [] : [`Nobody answers for "${permissionId}" yet: no such handler is installed.`]),
  ]
}

/** Takes a grant back; what runs of the pack has ended when this answers. */
export const revokePermission = define({
  name: 'grants.revoke',
  summary: 'Takes a grant back and ends what runs of that pack.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/grants/revoke' },
  input: z.strictObject({
    principal_id: packIdSchema,
    permission_id: permissionIdSchema,
    reason: z.string().max(1000).optional(),
  }),
  output: z.object({
    success: z.literal(true),
    principal_id: z.string(),
    permission_id: z.string(),
    /** False: there was no such grant. */
    revoked: z.boolean(),
  }),
  run: async ({ grants }, input, context) => {
    const by = { actor: actorOf(context), reason: input.reason }
    const revoked = await grants.revoke(input.principal_id, input.permission_id, by)
    return ok({ success: true as const, principal_id: input.principal_id, permission_id: input.permission_id, revoked })
  },
})

/** Grants up to 50 permissions, best effort. */
export const grantBatch = define({
  name: 'grants.batch',
  summary: 'Grants up to 50 permissions; one that fails does not harm the others.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/grants/batch' },
  input: z.strictObject({ grants: z.array(z.json()) }),
  output: z.object({
    success: z.boolean(),
    results: z.array(
      z.object({
        principal_id: z.string().nullable(),
        permission_id: z.string().nullable(),
        granted: z.boolean(),
        error: z.string().nullable(),
      }),
    ),
    granted_count: z.number(),
    failed_count: z.number(),
  }),
  run: async ({ grants }, input, context) => {
    const batch = await grants.grantBatch(input.grants, actorOf(context))
    if (!batch.ok) return batch
    const results = batch.value.map(({ item, outcome }) => ({
      principal_id: textMember(item, 'principal_id'),
      permission_id: textMember(item, 'permission_id'),
      granted: outcome.ok,
      error: outcome.ok ? null : outcome.error.message,
    }))
    const granted = results.filter((result) => result.granted).length
    const failed = results.length - granted
    return ok({ success: failed === 0, results, granted_count: granted, failed_count: failed })
  },
})

/** Signs all grants anew with a new key. */
export const rotateGrantKeys = define({
  name: 'grants.rotate',
  summary: 'Makes a new key for grants and signs all of them anew.',
  effect: 'change',
  who: 'operator',
  http: { method: 'POST', path: '/api/capability/grants/rotate' },
  input: z.strictObject({}),
  output: z.object({ key_id: z.string(), resigned: z.number() }),
  run: async ({ grants }, _input, context) => {
    const { keyId, resigned } = await grants.rotateKeys(actorOf(context))
    return ok({ key_id: keyId, resigned })
  },
})

function textMember(item: unknown, key: string): string | null {
  if (typeof item !== 'object' || item === null || !Object.hasOwn(item, key)) return null
  const value: unknown = Reflect.get(item, key)
  return typeof value === 'string' ? value.slice(0, 128) : null
}
