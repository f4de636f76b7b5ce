import { getGrantDefaults } from '../capability/index.ts'
import {
  suggestGrants,
  type GrantConfig,
  type GrantRequest,
  type GrantState,
  type PermissionId,
} from '../grant/index.ts'
import { networkPermission, suggestNetworkGrants } from './network.ts'

/** What somebody would need in order to do something. */
export interface Wish {
  readonly principalId: string
  readonly permissionId: PermissionId
  readonly needs: GrantConfig
}

/** The exact grants that would allow a wish as things stand now, the oldest ancestor's first; empty: none is missing. */
export function suggestForWish(state: GrantState, { principalId, permissionId, needs }: Wish): readonly GrantRequest[] {
  if (permissionId === networkPermission) return suggestNetworkGrants(state, principalId, needs)
  return suggestGrants({ ...state, principalId, permissionId, defaults: getGrantDefaults(permissionId) }, needs)
}
