import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import {
  answered,
  createFixedClock,
  createMemoryPacks,
  createMemoryState,
  createScriptedSandbox,
  packFiles,
} from '@rumi/kernel/testing'
import { PackLibrary } from '../library/index.ts'
import { RouteLibrary } from './route-library.ts'

const routesOf = (packId: string, ...paths: readonly string[]): Readonly<Record<string, string>> =>
  packFiles(packId, {
    'routes.json': JSON.stringify({ routes: paths.map((path) => ({ method: 'GET', path, flow_id: packId })) }),
  })

// eslint-disable-next-line typescript/explicit-function-return-type
function setUp() {
  const clock = createFixedClock()
  const packs = createMemoryPacks()
  const state = createMemoryState(clock)
  const sandbox = createScriptedSandbox(() => answered(null))
  const open = (): PackLibrary => new PackLibrary({ folder: packs.folder, trees: packs.trees, state, sandbox, clock })
  const library = open()
  const approve = async (packId: string): Promise<string> => {
    clock.pass(1000)
    const approved = await library.approve(packIdSchema.parse(packId), {}, 'operator')
    return approved.ok ? 'approved' : `${approved.error.code} ${approved.error.message}`
  }
  return { packs, open, library, approve }
}

const pathsOf = (routes: RouteLibrary): readonly string[] => routes.routes.map(({ path }) => path)

describe('the table of routes', () => {
  it('holds those of approved trees and follows every decision', async () => {
    const { packs, library, approve } = setUp()
    const routes = new RouteLibrary(library, [])
    packs.place('a', routesOf('a', '/a/{x}'))
    await library.scan(packIdSchema.parse('a'), 'operator')
    expect(pathsOf(routes)).toEqual([])
    expect(await approve('a')).toBe('approved')
    packs.place('a', routesOf('a', '/changed'))
    await library.scan(packIdSchema.parse('a'), 'operator')
    expect(pathsOf(routes)).toEqual(['/a/{x}'])
    expect(routes.find({ method: 'GET', path: '/a/1' })?.params).toEqual({ x: '1' })
    expect(routes.listMethods('/a/1')).toEqual(['GET'])
    await approve('a')
    expect(pathsOf(routes)).toEqual(['/changed'])
    await library.reject(packIdSchema.parse('a'), '', 'operator')
    expect([pathsOf(routes), routes.listMethods('/changed')]).toEqual([[], []])
  })

  it('leaves out what collides among packs that were approved before anybody looked: the first keeps its path', async () => {
    const { packs, open, approve } = setUp()
    packs.place('z', routesOf('z', '/x/{a}', '/own'))
    packs.place('a', routesOf('a', '/x/{b}', '/taken/by/system', '/free'))
    await approve('z')
    await approve('a')
    const routes = new RouteLibrary(open(), ['/taken/*'])
    expect(pathsOf(routes)).toEqual(['/x/{a}', '/own', '/free'])
    expect(routes.find({ method: 'GET', path: '/x/1' })?.route.packId).toBe('z')
    expect(routes.diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['route.collision', 'routes[0]: GET /x/{b} of pack "a" collides with GET /x/{a} of pack "z"'],
      ['route.collision', 'routes[1]: GET /taken/by/system of pack "a" collides with /taken/* of the system'],
    ])
  })

  it('takes a pack that is approved again for what it is: its own routes are no rivals', async () => {
    const { packs, library, approve } = setUp()
    const routes = new RouteLibrary(library, [])
    packs.place('a', routesOf('a', '/a'))
    await approve('a')
    packs.place('a', routesOf('a', '/a', '/b'))
    expect([await approve('a'), pathsOf(routes)]).toEqual(['approved', ['/a', '/b']])
  })

  it('names at most five collisions of a pack', async () => {
    const { packs, library, approve } = setUp()
    const routes = new RouteLibrary(library, ['/sys/*'])
    packs.place('a', routesOf('a', ...[1, 2, 3, 4, 5, 6, 7].map((index) => `/sys/${index}`)))
    const refused = await approve('a')
    expect(refused).toMatch(/^route\.collision .*\/sys\/5 .*… and 2 more\.$/)
    expect([refused.includes('/sys/6'), pathsOf(routes)]).toEqual([false, []])
  })

  it('is without the routes of a damaged copy, which is said, and whole again after a reload', async () => {
    const { packs, library, approve } = setUp()
    const routes = new RouteLibrary(library, [])
    packs.place('a', { ...routesOf('a'), ...packFiles('a', { 'routes.json': '{"routes":[]}' }) })
    packs.place('b', routesOf('b', '/b'))
    await approve('a')
    await approve('b')
    const hash = library.records.find(({ packId }) => packId === 'b')?.scannedHash
    if (hash) packs.damage(hash, 'routes.json')
    routes.reload()
    expect(pathsOf(routes)).toEqual([])
    expect(routes.diagnostics).toMatchObject([{ code: 'route.unreadable', file: 'ecosystem/b/routes.json' }])
    await library.scan(packIdSchema.parse('b'), 'operator')
    routes.reload()
    expect([pathsOf(routes), routes.diagnostics]).toEqual([['/b'], []])
  })
})
