import type { AddressClass } from './address.ts'
import type { Destination } from './destination.ts'
import { admitsHost, formatHostPort, type NetworkGrant } from './rule.ts'

/** Yes, or no and why. */
export type Decision<Reason> = { readonly allowed: true } | { readonly allowed: false; readonly reason: Reason }

const allow = { allowed: true } as const

/**
 * The grants of a principal's ancestors, outermost first, and then its own. `undefined` stands for one that has none,
 * or whose grant could not be read or verified; it must not be left out, since that would widen what its children reach.
 */
export type GrantChain = readonly (NetworkGrant | undefined)[]

/** Why a destination is not granted; `depth` is the place in the chain that says no, 0 for the outermost. */
export type EgressDenial =
  | { readonly kind: 'no-grant'; readonly depth: number }
  | { readonly kind: 'host-not-granted'; readonly depth: number }
  | { readonly kind: 'port-not-granted'; readonly depth: number }

/** Decides whether a principal may reach a host and port, before any name is looked up (EGR-01). */
export function decideEgress(
  chain: GrantChain,
  destination: Pick<Destination, 'host' | 'hostKind' | 'port'>,
): Decision<EgressDenial> {
  if (chain.length === 0) return deny({ kind: 'no-grant', depth: 0 })
  for (const [depth, grant] of chain.entries()) {
    if (grant === undefined) return deny({ kind: 'no-grant', depth })
    if (!grant.domains.some((pattern) => admitsHost(pattern, destination))) {
      return deny({ kind: 'host-not-granted', depth })
    }
    if (!grant.ports.includes(destination.port)) return deny({ kind: 'port-not-granted', depth })
  }
  return allow
}

/** Why an address is not connected to: none was found, one is of a refused class, or it is the system's own port. */
export type AddressDenial =
  | { readonly kind: 'no-address' }
  | { readonly kind: 'address-refused'; readonly class: AddressClass }
  | { readonly kind: 'own-port' }

/** Who asks, and what of the machine must stay out of reach. */
export interface AddressContext {
  readonly chain: GrantChain
  /** Ports on which the system itself listens: never reachable on this machine, whatever a grant says (EGR-20). */
  readonly ownPorts: readonly number[]
}

/**
 * Decides whether a destination may be connected to, given the classes of ALL addresses its name has. One refused
 * answer refuses all of them (EGR-07). Only `private` and `loopback` can be allowed, by naming exactly this host and
 * port in every grant of the chain.
 */
export function decideAddress(
  classes: readonly ('public' | AddressClass)[],
  destination: Pick<Destination, 'host' | 'hostKind' | 'port'>,
  { chain, ownPorts }: AddressContext,
): Decision<AddressDenial> {
  if (classes.length === 0) return deny({ kind: 'no-address' })
  const place = formatHostPort(destination, destination.port)
  const mayBePrivate = chain.length > 0 && chain.every((grant) => grant?.allowPrivate.includes(place) === true)
  for (const found of classes) {
    if (found === 'public') continue
    if (found === 'loopback' && ownPorts.includes(destination.port)) return deny({ kind: 'own-port' })
    const isNearby = found === 'private' || found === 'loopback'
    if (!isNearby || !mayBePrivate) return deny({ kind: 'address-refused', class: found })
  }
  return allow
}

function deny<Reason>(reason: Reason): Decision<Reason> {
  return { allowed: false, reason }
}
