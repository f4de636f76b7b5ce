import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../base/index.ts'
import { readRouteResponse } from './response.ts'

const all = ['_status_code', '_headers', '_body', 'other']
const confined = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
}
const json = { ...confined, 'content-type': 'application/json; charset=utf-8' }
const text = { ...confined, 'content-type': 'text/plain; charset=utf-8' }
const headersOf = (headers: JsonValue) => {
  const reading = readRouteResponse({ _headers: headers }, all)
  return reading.kind === 'response' ? reading.response.headers : undefined
}

describe('readRouteResponse', () => {
  it.each([
    [{ _status_code: 418, _body: 'x' }, undefined],
    [{ _status_code: 418, _body: 'x' }, []],
    [{ other: 1 }, ['other']],
    ['text', all],
    [null, all],
    [[1], all],
  ])('leaves %j with outputs %j to the usual answer', (result, outputs) => {
    expect(readRouteResponse(result, outputs)).toEqual({ kind: 'usual' })
  })

  it.each([
    [
      { _status_code: 201, _body: 'hi' },
      { status: 201, headers: text, body: { kind: 'text', text: 'hi' } },
    ],
    [
      { _status_code: 599, _body: [1] },
      { status: 599, headers: json, body: { kind: 'json', value: [1] } },
    ],
    [
      { _body: false, other: 1 },
      { status: 200, headers: json, body: { kind: 'json', value: false } },
    ],
    [
      { _status_code: null, _body: null, other: 1 },
      { status: 200, headers: json, body: { kind: 'json', value: { other: 1 } } },
    ],
    [{ _headers: null }, { status: 200, headers: json, body: { kind: 'json', value: {} } }],
    [
      { _status_code: 204, _body: 'x' },
      { status: 204, headers: confined, body: { kind: 'none' } },
    ],
    [{ _status_code: 304 }, { status: 304, headers: confined, body: { kind: 'none' } }],
  ])('reads %j', (result, response) => {
    expect(readRouteResponse(result, all)).toEqual({ kind: 'response', response, diagnostics: [] })
  })

  it('reads a key only when the flow declares it', () => {
    const result = { _status_code: 500, _headers: { 'retry-after': '1' }, _body: 'x', other: 1 }
    expect(readRouteResponse(result, ['_body'])).toMatchObject({ response: { status: 200, headers: text } })
    expect(readRouteResponse(result, ['_status_code', 'other'])).toEqual({
      kind: 'response',
      response: { status: 500, headers: json, body: { kind: 'json', value: { other: 1 } } },
      diagnostics: [],
    })
  })

  it.each([
    [{ _status_code: 199 }, ['route.status']],
    [{ _status_code: 600 }, ['route.status']],
    [{ _status_code: 200.5 }, ['route.status']],
    [{ _status_code: '200' }, ['route.status']],
    [{ _status_code: {} }, ['route.status']],
    [{ _headers: [] }, ['route.headers']],
    [{ _headers: 'a: b' }, ['route.headers']],
    [{ _status_code: true, _headers: 1 }, ['route.status', 'route.headers']],
  ])('refuses %j', (result, codes) => {
    const reading = readRouteResponse(result, all)
    expect(reading.kind).toBe('refused')
    expect('diagnostics' in reading && reading.diagnostics.map(({ code }) => code)).toEqual(codes)
  })

  it('sets the safe headers, in any case', () => {
    const headers = {
      'Content-Type': 'text/csv; charset=utf-8',
      'CACHE-CONTROL': 'max-age=60',
      'content-disposition': 'attachment; filename="a.csv"',
      'content-language': 'ja',
      etag: '"1"',
      expires: '0',
      'last-modified': 'x',
      'retry-after': '120',
      location: '/api/x?y=1#z',
    }
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    expect(headersOf(headers)).toEqual({ ...json, ...lower })
  })

  it.each([
    ['set-cookie', 'a=b'],
    ['Set-Cookie', 'a=b'],
    ['content-security-policy', 'default-src *'],
    ['x-content-type-options', 'sniff'],
    ['access-control-allow-origin', '*'],
    ['content-length', '5'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'close'],
    ['clear-site-data', '"*"'],
    ['service-worker-allowed', '/'],
    ['www-authenticate', 'Basic'],
    ['refresh', '0;url=//evil'],
    ['link', '</x>; rel=preload'],
    ['__proto__', 'x'],
    ['', 'x'],
    ['etag', 5],
    ['etag', ''],
    ['etag', null],
    ['etag', ['a']],
    ['etag', 'a\r\nset-cookie: a=b'],
    ['etag', 'a\u0000'],
    ['etag', 'é'],
    ['etag', 'x'.repeat(1_025)],
    ['content-type', 'text'],
    ['content-type', 'text/html\n'],
    ['content-type', 'text/html; x'],
    ['content-type', `text/html${'; a=b'.repeat(5)}`],
    ['location', 'https://evil.example/'],
    ['location', '//evil.example/'],
    ['location', '/\\evil.example/'],
    ['location', '/a\\b'],
    ['location', '/\t/evil.example'],
    ['location', 'javascript:alert(1)'],
    ['location', 'relative'],
  ])('leaves out %j: %j, with a warning', (name, value) => {
    const reading = readRouteResponse({ _headers: Object.fromEntries([[name, value]]) }, all)
    expect(reading).toMatchObject({ kind: 'response', diagnostics: [{ severity: 'warning', code: 'route.header' }] })
    expect(reading.kind === 'response' && reading.response.headers).toEqual(json)
  })

  it('lets the first of one header in two spellings count', () => {
    expect(headersOf({ ETag: 'a', etag: 'b' })).toEqual({ ...json, etag: 'a' })
  })
})
