import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../base/index.ts'
import { maxUrlLength, parseDestination, parseRedirect, type Destination } from './destination.ts'

function parse(url: string): Destination {
  const parsed = parseDestination(url)
  if (!parsed.ok) throw new Error(parsed.error.kind)
  return parsed.value
}
const hostOf = (url: string): string => {
  const parsed = parseDestination(url)
  return parsed.ok ? parsed.value.host : parsed.error.kind
}

describe('parseDestination', () => {
  it('reads a URL once, into everything that is needed later', () => {
    expect(parseDestination('https://API.Example.com/weather?city=New York#top')).toEqual({
      ok: true,
      value: {
        scheme: 'https',
        host: 'api.example.com',
        hostKind: 'name',
        port: 443,
        authority: 'api.example.com',
        target: '/weather?city=New%20York',
        pathHash: sha256Hex('/weather'),
        url: 'https://api.example.com/weather?city=New%20York',
      },
    })
  })

  it.each([
    ['http://example.com', { host: 'example.com', port: 80, hostKind: 'name', authority: 'example.com' }],
    ['http://example.com:443/', { host: 'example.com', port: 443, authority: 'example.com:443' }],
    ['https://example.com:443/', { host: 'example.com', port: 443, authority: 'example.com' }],
    ['https://[2606:4700:0::1]:8443/', { host: '2606:4700::1', hostKind: 'ipv6', authority: '[2606:4700::1]:8443' }],
    ['http://8.8.8.8/', { host: '8.8.8.8', hostKind: 'ipv4' }],
    ['http://localhost:11434/', { host: 'localhost', port: 11434 }],
    ['http://under_score.example.com/', { host: 'under_score.example.com' }],
  ])('%s', (url, parts) => {
    expect(parse(url)).toMatchObject(parts)
  })

  it.each([
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://0/', '0.0.0.0'],
    ['http://[::]/', '::'],
    ['http://[::1]/', '::1'],
    ['http://①②⑦.⓪.⓪.①/', '127.0.0.1'],
  ])('EGR-03: %s is an address, %s', (url, address) => {
    expect(hostOf(url)).toBe(address)
    expect(parse(url).hostKind).not.toBe('name')
  })

  it.each([
    ['https://granted.com@evil.com/', 'userinfo'],
    ['https://user:password@granted.com/', 'userinfo'],
    ['https://@granted.com/', 'userinfo'],
    ['https://:@granted.com/', 'userinfo'],
    ['https://granted.com.evil.com/', 'granted.com.evil.com'],
    ['https://evil.com/granted.com', 'evil.com'],
    ['https://evil.com?@granted.com/', 'evil.com'],
    ['https://evil.com#@granted.com/', 'evil.com'],
    ['https://granted.com./', 'host'],
    ['https://granted.com../', 'host'],
    ['https://GRANTED.com/', 'granted.com'],
    ['https://gr%61nted.com/', 'granted.com'],
    ['https://granted。com/', 'granted.com'],
    ['https://grаnted.com/', 'xn--grnted-4nf.com'],
    ['https://granted.com\\@evil.com/', 'forbidden-character'],
    ['https:\\\\evil.com/', 'forbidden-character'],
    ['https://[granted.com]/', 'malformed'],
    ['https://[127.0.0.1]/', 'malformed'],
    ['https://[::1%25eth0]/', 'malformed'],
    ['https:granted.com/', 'malformed'],
    ['https:///granted.com/', 'malformed'],
    ['//granted.com/', 'malformed'],
    ['granted.com', 'malformed'],
    ['', 'malformed'],
    ['https://*.granted.com/', 'host'],
    ['https://-granted.com/', 'host'],
    ['https://a..granted.com/', 'host'],
    [`https://${'a'.repeat(64)}.com/`, 'host'],
    [`https://${'a.'.repeat(127)}com/`, 'host'],
  ])('EGR-13: the host of %s is what a connection would use, or it is refused: %s', (url, host) => {
    expect(hostOf(url)).toBe(host)
  })

  it.each([
    'https://granted.com/\r\nHost: evil',
    'https://granted.com/\0',
    'https://gran\tted.com/',
    'https://granted.com/\u007f',
    '\u0001https://granted.com/',
  ])('EGR-12: control characters are refused, not removed: %j', (url) => {
    expect(hostOf(url)).toBe('forbidden-character')
  })

  it.each([
    ['file:///etc/passwd', 'malformed'],
    ['file://host/etc/passwd', 'scheme'],
    ['ftp://granted.com/', 'scheme'],
    ['ws://granted.com/', 'scheme'],
    ['javascript://granted.com/', 'scheme'],
    ['data:text/plain,x', 'malformed'],
    ['https://granted.com:0/', 'port'],
    ['https://granted.com:65536/', 'malformed'],
    ['https://granted.com:x/', 'malformed'],
    [`https://granted.com/${'a'.repeat(maxUrlLength)}`, 'too-long'],
    [`https://granted.com/${'é'.repeat(2000)}`, 'too-long'],
  ])('refuses %s: %s', (url, kind) => {
    expect(parseDestination(url)).toEqual({ ok: false, error: { kind } })
  })

  it('EGR-21: the recorded hash does not depend on the query', () => {
    expect(parse('https://a.com/x?key=1').pathHash).toBe(parse('https://a.com/x?key=2').pathHash)
    expect(parse('https://a.com/x').pathHash).not.toBe(parse('https://a.com/y').pathHash)
  })

  it('reads its own canonical URL as the same destination', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        const first = parseDestination(url)
        if (first.ok) expect(parseDestination(first.value.url)).toEqual(first)
      }),
    )
  })

  it('never yields a host or target that could end a line or begin another part', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (host, rest) => {
        const parsed = parseDestination(`https://${host}/${rest}`)
        if (!parsed.ok) return
        expect(parsed.value.host).toMatch(/^[a-z0-9._:-]+$/)
        expect(parsed.value.target).toMatch(/^\/[!-~]*$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseRedirect', () => {
  const current = parse('https://granted.com/a/b?q=1')
  const redirect = (location: string): string => {
    const parsed = parseRedirect(current, location)
    return parsed.ok ? parsed.value.url : parsed.error.kind
  }

  it.each([
    ['/c', 'https://granted.com/c'],
    ['c?x=1#y', 'https://granted.com/a/c?x=1'],
    ['//other.com/', 'https://other.com/'],
    ['https://other.com:8443/x', 'https://other.com:8443/x'],
    ['http://granted.com/', 'downgrade'],
    ['file:///etc/passwd', 'malformed'],
    ['gopher://granted.com/', 'scheme'],
    ['https://user@other.com/', 'userinfo'],
    ['//other.com\\@granted.com', 'forbidden-character'],
    ['/x\r\ny', 'forbidden-character'],
    ['https://[', 'malformed'],
    [`/${'a'.repeat(maxUrlLength)}`, 'too-long'],
  ])('EGR-09: %s leads to %s', (location, result) => {
    expect(redirect(location)).toBe(result)
  })

  it('lets http lead to https and to http', () => {
    const plain = parse('http://granted.com/')
    expect(parseRedirect(plain, 'https://granted.com/').ok).toBe(true)
    expect(parseRedirect(plain, '/x').ok).toBe(true)
  })
})
