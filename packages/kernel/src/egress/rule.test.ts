import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitsHost, networkGrantSchema, parseDomainPattern, parseHostPort } from './rule.ts'

const pattern = (text: string): string => {
  const parsed = parseDomainPattern(text)
  return parsed.ok ? parsed.value : parsed.error.kind
}

describe('parseDomainPattern', () => {
  it.each([
    ['api.openai.com', 'api.openai.com'],
    ['API.OpenAI.com', 'api.openai.com'],
    ['*.Anthropic.com', '*.anthropic.com'],
    ['*.api.example.co.uk', '*.api.example.co.uk'],
    ['*.example.co.uk', '*.example.co.uk'],
    ['*.my-team.github.io', '*.my-team.github.io'],
    ['münchen.de', 'xn--mnchen-3ya.de'],
    ['localhost', 'localhost'],
    ['db', 'db'],
    ['s3.amazonaws.com', 's3.amazonaws.com'],
    ['93.184.216.34', '93.184.216.34'],
    ['[2606:4700::0001]', '2606:4700::1'],
    ['2606:4700::0001', '2606:4700::1'],
  ])('reads %s as %s', (text, canonical) => {
    expect(pattern(text)).toBe(canonical)
    expect(pattern(canonical)).toBe(canonical)
  })

  it.each([
    ['*', 'match-all'],
    ['*.', 'match-all'],
    ['*.com', 'shared-suffix'],
    ['*.localhost', 'shared-suffix'],
    ['*.co.uk', 'shared-suffix'],
    ['*.or.jp', 'shared-suffix'],
    ['*.github.io', 'shared-suffix'],
    ['*.amazonaws.com', 'shared-suffix'],
    ['*.windows.net', 'shared-suffix'],
    ['com', 'shared-suffix'],
    ['co.uk', 'shared-suffix'],
    ['*.127.0.0.1', 'wildcard-address'],
    ['*.1', 'wildcard-address'],
    ['*.[::1]', 'wildcard-address'],
    ['127.1', 'not-canonical'],
    ['0x7f000001', 'not-canonical'],
    ['*.*.example.com', 'malformed'],
    ['api.*.com', 'malformed'],
    ['*example.com', 'malformed'],
    ['example.com.', 'malformed'],
    ['example.com:443', 'malformed'],
    ['https://example.com', 'malformed'],
    ['user@example.com', 'malformed'],
    ['example.com/path', 'malformed'],
    ['exa mple.com', 'malformed'],
    ['[::1]:80', 'malformed'],
    ['[example.com]', 'malformed'],
    ['', 'malformed'],
  ])('refuses %s: %s', (text, kind) => {
    expect(pattern(text)).toBe(kind)
  })
})

describe('parseHostPort', () => {
  const place = (text: string): string => {
    const parsed = parseHostPort(text)
    return parsed.ok ? parsed.value : parsed.error.kind
  }
  it.each([
    ['LocalHost:11434', 'localhost:11434'],
    ['127.0.0.1:80', '127.0.0.1:80'],
    ['[0::1]:80', '[::1]:80'],
    ['db:65535', 'db:65535'],
    ['127.1:80', 'not-canonical'],
    ['localhost', 'malformed'],
    ['localhost:0', 'malformed'],
    ['localhost:080', 'malformed'],
    ['localhost:65536', 'malformed'],
    ['*.local:80', 'malformed'],
    ['::1:80', 'malformed'],
    ['[::1]:80:90', 'malformed'],
    [':80', 'malformed'],
  ])('reads %s as %s', (text, canonical) => {
    expect(place(text)).toBe(canonical)
  })
})

describe('networkGrantSchema', () => {
  it('brings every entry into its canonical form', () => {
    const parsed = networkGrantSchema.parse({ domains: ['API.example.com', '*.Example.org'], ports: [443] })
    expect(parsed).toEqual({ domains: ['api.example.com', '*.example.org'], ports: [443], allowPrivate: [] })
    expect(networkGrantSchema.parse(parsed)).toEqual(parsed)
  })

  it.each([
    [{ domains: ['*'], ports: [443] }],
    [{ domains: ['example.com'], ports: [0] }],
    [{ domains: ['example.com'], ports: [65536] }],
    [{ domains: ['example.com'], ports: [443.5] }],
    [{ domains: ['example.com'], ports: ['443'] }],
    [{ domains: ['example.com'] }],
    [{ ports: [443] }],
    [{ domains: ['example.com'], ports: [443], extra: true }],
    [{ domains: ['example.com'], ports: [443], allowPrivate: ['*:80'] }],
    [{ domains: Array.from({ length: 257 }, () => 'example.com'), ports: [443] }],
    [null],
  ])('refuses %j', (grant) => {
    expect(networkGrantSchema.safeParse(grant).success).toBe(false)
  })

  it('says for each entry what is wrong with it', () => {
    const parsed = networkGrantSchema.safeParse({ domains: ['*', 'ok.example.com', '*.com'], ports: [443] })
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['domains.0', 'domains.2'])
  })
})

describe('admitsHost', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'api.example.com', false],
    ['*.example.com', 'example.com', true],
    ['*.example.com', 'api.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'evilexample.com', false],
    ['*.example.com', 'example.com.evil.com', false],
    ['*.example.com', 'com', false],
  ])('%s and %s: %s', (rule, host, admitted) => {
    expect(admitsHost(rule, { host, hostKind: 'name' })).toBe(admitted)
  })

  it('EGR-03: a wildcard admits no address, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.ipV4(), (host) => {
        expect(admitsHost(`*.${host}`, { host, hostKind: 'ipv4' })).toBe(false)
        expect(admitsHost(`*.${host.split('.').slice(2).join('.')}`, { host, hostKind: 'ipv4' })).toBe(false)
        expect(admitsHost(host, { host, hostKind: 'ipv4' })).toBe(true)
      }),
    )
  })
})
