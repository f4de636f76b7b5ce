import type { GrantConfig, PermissionId } from '../grant/index.ts'

/**
 * Words before the first dot that belong to the host. No handler of a pack may answer for them: it would be given the
 * secrets and stores of everybody who calls them.
 */
const hostFamilies: ReadonlySet<string> = new Set([
  'store',
  'secrets',
  'kairos',
  'flow',
  'pack',
  'inbox',
  'code',
  'docker',
  'network',
  'capability',
  'kernel',
  'system',
  'rumi',
])

/** Tells whether a permission is the host's own, in any case of letters: `Store.get` must not pass for `store.get`. */
export function isHostPermission(permissionId: PermissionId): boolean {
  return hostFamilies.has(permissionId.toLowerCase().replace(/\..*$/, ''))
}

/** What the host answers for, and what a grant of it may say. */
const hostPermissions: ReadonlyMap<string, readonly string[]> = new Map([
  ['store.get', ['allowed_store_ids']],
  ['store.set', ['allowed_store_ids', 'max_value_bytes']],
  ['store.delete', ['allowed_store_ids']],
  ['store.list', ['allowed_store_ids']],
  ['store.batch_get', ['allowed_store_ids']],
  ['store.cas', ['allowed_store_ids', 'max_value_bytes']],
  ['secrets.get', ['allowed_keys']],
  ['secrets.inject', ['allowed_bindings']],
  ['flow.run', ['allowed_flow_ids']],
  ['network.request', ['allowed_domains', 'allowed_ports', 'allow_private']],
])

/** Permissions that the host answers for. */
export const hostPermissionIds: readonly string[] = [...hostPermissions.keys()]

/**
 * What a grant may say: the keys of its config. `unknown`: the host answers for no such permission, and no pack ever may.
 * `undefined`: it is a pack's own, and its handler reads the config.
 */
export function findGrantKeys(permissionId: PermissionId): readonly string[] | 'unknown' | undefined {
  return hostPermissions.get(permissionId) ?? (isHostPermission(permissionId) ? 'unknown' : undefined)
}

/** What a permission of the host means where a grant says nothing. Lists have no defaults: missing allows nothing. */
const hostDefaults: ReadonlyMap<string, GrantConfig> = new Map<string, GrantConfig>([
  ['store.set', { max_value_bytes: 1_048_576 }],
  ['store.cas', { max_value_bytes: 1_048_576 }],
  ['pack.inbox.send', { max_payload_bytes: 1_048_576 }],
  ['inbox.send', { max_payload_bytes: 1_048_576 }],
])

/** The defaults of a permission, for `decideGrant`; `{}` for one that has none. (pack-development §Store API) */
export function getGrantDefaults(permissionId: PermissionId): GrantConfig {
  return hostDefaults.get(permissionId) ?? {}
}
