/** What a host is: a DNS name, or an address written out. */
export type HostKind = 'name' | 'ipv4' | 'ipv6'

/** A host in its one canonical form. */
export interface Host {
  readonly host: string
  readonly hostKind: HostKind
}

/**
 * Reads a host as a URL would: IDN becomes punycode, upper case lower, `0x7f.1` becomes 127.0.0.1, and brackets are
 * removed. `undefined` when DNS could not hold the name, when it ends with a dot (another spelling of the same host),
 * or when brackets hold anything but an IPv6 address.
 */
export function parseHost(text: string): Host | undefined {
  // Whatever would end the host, or begin something else, is none of it.
  if (/[/?#@\\%\s]/.test(text)) return undefined
  const isBracketed = text.startsWith('[')
  if (isBracketed ? !/^\[[^\]]*\]$/.test(text) : text.includes(':')) return undefined
  const hostname = URL.parse(`http://${text}/`)?.hostname
  if (hostname === undefined) return undefined
  if (isBracketed) return { host: hostname.slice(1, -1), hostKind: 'ipv6' }
  // A last label of digits is an IPv4 address to the URL parser, which has normalised it, or refused it.
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return { host: hostname, hostKind: 'ipv4' }
  return isDnsName(hostname) ? { host: hostname, hostKind: 'name' } : undefined
}

/** 1–253 characters in labels of 1–63 (RFC 1035 §2.3.4); underscores occur in practice. */
function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every(isLabel)
}

function isLabel(label: string): boolean {
  return label.length <= 63 && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)
}
