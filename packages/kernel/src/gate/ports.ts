import type { Clock, Result } from '../base/index.ts'
import type { RateLimit } from '../capability/index.ts'
import type { Destination, PerformEgress } from '../egress/index.ts'
import type { GrantRecord, GrantState, PermissionId } from '../grant/index.ts'
import type { StateStore } from '../state/index.ts'
import type { Capability } from './capability.ts'

/** What the gate works with. */
export interface GatePorts {
  readonly state: StateStore
  readonly clock: Clock
  /** Grants as they are at this moment. */
  readonly grants: () => GrantState
  /**
   * Takes one use from each grant of a chain that counts its uses, durably; the chain as it is then. `undefined`:
   * somebody took the last one meanwhile, or a grant was taken back.
   */
  readonly spendUses: (chain: readonly GrantRecord[]) => Promise<readonly GrantRecord[] | undefined>
  /** The one that answers for a permission: the host's own, or an installed and trusted handler of a pack. */
  readonly findCapability: (permissionId: PermissionId) => Capability | undefined
  readonly rateOf: (permissionId: PermissionId) => RateLimit | undefined
  readonly performEgress: PerformEgress
  /** Opens a secret for a header of a request that may go there; the gate has checked the binding. The error is a reason. */
  readonly openSecret: (name: string, destination: Destination) => Promise<Result<string, string>>
  /** Ports on which the system itself listens. */
  readonly ownPorts: () => readonly number[]
  /** Told of a fault of ours; the block hears `internal_error`. */
  readonly onException: (error: unknown) => void
  /** Largest answer to a block, in bytes of JSON. (pack-development §注意事項) */
  readonly maxAnswerBytes: number
}
