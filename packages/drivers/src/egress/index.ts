export { createEgressClient, type EgressClient, type EgressClientOptions } from './client.ts'
export { parseHostsFile } from './hosts-file.ts'
export { createSystemResolver, listOwnAddresses, type EgressResolver, type ResolvedAddress } from './resolver.ts'
