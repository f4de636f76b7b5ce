import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildRouteTable, findRoute } from './match.ts'
import { routesOf } from './test-routes.ts'

const table = buildRouteTable(
  routesOf([
    'GET /api/orgs/{org}/tasks/{task}',
    'GET /api/orgs/{org}/tasks/open',
    'GET /api/orgs/mine/tasks/{task}',
    'GET /api/orgs/mine/tasks/open',
    'POST /api/orgs/{org}/tasks/{task}',
    'GET /api/weather/{city}',
    'GET /r/{a}/{b}/{c}/{d}',
  ]),
)
const find = (path: string, method = 'GET') => {
  const match = findRoute(table, { method, path })
  return match && [match.route.path, match.params]
}

describe('findRoute', () => {
  it.each([
    ['/api/weather/Tokyo', ['/api/weather/{city}', { city: 'Tokyo' }]],
    ['/api/weather/Tokyo/', ['/api/weather/{city}', { city: 'Tokyo' }]],
    ['/api/weather/my-item_v2.0~draft', ['/api/weather/{city}', { city: 'my-item_v2.0~draft' }]],
    ['/api/weather/S%C3%A3o%20Paulo', ['/api/weather/{city}', { city: 'São Paulo' }]],
    ['/api/weather/a+b', ['/api/weather/{city}', { city: 'a+b' }]],
    ['/api/weather/%252e%252e', ['/api/weather/{city}', { city: '%2e%2e' }]],
    ['/api/%77eather/x', ['/api/weather/{city}', { city: 'x' }]],
    ['/r/1/2/3/4', ['/r/{a}/{b}/{c}/{d}', { a: '1', b: '2', c: '3', d: '4' }]],
    ['/api/orgs/mine/tasks/open', ['/api/orgs/mine/tasks/open', {}]],
    ['/api/orgs/mine/tasks/7', ['/api/orgs/mine/tasks/{task}', { task: '7' }]],
    ['/api/orgs/o/tasks/open', ['/api/orgs/{org}/tasks/open', { org: 'o' }]],
    ['/api/orgs/o/tasks/7', ['/api/orgs/{org}/tasks/{task}', { org: 'o', task: '7' }]],
  ])('answers %s', (path, found) => {
    expect(find(path)).toEqual(found)
  })

  it('chooses by method', () => {
    expect(find('/api/orgs/mine/tasks/open', 'POST')).toEqual([
      '/api/orgs/{org}/tasks/{task}',
      { org: 'mine', task: 'open' },
    ])
    expect(find('/api/weather/x', 'POST')).toBeUndefined()
    expect(find('/api/weather/x', 'HEAD')).toBeUndefined()
    expect(find('/api/weather/x', 'get')).toBeUndefined()
  })

  it.each([
    '',
    '/',
    '//',
    'api/weather/x',
    '/api/weather',
    '/api/weather/',
    '/api/weather//',
    '/api//weather/x',
    '/api/weather/x/y',
    '/api/weather/..',
    '/api/weather/a..b',
    '/api/weather/%2e%2e',
    '/api/weather/%2E.',
    '/api/weather/.',
    '/api/weather/%00',
    '/api/weather/a%00b',
    '/api/weather/a%2Fb',
    '/api/weather/%',
    '/api/weather/%ff',
    '/api/weather/%c0%ae%c0%ae',
    '/API/weather/x',
    `/api/weather/${'x'.repeat(8_192)}`,
    '/api/orgs%2Fmine/tasks/open',
  ])('answers nothing for %j', (path) => {
    expect(find(path)).toBeUndefined()
  })

  it('finds the first in a naive walk that prefers literals from the left, whatever the order in the file', () => {
    const part = fc.constantFrom('a', 'b', 'P')
    const path = fc
      .array(part, { minLength: 1, maxLength: 3 })
      .map((parts) => `GET ${parts.map((text, at) => (text === 'P' ? `/{p${at}}` : `/${text}`)).join('')}`)
    const routes = fc.uniqueArray(path, { maxLength: 8 })
    const wanted = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(routes, wanted, (texts, parts) => {
        const patterns = texts
          .map((text) => text.slice('GET '.length))
          .filter((text) => !/^\/\{p0\}\/\{p1\}\/./.test(text))
        const fitting = patterns.filter((text) =>
          new RegExp(`^${text.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(`/${parts.join('/')}`),
        )
        // "{" sorts after every letter, so the sorted first is the most literal from the left.
        const [best] = fitting.sort((left, right) => (left < right ? -1 : 1))
        const built = buildRouteTable(routesOf(patterns.map((text) => `GET ${text}`)))
        const match = findRoute(built, { method: 'GET', path: `/${parts.join('/')}` })
        expect(match?.route.path).toBe(best)
        if (match === undefined) return
        const filled = match.route.path.replaceAll(/\{(\w+)\}/g, (_text, name: string) => match.params[name]!)
        expect(filled).toBe(`/${parts.join('/')}`)
      }),
    )
  })
})
