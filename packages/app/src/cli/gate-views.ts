import { z } from 'zod'

/* What the command line shows of the operations about the gate; see views.ts. */

const configView = z.record(z.string(), z.json())

/** What a pack may reach. */
export const networkView = z.object({
  pack_id: z.string(),
  enabled: z.boolean(),
  reason: z.string().optional(),
  allowed_domains: z.array(z.string()),
  allowed_ports: z.array(z.number()),
  allow_private: z.array(z.string()),
  expires_at: z.string().optional(),
})
export type NetworkView = Readonly<z.infer<typeof networkView>>

/** What all packs may reach. */
export const networksView = z.object({
  grants: z.record(z.string(), networkView),
  disabled_packs: z.array(z.string()),
})
export type NetworksView = Readonly<z.infer<typeof networksView>>

/** What a pack may reach after a change. */
export const networkGrantedView = z.object({ grant: networkView, warnings: z.array(z.string()) })

/** Whether something was taken back; false: it was not there. */
export const revokedView = z.object({ revoked: z.boolean() })

/** Whether a pack may reach a place. */
export const networkCheckView = z.object({ allowed: z.boolean(), reason: z.string() })

const permissionView = z.object({
  enabled: z.boolean(),
  reason: z.string().optional(),
  config: configView,
  expires_at: z.string().optional(),
  uses_left: z.number().optional(),
})
export type PermissionView = Readonly<z.infer<typeof permissionView>>

/** Grants by principal. */
export const grantsView = z.object({
  grants: z.record(
    z.string(),
    z.object({ principal_id: z.string(), permissions: z.record(z.string(), permissionView) }),
  ),
})
export type GrantsView = Readonly<z.infer<typeof grantsView>>

/** A grant that was made. */
export const grantedView = z.object({ principal_id: z.string(), permission_id: z.string(), config: configView })

/** Grants that were signed anew. */
export const grantsRotatedView = z.object({ key_id: z.string(), resigned: z.number() })

/** A handler that a pack offers. */
export const candidateView = z.object({
  candidate_key: z.string(),
  status: z.string(),
  pack_id: z.string().optional(),
  slug: z.string().optional(),
  permission_id: z.string().optional(),
  entrypoint: z.string().optional(),
  content_hash: z.string().optional(),
  description: z.string().optional(),
  risk: z.string().optional(),
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })).optional(),
  principal_id: z.string().optional(),
  cooldown_until: z.string().optional(),
  reason: z.string().optional(),
})
export type CandidateView = Readonly<z.infer<typeof candidateView>>

/** Handlers. */
export const candidatesView = z.object({ items: z.array(candidateView) })

/** Handlers that are blocked. */
export const blockedView = z.object({ blocked: z.record(z.string(), candidateView) })

/** What a scan for handlers found. */
export const candidateScanView = z.object({
  scanned_count: z.number(),
  pending_created: z.number(),
  errors: z.array(
    z.object({
      severity: z.string(),
      code: z.string(),
      message: z.string(),
      file: z.string().optional(),
      line: z.number().optional(),
      column: z.number().optional(),
      hint: z.string().optional(),
    }),
  ),
})

/** A handler that was removed. */
export const candidateRemovedView = z.object({ candidate_key: z.string() })

const storeView = z.object({
  store_id: z.string(),
  created_at: z.string(),
  owner: z.string().nullable(),
  keys: z.number(),
  bytes: z.number(),
  max_keys: z.number(),
  max_bytes: z.number(),
})
export type StoreView = Readonly<z.infer<typeof storeView>>

/** Stores. */
export const storesView = z.object({ stores: z.array(storeView), unreadable: z.array(z.string()) })

/** A store that was created. */
export const storeCreatedView = z.object({ store_id: z.string() })

/** A store that was deleted. */
export const storeDeletedView = z.object({ store_id: z.string(), keys: z.number() })

const shareView = z.object({
  provider_pack_id: z.string(),
  consumer_pack_id: z.string(),
  store_id: z.string(),
  approved_at: z.string(),
})
export type ShareView = Readonly<z.infer<typeof shareView>>

/** Stores that others may use. */
export const sharesView = z.object({ entries: z.array(shareView) })

/** A store that was shared. */
export const sharedView = shareView

const secretView = z.object({
  key: z.string(),
  deleted: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type SecretView = Readonly<z.infer<typeof secretView>>

/** Secrets, never their values. */
export const secretsView = z.object({
  keys: z.array(secretView),
  problems: z.array(z.object({ key: z.string(), reason: z.string() })),
  rotation_pending: z.boolean(),
})
export type SecretsView = Readonly<z.infer<typeof secretsView>>

/** A secret that was changed. */
export const secretChangedView = z.object({ key: z.string(), created: z.boolean() })

/** Secrets that were sealed anew. */
export const secretsRotatedView = z.object({ key_id: z.string(), resealed: z.number() })

const grantBodyView = z.object({
  principal_id: z.string(),
  permission_id: z.string(),
  config: configView,
})
export type GrantBodyView = Readonly<z.infer<typeof grantBodyView>>

const remedyView = z.object({ kind: z.string(), store_id: z.string(), provider: z.string().optional() })
export type RemedyView = Readonly<z.infer<typeof remedyView>>

/** A call that was refused. */
export const denialView = z.object({
  id: z.string(),
  principal_id: z.string(),
  permission_id: z.string(),
  subject: z.string(),
  reasons: z.array(z.string()),
  count: z.number(),
  first_at: z.string(),
  last_at: z.string(),
  run_id: z.string(),
  flow_id: z.string(),
  step_id: z.string(),
  grants: z.array(grantBodyView),
  remedy: remedyView.optional(),
  reaches_private: z.boolean(),
  also_opens: z.array(z.string()).default([]),
  resolved: z.boolean(),
  hint: z.string().optional(),
})
export type DenialView = Readonly<z.infer<typeof denialView>>

/** Calls that were refused. */
export const denialsView = z.object({ denials: z.array(denialView) })

/** What a denial's grant came to. */
export const denialGrantedView = z.object({
  id: z.string(),
  granted: z.array(grantBodyView),
  remedied: remedyView.optional(),
})

/** A denial that was dismissed. */
export const denialDismissedView = z.object({ id: z.string() })
