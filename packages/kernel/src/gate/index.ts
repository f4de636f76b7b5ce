export {
  GrantWithdrawn,
  type Admission,
  type Caller,
  type Capability,
  type CapabilityRequest,
  type CapabilityResult,
  type CapabilityUse,
} from './capability.ts'
export { denialCollection, type DenialRecord, type Remedy } from './denial.ts'
export type { GateSession } from './gate.ts'
export { describeDecision } from './network-gate.ts'
export {
  findNetworkChain,
  formatBinding,
  formatNetworkConfig,
  injectPermission,
  networkPermission,
  parseNetworkConfig,
  type Place,
} from './network.ts'
export { createGate, type OpenGate } from './open-gate.ts'
export type { GatePorts } from './ports.ts'
export { suggestForWish } from './suggest.ts'
