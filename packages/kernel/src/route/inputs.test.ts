import { describe, expect, it } from 'vitest'
import { buildRouteInputs, type RouteCall } from './inputs.ts'

const call = (changes: Partial<RouteCall> = {}): RouteCall => ({
  params: {},
  query: [],
  body: undefined,
  rawBody: new Uint8Array(),
  headers: {},
  method: 'POST',
  path: '/api/x',
  ...changes,
})

describe('buildRouteInputs', () => {
  it('puts path, query and body side by side, with the special keys', () => {
    const inputs = buildRouteInputs({
      params: { city: 'Tokyo' },
      query: [['days', '3']],
      body: { deep: { a: [1] }, flag: false },
      rawBody: Buffer.from('{"é":1}'),
      headers: { 'Content-Type': 'application/json', 'x-many': ['a', 'b'], 'x-none': undefined },
      method: 'POST',
      path: '/api/weather/Tokyo',
    })
    expect(inputs).toEqual({
      city: 'Tokyo',
      days: '3',
      deep: { a: [1] },
      flag: false,
      _raw_body: 'eyLDqSI6MX0=',
      _headers: { 'content-type': 'application/json', 'x-many': 'a, b' },
      _method: 'POST',
      _path: '/api/weather/Tokyo',
      _path_params: { city: 'Tokyo' },
    })
  })

  it('lets the path win over the body, the body over the query, and the last of a repeated name', () => {
    const inputs = buildRouteInputs(
      call({
        params: { a: 'path' },
        query: [
          ['a', 'query'],
          ['b', 'query'],
          ['c', 'first'],
          ['c', 'last'],
        ],
        body: { a: 'body', b: 'body' },
      }),
    )
    expect(inputs).toMatchObject({ a: 'path', b: 'body', c: 'last' })
  })

  it.each(['_method', '_path', '_headers', '_raw_body', '_path_params', '_triggered_by', '__proto__', '_'])(
    'takes no %s from outside',
    (key) => {
      const plain = buildRouteInputs(call())
      const body: unknown = JSON.parse(`{"${key}":"forged"}`)
      expect(buildRouteInputs(call({ query: [[key, 'forged']], body: body as RouteCall['body'] }))).toEqual(plain)
    },
  )

  it.each([[[1, 2]], ['text'], [null], [7]])('has no keys from a body that is %j', (body) => {
    expect(buildRouteInputs(call({ body }))).toEqual(buildRouteInputs(call()))
  })

  it('does not hand over what proves who is calling', () => {
    const headers = {
      Authorization: 'Bearer secret',
      'PROXY-Authorization': 'secret',
      cookie: ['a=secret'],
      Cookie2: 'secret',
      'X-CSRF-Token': 'secret',
      'x-xsrf-token': 'secret',
      accept: '*/*',
    }
    expect(buildRouteInputs(call({ headers }))).toMatchObject({ _headers: { accept: '*/*' } })
    expect(JSON.stringify(buildRouteInputs(call({ headers })))).not.toContain('secret')
  })
})
