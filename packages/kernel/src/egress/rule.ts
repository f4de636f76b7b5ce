import { z } from 'zod'
import { err, ok, type Result } from '../base/index.ts'
import type { Destination } from './destination.ts'
import { parseHost, type Host } from './host.ts'
import { isRegistrySuffix, isSharedSuffix } from './public-suffix.ts'

/** Most entries of each list of a grant. */
export const maxGrantEntries = 256

/**
 * Why a pattern is refused. `match-all`: `*` grants the whole network; `shared-suffix`: strangers can register names
 * below it (`com`, `*.co.uk`, `*.github.io`); `wildcard-address`: an address has no subdomains; `not-canonical`: an
 * address in another spelling than its own (`0x7f.1`); `malformed`: neither a host nor `*.` before one.
 */
export interface PatternRefusal {
  readonly kind: 'match-all' | 'shared-suffix' | 'wildcard-address' | 'not-canonical' | 'malformed'
}

/**
 * Reads one entry of `domains` into its canonical form: `api.example.com`, an address (IPv6 with or without brackets),
 * or `*.example.com`.
 */
export function parseDomainPattern(text: string): Result<string, PatternRefusal> {
  if (text === '*' || text === '*.') return err({ kind: 'match-all' })
  const isWildcard = text.startsWith('*.')
  const host = parseHost(isWildcard ? text.slice(2) : bracket(text))
  if (host === undefined) return err({ kind: 'malformed' })
  if (isWildcard) return checkWildcard(host)
  if (host.hostKind === 'ipv4' && host.host !== text) return err({ kind: 'not-canonical' })
  return isRegistrySuffix(host.host) ? err({ kind: 'shared-suffix' }) : ok(host.host)
}

function checkWildcard(host: Host): Result<string, PatternRefusal> {
  if (host.hostKind !== 'name') return err({ kind: 'wildcard-address' })
  return isSharedSuffix(host.host) ? err({ kind: 'shared-suffix' }) : ok(`*.${host.host}`)
}

function bracket(text: string): string {
  return text.includes(':') && !text.startsWith('[') ? `[${text}]` : text
}

/** Reads one entry of `allowPrivate`: exactly one `host:port`, IPv6 in brackets, no wildcard. */
export function parseHostPort(text: string): Result<string, PatternRefusal> {
  const [, hostText = '', portText = ''] = /^(.+):([1-9][0-9]{0,4})$/.exec(text) ?? []
  const host = parseHost(hostText)
  if (host === undefined || Number(portText) > 65_535) return err({ kind: 'malformed' })
  if (host.hostKind === 'ipv4' && host.host !== hostText) return err({ kind: 'not-canonical' })
  return ok(formatHostPort(host, Number(portText)))
}

/** The form in which `allowPrivate` names a place. @example 'localhost:11434', '[::1]:80' */
export function formatHostPort(host: Host, port: number): string {
  return host.hostKind === 'ipv6' ? `[${host.host}]:${port}` : `${host.host}:${port}`
}

/**
 * What a principal may reach. Empty lists allow nothing.
 *
 * `domains`: exact hosts, addresses written out, or `*.x`, which matches `x` itself and every name below it, never an
 * address. `ports`: 1–65535. `allowPrivate`: places which may lie at a private or loopback address; they need their
 * domain and port granted as well.
 *
 * @example { domains: ['api.openai.com', '*.anthropic.com'], ports: [443], allowPrivate: [] }
 */
export const networkGrantSchema = z.strictObject({
  domains: z.array(canonical(parseDomainPattern)).max(maxGrantEntries),
  ports: z.array(z.int().min(1).max(65_535)).max(maxGrantEntries),
  allowPrivate: z.array(canonical(parseHostPort)).max(maxGrantEntries).default([]),
})
/** A grant in canonical form: compare its entries as text. */
export type NetworkGrant = Readonly<{
  domains: readonly string[]
  ports: readonly number[]
  allowPrivate: readonly string[]
}>

function canonical(parse: (text: string) => Result<string, PatternRefusal>) {
  return z
    .string()
    .max(300)
    .transform((text, context) => {
      const parsed = parse(text)
      if (parsed.ok) return parsed.value
      context.addIssue({ code: 'custom', message: describe[parsed.error.kind], input: text })
      return z.NEVER
    })
}

const describe: Readonly<Record<PatternRefusal['kind'], string>> = {
  'match-all': 'names no host: "*" would allow everything; list the hosts',
  'shared-suffix': 'is a suffix under which anybody can register names; name the domain itself',
  'wildcard-address': 'puts a wildcard before an address; list each address',
  'not-canonical': 'is an address in an unusual spelling; write it as four decimal numbers',
  malformed: 'is not a host (allowPrivate: not host:port)',
}

/** Tells whether a pattern of a grant matches the host of a destination. */
export function admitsHost(pattern: string, { host, hostKind }: Pick<Destination, 'host' | 'hostKind'>): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  if (hostKind !== 'name') return false
  const base = pattern.slice(2)
  // With the dot: `*.example.com` must not match `evilexample.com`.
  return host === base || host.endsWith(`.${base}`)
}
