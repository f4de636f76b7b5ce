export type { Admission, Capability, CapabilityRequest, CapabilityResult, CapabilityUse } from './capability.ts'
export type { Caller } from './caller.ts'
export { denialCollection, type DenialRecord } from './denial.ts'
export type { GateSession } from './gate.ts'
export { describeDecision } from './network-gate.ts'
export {
  findNetworkChain,
  listSideEffects,
  networkPermission,
  parseNetworkConfig,
  type Place,
  injectPermission,
  isBinding,
} from './network.ts'
export { createGate, type OpenGate } from './open-gate.ts'
export type { GatePorts } from './ports.ts'
export { redactEntry, redactMembers, redactSecrets } from './redact.ts'
export type { Remedy } from './remedy.ts'
export { suggestForWish } from './suggest.ts'
