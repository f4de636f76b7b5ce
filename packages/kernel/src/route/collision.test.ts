import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeCollision, findCollisions } from './collision.ts'
import { buildRouteTable, findRoute } from './match.ts'
import { routesOf } from './test-routes.ts'

const systemPaths = ['/', '/health', '/api/packs', '/api/packs/{pack_id}', '/api/packs/{pack_id}/status', '/console/*']
const collide = (text: string, others: readonly string[] = []) =>
  findCollisions(routesOf([text]), { systemPaths, others: routesOf(others, 'other_pack') }).map((collision) =>
    collision.holder.kind === 'system' ? collision.holder.path : collision.holder.route.path,
  )

describe('findCollisions', () => {
  it.each([
    ['GET /health', ['/health']],
    ['POST /health', ['/health']],
    ['GET /{x}', ['/health', '/console/*']],
    ['GET /api/{x}', ['/api/packs']],
    ['GET /api/packs/my_pack', ['/api/packs/{pack_id}']],
    ['GET /api/packs/my_pack/status', ['/api/packs/{pack_id}/status']],
    ['GET /api/packs/my_pack/{x}', ['/api/packs/{pack_id}/status']],
    ['DELETE /console/a/b/c', ['/console/*']],
    ['GET /console', ['/console/*']],
    ['GET /api/packs/my_pack/items/{x}', []],
    ['GET /API/packs', ['/api/packs']],
    ['GET /Health', ['/health']],
    ['GET /healthy', []],
    ['GET /api/weather/{city}', []],
  ])('%s gets in the way of %j of the system', (text, expected) => {
    expect(collide(text)).toEqual(expected)
  })

  it.each([
    ['GET /api/weather/{city}', ['GET /api/weather/{town}'], ['/api/weather/{town}']],
    ['GET /api/weather/today', ['GET /api/weather/{town}'], ['/api/weather/{town}']],
    ['GET /api/weather/{city}', ['GET /api/weather/today'], ['/api/weather/today']],
    ['GET /v1/{kind}/today', ['GET /v1/weather/{town}'], ['/v1/weather/{town}']],
    ['POST /api/weather/{city}', ['GET /api/weather/{town}'], []],
    ['GET /api/weather/{city}/x', ['GET /api/weather/{town}'], []],
    ['GET /api/weather/today', ['GET /api/weather/tomorrow'], []],
  ])('%s gets in the way of another pack with %j: %j', (text, others, expected) => {
    expect(collide(text, others)).toEqual(expected)
  })

  it('is no quarrel of a pack with itself', () => {
    const routes = routesOf(['GET /api/weather/{city}', 'GET /api/weather/today'])
    expect(findCollisions(routes, { systemPaths: [], others: routes })).toEqual([])
  })

  it('names both sides', () => {
    const routes = routesOf(['GET /api/x', 'GET /{a}'])
    const others = routesOf(['GET /api/{y}'], 'other_pack')
    const collisions = findCollisions(routes, { systemPaths: ['/health'], others })
    expect(collisions.map((collision) => describeCollision(collision, 'p/routes.json'))).toEqual([
      {
        severity: 'error',
        code: 'route.collision',
        message: 'routes[0]: GET /api/x of pack "my_pack" collides with GET /api/{y} of pack "other_pack"',
        file: 'p/routes.json',
        hint: 'Use a path below /api/packs/my_pack/.',
      },
      expect.objectContaining({ message: 'routes[1]: GET /{a} of pack "my_pack" collides with /health of the system' }),
    ])
  })

  it('does not accept a path of the system that it cannot read', () => {
    expect(() => findCollisions([], { systemPaths: ['health'], others: [] })).toThrow(TypeError)
  })

  it('leaves no request that two packs, or a pack and the system, could answer', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'P'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map((text, at) => (text === 'P' ? `/{p${at}}` : `/${text}`)).join(''))
      .filter((text) => !/^\/\{p0\}\/\{p1\}\/./.test(text))
    const paths = fc.uniqueArray(path, { maxLength: 4 })
    const request = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((parts) => `/${parts.join('/')}`)
    const answers = (texts: readonly string[], wanted: string) => {
      const table = buildRouteTable(routesOf(texts.map((text) => `GET ${text}`)))
      return findRoute(table, { method: 'GET', path: wanted }) !== undefined
    }
    fc.assert(
      fc.property(fc.record({ mine: paths, theirs: paths, system: paths, request }), (world) => {
        const mine = routesOf(world.mine.map((text) => `GET ${text}`))
        const others = routesOf(
          world.theirs.map((text) => `GET ${text}`),
          'other_pack',
        )
        const collisions = findCollisions(mine, { systemPaths: world.system, others })
        const refused = new Set(collisions.map(({ route }) => route.path))
        const left = world.mine.filter((text) => !refused.has(text))
        if (!answers(left, world.request)) return
        expect(answers(world.theirs, world.request)).toBe(false)
        expect(answers(world.system, world.request)).toBe(false)
      }),
    )
  })
})
