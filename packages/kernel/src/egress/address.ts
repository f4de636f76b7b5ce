/**
 * Why an address is not public. `shared`: carrier-grade NAT; `ipv4-embedded`: IPv6 that reaches, or spells, an IPv4
 * address (mapped, compatible, translated, NAT64, 6to4, Teredo), refused whatever it holds; `own`: an interface of this
 * machine; `metadata`: a cloud's credential service, also where it lies in public space; `zoned`: names an interface;
 * `invalid`: not an address, or not in its strict spelling.
 */
export type AddressClass =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'shared'
  | 'benchmarking'
  | 'documentation'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'metadata'
  | 'own'
  | 'ipv4-embedded'
  | 'zoned'
  | 'invalid'

/** An address in binary digits: 32 of them for IPv4, 128 for IPv6. A range is what it begins with. */
type Bits = string

/**
 * Says what an address is (RFC 6890 and the IANA special-purpose registries; EGR-04, EGR-05).
 *
 * @param ip - As the resolver answered it, or as the URL spelled it, without brackets.
 * @param own - Addresses of this machine's interfaces; a zone on one is ignored. Throws for what is no address.
 */
export function classifyAddress(ip: string, own: readonly string[]): 'public' | AddressClass {
  if (ip.includes('%')) return 'zoned'
  const bits = parseAddress(ip)
  if (bits === undefined) return 'invalid'
  const isV4 = bits.length === 32
  const early = findClass(isV4 ? earlyV4 : earlyV6, bits)
  if (early !== undefined) return early
  if (own.some((address) => getBits(address.replace(/%.*/, '')) === bits)) return 'own'
  return findClass(isV4 ? lateV4 : lateV6, bits) ?? 'public'
}

/** Tells whether two spellings are the same address. Something that is no address is equal to nothing. */
export function isSameAddress(left: string, right: string): boolean {
  const bits = parseAddress(left)
  return bits !== undefined && bits === parseAddress(right)
}

type Range = readonly [prefix: Bits, found: AddressClass]

/** What counts before `own`: loopback is also an own address, and metadata is never less than metadata. */
const earlyV4: readonly Range[] = [
  range('169.254.169.254', 32, 'metadata'),
  range('169.254.170.2', 32, 'metadata'),
  range('168.63.129.16', 32, 'metadata'),
  range('100.100.100.200', 32, 'metadata'),
  range('192.0.0.192', 32, 'metadata'),
  range('127.0.0.0', 8, 'loopback'),
  range('0.0.0.0', 8, 'unspecified'),
]

const lateV4: readonly Range[] = [
  range('10.0.0.0', 8, 'private'),
  range('172.16.0.0', 12, 'private'),
  range('192.168.0.0', 16, 'private'),
  range('169.254.0.0', 16, 'link-local'),
  range('100.64.0.0', 10, 'shared'),
  range('192.0.0.0', 24, 'reserved'),
  range('192.88.99.0', 24, 'reserved'),
  range('192.0.2.0', 24, 'documentation'),
  range('198.51.100.0', 24, 'documentation'),
  range('203.0.113.0', 24, 'documentation'),
  range('198.18.0.0', 15, 'benchmarking'),
  range('224.0.0.0', 4, 'multicast'),
  range('255.255.255.255', 32, 'broadcast'),
  range('240.0.0.0', 4, 'reserved'),
]

const earlyV6: readonly Range[] = [
  range('::', 128, 'unspecified'),
  range('::1', 128, 'loopback'),
  range('fd00:ec2::', 32, 'metadata'),
  range('fd20:ce::254', 128, 'metadata'),
  range('::', 96, 'ipv4-embedded'),
  range('::ffff:0:0', 96, 'ipv4-embedded'),
  range('::ffff:0:0:0', 96, 'ipv4-embedded'),
  range('64:ff9b::', 96, 'ipv4-embedded'),
  range('64:ff9b:1::', 48, 'ipv4-embedded'),
  range('2002::', 16, 'ipv4-embedded'),
  range('2001::', 32, 'ipv4-embedded'),
]

const lateV6: readonly Range[] = [
  range('2001:2::', 48, 'benchmarking'),
  range('2001::', 23, 'reserved'),
  range('2001:db8::', 32, 'documentation'),
  range('3fff::', 20, 'documentation'),
  range('fc00::', 7, 'private'),
  range('fe80::', 10, 'link-local'),
  range('fec0::', 10, 'private'),
  range('ff00::', 8, 'multicast'),
  // Only 2000::/3 has ever been given out (RFC 4291 §2.4).
  range('::', 3, 'reserved'),
  range('4000::', 2, 'reserved'),
  range('8000::', 1, 'reserved'),
]

function range(prefix: string, length: number, found: AddressClass): Range {
  return [getBits(prefix).slice(0, length), found]
}

function findClass(ranges: readonly Range[], bits: Bits): AddressClass | undefined {
  return ranges.find(([prefix]) => bits.startsWith(prefix))?.[1]
}

/** For addresses that are ours: skipping one we cannot read would leave an interface of this machine reachable. */
function getBits(text: string): Bits {
  const bits = parseAddress(text)
  if (bits === undefined) throw new Error('an own address must be an IP address')
  return bits
}

function parseAddress(text: string): Bits | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/** Four decimal numbers without leading zeros; `010.0.0.1` is octal to some readers. */
function parseV4(text: string): Bits | undefined {
  const parts = text.split('.')
  const isAddress =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  return isAddress ? parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('') : undefined
}

/** RFC 4291 §2.2: groups of 1–4 hex digits, `::` once for at least one group, IPv4 in place of the last two groups. */
function parseV6(text: string): Bits | undefined {
  const gap = text.indexOf('::')
  if (gap === -1) {
    const bits = parseGroups(text)
    return bits?.length === 128 ? bits : undefined
  }
  const head = text.slice(0, gap)
  const before = head.includes('.') ? undefined : parseGroups(head)
  const after = parseGroups(text.slice(gap + 2))
  if (before === undefined || after === undefined || before.length + after.length > 112) return undefined
  return before.padEnd(128 - after.length, '0') + after
}

function parseGroups(text: string): Bits | undefined {
  if (text === '') return ''
  const groups = text.split(':')
  const parsed = groups.map((group, index) => {
    if (group.includes('.')) return index === groups.length - 1 ? parseV4(group) : undefined
    return /^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16).toString(2).padStart(16, '0') : undefined
  })
  return parsed.includes(undefined) ? undefined : parsed.join('')
}
