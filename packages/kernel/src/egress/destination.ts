import { err, ok, sha256Hex, type Result } from '../base/index.ts'
import { parseHost, type HostKind } from './host.ts'

/** Longest URL, as given and as sent, in characters. */
export const maxUrlLength = 8192

/**
 * Where a request goes, read once: grant, name lookup, `Host` and server name all come from these fields, so that no
 * two readers of the URL can disagree.
 *
 * @example { scheme: 'https', host: 'api.example.com', hostKind: 'name', port: 443, authority: 'api.example.com', … }
 */
export interface Destination {
  readonly scheme: 'http' | 'https'
  /** Lower-case punycode without a trailing dot, dotted IPv4, or compressed IPv6 without brackets. */
  readonly host: string
  readonly hostKind: HostKind
  /** 1–65535, the default of the scheme when the URL names none. */
  readonly port: number
  /** What the `Host` header says: brackets around IPv6, no default port. */
  readonly authority: string
  /** Path and query, percent-encoded, as they are sent. Never recorded. */
  readonly target: string
  /** SHA-256 of the path without the query, in hex: what a record may say about it (EGR-21). */
  readonly pathHash: string
  /** The whole URL in canonical form, without a fragment. Never recorded. */
  readonly url: string
}

/**
 * Why a URL is no destination. `forbidden-character`: control characters or a backslash, which URL parsers drop or
 * turn into something else; `malformed`: no URL, or not `scheme://host…`; `host`: a trailing dot, or a name that DNS
 * could not hold; `port`: 0; `downgrade`: a redirect from https to http.
 */
export interface EgressRefusal {
  readonly kind:
    | 'too-long'
    | 'forbidden-character'
    | 'malformed'
    | 'scheme'
    | 'userinfo'
    | 'host'
    | 'port'
    | 'downgrade'
}

/** Reads an absolute http or https URL (WHATWG URL). The fragment is dropped; it is never sent. (EGR-12, EGR-13) */
export function parseDestination(url: string): Result<Destination, EgressRefusal> {
  if (url.length > maxUrlLength) return err({ kind: 'too-long' })
  if (hasForbiddenCharacter(url)) return err({ kind: 'forbidden-character' })
  // `https:evil` and `https:///evil` are URLs to the parser; a person reading them sees no host.
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(url)?.[1]
  const parsed = URL.parse(url)
  if (authority === undefined || parsed === null) return err({ kind: 'malformed' })
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return err({ kind: 'scheme' })
  // `https://granted.example@evil/` goes to evil; an empty `@` is refused as well.
  if (authority.includes('@')) return err({ kind: 'userinfo' })
  return buildDestination(parsed)
}

/**
 * Reads the `Location` of an answer from `current`. Relative references are resolved first; what comes out obeys every
 * rule of `parseDestination`, and https never leads to http (EGR-09).
 */
export function parseRedirect(current: Destination, location: string): Result<Destination, EgressRefusal> {
  if (location.length > maxUrlLength) return err({ kind: 'too-long' })
  if (hasForbiddenCharacter(location)) return err({ kind: 'forbidden-character' })
  const resolved = URL.parse(location, current.url)
  if (resolved === null) return err({ kind: 'malformed' })
  // Resolving hides an empty userinfo, never a filled one: `href` shows it.
  const destination = parseDestination(resolved.href)
  if (!destination.ok) return destination
  const isDowngrade = current.scheme === 'https' && destination.value.scheme === 'http'
  return isDowngrade ? err({ kind: 'downgrade' }) : destination
}

function buildDestination(parsed: URL): Result<Destination, EgressRefusal> {
  const host = parseHost(parsed.hostname)
  if (host === undefined) return err({ kind: 'host' })
  if (parsed.port === '0') return err({ kind: 'port' })
  const scheme = parsed.protocol === 'https:' ? 'https' : 'http'
  parsed.hash = ''
  // Percent-encoding makes a URL longer.
  if (parsed.href.length > maxUrlLength) return err({ kind: 'too-long' })
  return ok({
    scheme,
    host: host.host,
    hostKind: host.hostKind,
    port: parsed.port === '' ? defaultPort(scheme) : Number(parsed.port),
    authority: parsed.host,
    target: parsed.pathname + parsed.search,
    pathHash: sha256Hex(parsed.pathname),
    url: parsed.href,
  })
}

function defaultPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80
}

/** The URL parser silently removes tab, CR and LF, and reads a backslash as a slash: `https://granted\@evil`. */
function hasForbiddenCharacter(text: string): boolean {
  return /[\u0000-\u001f\u007f\\]/.test(text)
}
