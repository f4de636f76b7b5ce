export { createEgressClient, type EgressClient, type EgressClientOptions, type EgressOutcome } from './client.ts'
export type { EgressAuthority, EgressRequest } from './request.ts'
export { createSystemResolver, listOwnAddresses, type EgressResolver, type ResolvedAddress } from './resolver.ts'
