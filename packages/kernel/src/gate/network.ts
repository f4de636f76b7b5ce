import { isoInstant, ok, err, type PackId, type Result } from '../base/index.ts'
import {
  decideEgress,
  formatHostPort,
  parseHostPort,
  networkGrantSchema,
  type Destination,
  type GrantChain,
  type NetworkGrant,
} from '../egress/index.ts'
import {
  decideLevel,
  findEndedLevels,
  parseLineage,
  permissionIdSchema,
  type GrantConfig,
  type GrantRequest,
  type GrantState,
} from '../grant/index.ts'

/** The permission under which network grants are kept: `{allowed_domains, allowed_ports, allow_private}`. */
export const networkPermission = permissionIdSchema.parse('network.request')

/** The permission to have a secret put into a header by the host: `{allowed_bindings: ["KEY@host:port"]}`. */
export const injectPermission = permissionIdSchema.parse('secrets.inject')

/** A place of a request. */
export type Place = Pick<Destination, 'host' | 'hostKind' | 'port'>

/** Reads what a network grant allows; the error names the field and what is wrong. */
export function parseNetworkConfig(config: GrantConfig): Result<NetworkGrant, string> {
  const { allowed_domains: domains = [], allowed_ports: ports = [], allow_private: allowPrivate = [], ...rest } = config
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined) return err(`${JSON.stringify(unknown)} is no part of a network grant`)
  const parsed = networkGrantSchema.safeParse({ domains, ports, allowPrivate })
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  const [field = '', index] = issue?.path ?? []
  const names: Readonly<Record<string, string>> = {
    domains: 'allowed_domains',
    ports: 'allowed_ports',
    allowPrivate: 'allow_private',
  }
  const place = `${names[String(field)] ?? String(field)}${index === undefined ? '' : `[${String(index)}]`}`
  return err(`${place}: ${issue?.message ?? 'is wrong'}`)
}

/** The config in which a network grant is kept. */
export function formatNetworkConfig({ domains, ports, allowPrivate }: NetworkGrant): GrantConfig {
  return { allowed_domains: domains, allowed_ports: ports, allow_private: allowPrivate }
}

/**
 * What each level of a principal's lineage may reach, the oldest ancestor's first. A level without a grant that counts
 * is `undefined`, and denies everything.
 */
export function findNetworkChain(state: GrantState, principalId: string): GrantChain {
  const lineage = parseLineage(principalId)
  if (!lineage.ok) return [undefined]
  return lineage.value.map((level) => findNetworkGrant(state, level))
}

function findNetworkGrant(state: GrantState, principalId: PackId): NetworkGrant | undefined {
  const level = decideLevel(state, principalId, networkPermission)
  if (!level.counts) return undefined
  const grant = parseNetworkConfig(level.record.config)
  return grant.ok ? grant.value : undefined
}

/** The least config that reaches a place. @param isPrivate - Whether it lies at an address of this machine or its network. */
export function networkNeeds(place: Place, isPrivate: boolean): GrantConfig {
  return formatNetworkConfig({
    domains: [place.host],
    ports: [place.port],
    allowPrivate: isPrivate ? [formatHostPort(place, place.port)] : [],
  })
}

/**
 * The least grants that would let a principal reach what it needs; one for each level that lacks something. A grant that
 * counts is widened and keeps its end. None when no grant can say what is needed.
 */
export function suggestNetworkGrants(
  state: GrantState,
  principalId: string,
  config: GrantConfig,
): readonly GrantRequest[] {
  const lineage = parseLineage(principalId)
  const parsed = parseNetworkConfig(config)
  if (!lineage.ok || !parsed.ok) return []
  const needs = parsed.value
  if (needs.domains.length === 0) return []
  return lineage.value.flatMap((level) => {
    const held = findNetworkGrant(state, level)
    const grant = held ?? findEndedNetwork(state, level) ?? { domains: [], ports: [], allowPrivate: [] }
    if (held !== undefined && reaches(held, needs)) return []
    const widened = {
      domains: [...grant.domains, ...needs.domains.filter((domain) => !admits(grant, domain))],
      ports: union(grant.ports, needs.ports),
      allowPrivate: union(grant.allowPrivate, needs.allowPrivate),
    }
    const request = { principal_id: level, permission_id: networkPermission, config: formatNetworkConfig(widened) }
    const expiresAt = held && findEnd(state, level)
    return [expiresAt === undefined ? request : { ...request, expires_at: isoInstant(expiresAt) }]
  })
}

function findEndedNetwork(state: GrantState, principalId: PackId): NetworkGrant | undefined {
  const ended = findEndedLevels({ ...state, principalId, permissionId: networkPermission })
  const kept = ended.includes(principalId) ? state.findGrant(principalId, networkPermission) : undefined
  const grant = typeof kept === 'object' ? parseNetworkConfig(kept.config) : undefined
  return grant?.ok === true ? grant.value : undefined
}

function findEnd(state: GrantState, principalId: PackId): number | undefined {
  const level = decideLevel(state, principalId, networkPermission)
  return level.counts ? level.record.expiresAt : undefined
}

/**
 * Places that a request would open beside those that are needed: a grant is hosts × ports, so a new port counts for the
 * old hosts as well. At most 20, as `host:port`.
 */
export function listSideEffects(state: GrantState, request: GrantRequest, config: GrantConfig): readonly string[] {
  const after = parseNetworkConfig(request.config)
  const needs = parseNetworkConfig(config)
  const lineage = parseLineage(request.principal_id)
  const level = lineage.ok ? lineage.value.at(-1) : undefined
  if (!after.ok || !needs.ok || level === undefined) return []
  const before = findNetworkGrant(state, level)
  const isOpen = (grant: NetworkGrant | undefined, domain: string, port: number): boolean =>
    grant !== undefined && grant.domains.includes(domain) && grant.ports.includes(port)
  const opened = after.value.domains.flatMap((domain) =>
    after.value.ports.flatMap((port) => {
      const isOld = isOpen(before, domain, port) || isOpen(needs.value, domain, port)
      return isOld ? [] : [domain.includes(':') ? `[${domain}]:${port}` : `${domain}:${port}`]
    }),
  )
  return opened.slice(0, 20)
}

/** Tells whether a grant reaches everything that is needed. */
function reaches(grant: NetworkGrant, needs: NetworkGrant): boolean {
  return (
    needs.domains.every((domain) => admits(grant, domain)) &&
    needs.ports.every((port) => grant.ports.includes(port)) &&
    needs.allowPrivate.every((place) => grant.allowPrivate.includes(place))
  )
}

function admits(grant: NetworkGrant, domain: string): boolean {
  if (grant.domains.includes(domain)) return true
  const hostKind = /^[0-9.]+$/.test(domain) ? 'ipv4' : domain.includes(':') ? 'ipv6' : 'name'
  return decideEgress([{ ...grant, ports: [1] }], { host: domain, hostKind, port: 1 }).allowed
}

function union<Value>(held: readonly Value[], more: readonly Value[]): readonly Value[] {
  return [...new Set([...held, ...more])]
}

/** Tells whether a text is a binding as `formatBinding` writes it: the one spelling that can match. */
export function isBinding(text: string): boolean {
  const [, name = '', place = ''] = /^([A-Z0-9_]{1,64})@(.{1,300})$/.exec(text) ?? []
  const parsed = parseHostPort(place)
  return name !== '' && parsed.ok && parsed.value === place
}

/** How a binding of a secret to a place is written. @example 'OPENAI_API_KEY@api.openai.com:443' */
export function formatBinding(name: string, place: Place): string {
  return `${name}@${formatHostPort(place, place.port)}`
}
