import { BlockList, isIPv4, isIPv6 } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyAddress, isSameAddress } from './address.ts'

const classify = (ip: string): string =>
  classifyAddress(ip, ['192.168.7.7', '198.41.0.4', 'fe80::9%eth0', '2001:41d0::5'])

describe('classifyAddress', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['11.0.0.0', 'public'],
    ['9.255.255.255', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['2A00:1450:4001:0800:0000:0000:0000:200E', 'public'],
    ['2001:200::1', 'public'],
  ])('%s is %s', (ip, found) => {
    expect(classify(ip)).toBe(found)
  })

  it.each([
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fec0::1', 'private'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['100.64.0.1', 'shared'],
    ['100.127.255.255', 'shared'],
    ['198.18.0.1', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['2001:2::1', 'benchmarking'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['2001:db8::1', 'documentation'],
    ['3fff:fff::1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.0.1', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['2001:10::1', 'reserved'],
    ['100::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['8000::1', 'reserved'],
    ['fe00::1', 'reserved'],
    ['192.168.7.7', 'own'],
    ['198.41.0.4', 'own'],
    ['fe80::9', 'own'],
    ['2001:41d0:0::5', 'own'],
  ])('EGR-05: %s is %s', (ip, found) => {
    expect(classify(ip)).toBe(found)
  })

  it.each([
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped, in hex', '::ffff:7f00:1'],
    ['mapped, written out', '0:0:0:0:0:FFFF:7F00:0001'],
    ['mapped and public', '::ffff:8.8.8.8'],
    ['compatible', '::127.0.0.1'],
    ['compatible, in hex', '::7f00:1'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64, dotted', '64:ff9b::10.0.0.1'],
    ['NAT64 of a network', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ])('EGR-04: an IPv4 address inside of IPv6 is refused as such: %s', (_, ip) => {
    expect(classify(ip)).toBe('ipv4-embedded')
  })

  it.each(['fe80::1%eth0', '::1%lo', '8.8.8.8%eth0'])('refuses an address with a zone: %s', (ip) => {
    expect(classify(ip)).toBe('zoned')
  })

  it.each([
    '',
    'example.com',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '08.8.8.8',
    '2130706433',
    '8.8.8.256',
    '8.8.8.8.8',
    '8.8.8.',
    ' 8.8.8.8',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::1',
    'g::1',
    '1.2.3.4::1',
    '::1.2.3.4:5',
    '::1.2.3',
    '[::1]',
  ])('refuses what is not strictly an address: "%s"', (ip) => {
    expect(classify(ip)).toBe('invalid')
  })

  it('throws rather than leave out an own address it cannot read', () => {
    expect(() => classifyAddress('8.8.8.8', ['eth0'])).toThrow('own address')
  })

  it('calls loopback loopback, also when the machine lists it among its interfaces', () => {
    expect(classifyAddress('127.0.0.1', ['127.0.0.1'])).toBe('loopback')
  })
})

/** The same table said another way: big numbers and CIDR texts, all of them, in no order. */
const refusedV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 168.63.129.16/32'.split(
    ' ',
  )
const refusedV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20'.split(' ')

function listRanges(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

const v4Numbers = fc.oneof(
  fc.nat({ max: 0xffffffff }),
  // Both sides of every border, which chance alone would not meet.
  fc
    .tuple(fc.constantFrom(...refusedV4), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([range, offset, atEnd]) => {
      const [net = '', bits = ''] = range.split('/')
      const start = net.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
      return (start + (atEnd ? 2 ** (32 - Number(bits)) : 0) + offset + 2 ** 32) % 2 ** 32
    }),
)
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
const groupsOf = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16))

describe('classifyAddress, as a law', () => {
  it('agrees with the block lists of Node about every IPv4 address', () => {
    const list = listRanges(refusedV4, 'ipv4')
    fc.assert(
      fc.property(v4Numbers, (value) => {
        const ip = dotted(value)
        const isMetadata = ip === '100.100.100.200'
        expect(classifyAddress(ip, []) !== 'public').toBe(isMetadata || list.check(ip, 'ipv4'))
      }),
      { numRuns: 3000 },
    )
  })

  it('agrees with the block lists of Node about every global IPv6 address, and refuses all others', () => {
    const list = listRanges(refusedV6, 'ipv6')
    const anywhere = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
    const inRange = fc
      .tuple(fc.constantFrom(0x2001_0000n, 0x2001_0db8n, 0x2002_0000n, 0x3fff_0000n, 0x2001_0200n), anywhere)
      .map(([prefix, rest]) => ((prefix + (rest & 0xfffn)) << 96n) | (rest >> 32n))
    fc.assert(
      fc.property(fc.oneof(anywhere, inRange), (value) => {
        const ip = groupsOf(value).join(':')
        const isGlobal = value >> 125n === 1n
        expect(classifyAddress(ip, []) === 'public').toBe(isGlobal && !list.check(ip, 'ipv6'))
      }),
      { numRuns: 3000 },
    )
  })

  it('EGR-04: no IPv4 address becomes public by being written inside of IPv6', () => {
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::']
    fc.assert(
      fc.property(v4Numbers, fc.constantFrom(...prefixes), fc.boolean(), (value, prefix, inHex) => {
        const hex = `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`
        expect(classifyAddress(prefix + (inHex ? hex : dotted(value)), [])).not.toBe('public')
      }),
    )
  })

  it('reads as an address exactly what Node reads as one', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.g'.split('')), maxLength: 24 })
    fc.assert(
      fc.property(fc.oneof(noise, fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(classifyAddress(text, []) !== 'invalid').toBe(isIPv4(text) || isIPv6(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('sees the same address in each of its spellings', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
        const groups = groupsOf(value)
        const long = groups.map((group) => group.padStart(4, '0').toUpperCase()).join(':')
        const short = new URL(`http://[${long}]/`).hostname.slice(1, -1)
        expect(isSameAddress(long, short)).toBe(true)
        expect(classifyAddress(long, [])).toBe(classifyAddress(short, []))
      }),
    )
  })
})

describe('isSameAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['::ffff:127.0.0.1', '127.0.0.1', false],
    ['', '', false],
    ['nonsense', 'nonsense', false],
  ])('"%s" and "%s": %s', (left, right, same) => {
    expect(isSameAddress(left, right)).toBe(same)
  })
})
