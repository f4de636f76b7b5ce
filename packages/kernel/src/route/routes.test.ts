import { describe, expect, it } from 'vitest'
import { isFlowInScope } from './routes.ts'
import { readRoutes } from './test-routes.ts'

const route = { method: 'GET', path: '/api/weather/{city}', flow_id: 'my_pack.get' }
const codes = (document: unknown) => readRoutes(document).diagnostics.map(({ severity, code }) => `${severity} ${code}`)

describe('parseRoutes', () => {
  it('reads the documented form', () => {
    const own = { method: 'patch', path: '/api/packs/my_pack/x', flow_id: 'my_pack', description: 'd', timeout: 2.5 }
    expect(readRoutes({ routes: [route, own] })).toEqual({
      routes: [
        {
          packId: 'my_pack',
          index: 0,
          method: 'GET',
          path: '/api/weather/{city}',
          segments: [
            { kind: 'literal', text: 'api' },
            { kind: 'literal', text: 'weather' },
            { kind: 'param', name: 'city' },
          ],
          flowId: 'my_pack.get',
          description: '',
          scope: 'outside',
        },
        expect.objectContaining({ index: 1, method: 'PATCH', description: 'd', timeoutMs: 2_500, scope: 'own' }),
      ],
      outOfScope: [],
      diagnostics: [],
    })
  })

  it.each([
    [0.001, 1_000],
    [600, 600_000],
    [9_999, 600_000],
  ])('cuts a timeout of %s seconds to %s ms', (timeout, timeoutMs) => {
    expect(readRoutes({ routes: [{ ...route, timeout }] }).routes).toMatchObject([{ timeoutMs }])
  })

  it.each([
    ['not JSON', '{', 'error routes.json'],
    ['a key twice', '{"routes":[],"routes":[]}', 'error routes.json'],
    ['a list', [], 'error routes.json'],
    ['no routes', {}, 'error routes.json'],
    ['an object of routes', { routes: {} }, 'error routes.json'],
    ['too deep', `{"routes":${'['.repeat(8)}${']'.repeat(8)}}`, 'error routes.json'],
    ['too many', { routes: Array.from({ length: 501 }, () => 1) }, 'error routes.too_many'],
    ['too large', `{"routes":[],"x":"${'x'.repeat(2_097_152)}"}`, 'error routes.json'],
  ])('refuses a document that is %s', (_name, document, code) => {
    expect(codes(document)).toEqual([code])
    expect(readRoutes(document).routes).toEqual([])
  })

  it('keeps the good routes and names the bad ones by their place', () => {
    const reading = readRoutes({
      routes: [
        'x',
        { ...route, method: 'HEAD', flow_id: 'a b' },
        { ...route, path: 'api' },
        { ...route, path: `/${'x'.repeat(2_000)}` },
        { ...route, path: '/api/{a}/{a}' },
        { ...route, path: '/api/../x' },
        { ...route, timeout: 0 },
        { ...route, input_mapping: {}, 'x y': 1 },
        { ...route, path: '/api/weather/{town}/', method: 'get' },
      ],
    })
    expect(reading.routes.map(({ index }) => index)).toEqual([7])
    expect(reading.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^route\.field routes\[0\]: /),
      expect.stringMatching(/^route\.field routes\[1\]: method: /),
      expect.stringMatching(/^route\.field routes\[1\]: flow_id: /),
      'route.path routes[2]: "path" must begin with "/"',
      'route.path routes[3]: "path" is too long',
      'route.path routes[4]: "path" has the parameter "a" twice',
      'route.path routes[5]: "path" has the segment "..", which is neither plain text nor {name}',
      expect.stringMatching(/^route\.field routes\[6\]: timeout: /),
      'route.unknown_key routes[7]: "input_mapping" is not known and has no effect',
      'route.unknown_key routes[7]: "x y" is not known and has no effect',
      'route.duplicate routes[8]: GET /api/weather/{town}/ is routes[7] again, which counts',
    ])
    expect(reading.diagnostics.every(({ file }) => file === 'p/routes.json')).toBe(true)
  })

  it.each([
    '/api/packs/other/x',
    '/api/packs/{x}/y',
    '/api/{a}/other/x',
    '/{a}/{b}/{c}',
    '/{a}/packs/my_pack/x',
    '/api/packs/MY_PACK/x',
  ])('does not let a route reach below another pack: %s', (path) => {
    expect(codes({ routes: [{ ...route, path }] })).toEqual(['error route.foreign_path'])
    expect(readRoutes({ routes: [{ ...route, path, extra: 1 }] })).toMatchObject({ routes: [], outOfScope: [] })
  })

  it.each([
    ['/api/packs/my_pack/x', 'own'],
    ['/api/packs/my_pack/{x}/y', 'own'],
    ['/api/packages/my_pack/x', 'outside'],
    ['/api/packs', 'outside'],
    ['/webhook', 'outside'],
  ])('calls %s %s', (path, scope) => {
    expect(readRoutes({ routes: [{ ...route, path }] }).routes).toMatchObject([{ scope }])
  })

  it.each(['other', 'other.my_pack', 'my_packx', 'my_pack-x', 'MY_PACK.x', 'startup'])(
    'keeps a route to the flow %s apart: it runs nothing',
    (flowId) => {
      const reading = readRoutes({ routes: [{ ...route, flow_id: flowId }] })
      expect(reading.routes).toEqual([])
      expect(reading.outOfScope).toMatchObject([{ flowId }])
      expect(reading.diagnostics).toMatchObject([{ severity: 'error', code: 'route.flow_scope' }])
      expect(isFlowInScope('my_pack', flowId)).toBe(false)
    },
  )
})
