export { classifyAddress, isSameAddress, type AddressClass } from './address.ts'
export {
  answerFailure,
  type EgressAnswer,
  type EgressErrorType,
  type EgressFailure,
  type EgressHop,
  type EgressReason,
  type EgressRecord,
} from './answer.ts'
export { decideAddress, decideEgress, type Decision, type EgressDenial, type GrantChain } from './decide.ts'
export { parseDestination, parseRedirect, type Destination, type EgressRefusal } from './destination.ts'
export {
  parseHeaders,
  parseMethod,
  pickRedirectHeaders,
  type EgressMethod,
  type Header,
  type RequestRefusal,
} from './headers.ts'
export type { EgressAuthority, EgressOutcome, EgressRequest, HostEntry, HostTable, PerformEgress } from './port.ts'
export { formatHostPort, parseHostPort } from './rule.ts'
export { parseHost, type Host } from './host.ts'
export { createRateLimiter, defaultRateLimits, type RateLimiter, type RateLimits } from './rate.ts'
export { networkGrantSchema, type NetworkGrant } from './rule.ts'
export { findSecretNames, insertSecrets, redactBytes, redactText } from './secret-reference.ts'
