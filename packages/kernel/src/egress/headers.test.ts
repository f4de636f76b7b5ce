import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHeaders, parseMethod, pickRedirectHeaders } from './headers.ts'

const problem = (headers: Record<string, string>): unknown => {
  const parsed = parseHeaders(headers)
  return parsed.ok ? 'accepted' : parsed.error
}

describe('parseMethod', () => {
  it.each(['GET', 'get', 'Head', 'POST', 'put', 'DELETE', 'Patch'])('accepts %s', (method) => {
    expect(parseMethod(method)).toEqual({ ok: true, value: method.toUpperCase() })
  })
  it.each(['CONNECT', 'TRACE', 'OPTIONS', '', 'GET ', 'G\rET', 'ＧＥＴ'])('refuses %j', (method) => {
    expect(parseMethod(method)).toEqual({ ok: false, error: { kind: 'method' } })
  })
})

describe('parseHeaders', () => {
  it('keeps names and values as they are written', () => {
    const headers = { Authorization: 'Bearer x', 'content-type': 'application/json', 'X-Umlaut': 'ü\t!' }
    expect(parseHeaders(headers)).toEqual({ ok: true, value: Object.entries(headers) })
  })

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'CONNECTION',
    'Upgrade',
    'Proxy-Authorization',
    'proxy-connection',
    'Expect',
    'TE',
    'Trailer',
    'Keep-Alive',
    'HTTP2-Settings',
  ])('EGR-11: %s belongs to the connection', (name) => {
    expect(problem({ [name]: 'x' })).toEqual({ kind: 'header-reserved', header: name.toLowerCase() })
  })

  it.each([
    ['CR', 'a\rb'],
    ['LF', 'a\nb'],
    ['NUL', 'a\0b'],
    ['a character beyond Latin-1', 'a→b'],
    ['8193 characters', 'a'.repeat(8193)],
  ])('EGR-12: a value with %s is refused', (_, value) => {
    expect(problem({ 'X-A': value })).toEqual({ kind: 'header-value', header: 'x-a' })
  })

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', '(a)', 'a'.repeat(257)])('EGR-12: the name %j is refused', (name) => {
    expect(problem({ [name]: 'x' })).toEqual({ kind: 'header-name', header: name.slice(0, 64) })
  })

  it.each(['X\u212a', '\u017fet'])('EGR-12: %j is refused, though it is ASCII in lower or upper case', (name) => {
    expect(problem({ [name]: 'x' })).toMatchObject({ kind: 'header-name' })
  })

  it('EGR-12: 100 headers are accepted and 101 are not; 256 and 8192 characters are accepted', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, '']))
    expect(problem(many(100))).toBe('accepted')
    expect(problem(many(101))).toEqual({ kind: 'too-many-headers' })
    expect(problem({ ['a'.repeat(256)]: 'b'.repeat(8192) })).toBe('accepted')
  })

  it('refuses one header in two spellings: which of them counts would depend on the server', () => {
    expect(problem({ 'X-Key': '1', 'x-key': '2' })).toEqual({ kind: 'header-repeated', header: 'x-key' })
  })

  it('accepts nothing that could begin another header or another request', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (headers) => {
        const parsed = parseHeaders(headers)
        if (parsed.ok) expect(parsed.value.flat().join('')).not.toMatch(/[\r\n\0]/)
      }),
    )
  })
})

describe('pickRedirectHeaders', () => {
  it('EGR-09: lets only headers follow that say nothing about who asks', () => {
    const headers = [
      ['Accept', 'text/html'],
      ['accept-language', 'ja'],
      ['Content-Type', 'text/plain'],
      ['Program', 'rumi'],
      ['Authorization', 'Bearer x'],
      ['Cookie', 'a=b'],
      ['X-Api-Key', 'k'],
      ['Referer', 'https://a/'],
      ['Accept-Encoding', '${secret:KEY}'],
    ] as const
    const kept = pickRedirectHeaders(headers, ['program']).map(([name]) => name)
    expect(kept).toEqual(['Accept', 'accept-language', 'Content-Type', 'Program'])
  })
})
