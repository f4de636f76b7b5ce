import type { GrantConfig, PermissionId } from '../grant/index.ts'

/**
 * Words before the first dot that belong to the host. No handler of a pack may answer for them: it would be given the
 * secrets and stores of everybody who calls them.
 */
const hostFamilies: ReadonlySet<string> = new Set([
  'store',
  'secrets',
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
