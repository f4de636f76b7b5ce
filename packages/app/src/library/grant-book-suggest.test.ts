import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, type JsonObject, type JsonValue } from '@rumi/kernel/base'
import { decideAddress, decideEgress, parseHost, type GrantChain } from '@rumi/kernel/egress'
import { findNetworkChain, suggestForWish } from '@rumi/kernel/gate'
import {
  decideGrant,
  decideLevel,
  deriveGrantKey,
  findAllowed,
  permissionIdSchema,
  type GrantRequest,
} from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import { GrantBook } from './grant-book.ts'

const levels = ['a', 'a__b', 'a__b__c'].map((name) => packIdSchema.parse(name))

/** What one level holds before: nothing, or a config, which may be over. */
interface Held {
  readonly config: JsonObject
  readonly bound: 'none' | 'later' | 'over'
}

async function createBook(permissionId: string, held: readonly (Held | undefined)[]) {
  const clock = createFixedClock()
  const keys = { keys: [deriveGrantKey(Buffer.alloc(32, 1))], addKey: () => keys, dropOldKeys: () => keys }
  const sandbox = createScriptedSandbox(() => answered(null))
  const book = new GrantBook({ state: createMemoryState(clock), clock, sandbox, keys })
  const ends = { none: undefined, later: '2026-01-01T00:00:00.000Z', over: '2025-01-01T00:00:01.000Z' }
  for (const [at, one] of held.entries()) {
    if (!one) continue
    const end = ends[one.bound] === undefined ? {} : { expires_at: ends[one.bound] }
    const about = { principal_id: levels[at] ?? '', permission_id: permissionIdSchema.parse(permissionId) }
    await give(book, [{ ...about, config: one.config, ...end }])
  }
  clock.pass(1_000)
  return book
}

async function give(book: GrantBook, requests: readonly GrantRequest[]): Promise<void> {
  for (const request of requests) {
    const granted = await book.grant(request, 'operator')
    if (!granted.ok) throw new Error(`${granted.error.message} ${JSON.stringify(request)}`)
  }
}

/** Everything a suggestion adds to what counted before, one entry of a list at a time, taken away from it again. */
function listWithoutOne(book: GrantBook, requests: readonly GrantRequest[]): readonly (readonly GrantRequest[])[] {
  return requests.flatMap((request, at) => {
    const level = decideLevel(book.state(), packIdSchema.parse(request.principal_id), request.permission_id)
    // What a grant held that is over is given anew: it was good, and the operator is asked for how long.
    const kept = book.state().findGrant(packIdSchema.parse(request.principal_id), request.permission_id)
    const isOver = !level.counts && level.denial.reason === 'expired'
    const before: JsonObject = (level.counts || isOver) && typeof kept === 'object' ? kept.config : {}
    const replace = (config: JsonObject) => requests.with(at, { ...request, config })
    const smaller = Object.entries(request.config).flatMap(([name, list]) =>
      members(list)
        .filter((item) => !members(before[name]).includes(item))
        .map((item) => replace({ ...request.config, [name]: members(list).filter((other) => other !== item) })),
    )
    return [requests.toSpliced(at, 1), ...smaller]
  })
}

const members = (list: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(list) ? list : [])
const bound = fc.constantFrom('none' as const, 'later' as const, 'over' as const)
const heldOf = (config: fc.Arbitrary<JsonObject>) =>
  fc.array(fc.option(fc.record({ config, bound }), { nil: undefined }), { minLength: 3, maxLength: 3 })

describe('the grants that are suggested for a capability', () => {
  const permissionId = permissionIdSchema.parse('store.get')
  const ids = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'))
  const wish = fc.record({ depth: fc.integer({ min: 0, max: 2 }), needs: ids.filter((list) => list.length > 0) })
  const config: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.constant({}),
    ids.map((list) => ({ allowed_store_ids: list })),
    ids.map((list) => ({ allowed_store_ids: list, other: 7 })),
  )
  const reach = (book: GrantBook, principalId: string): ReadonlySet<string> => {
    const decision = decideGrant({ ...book.state(), principalId, permissionId, defaults: {} })
    return decision.allowed ? findAllowed(decision.config, 'allowed_store_ids') : new Set()
  }

  it('allow it, lose nothing, keep every end, and are the least', async () => {
    await fc.assert(
      fc.asyncProperty(heldOf(config), wish, async (held, { depth, needs }) => {
        const principalId = levels[depth] ?? ''
        const about = { principalId, permissionId, needs: { allowed_store_ids: needs } }
        const before = await createBook(permissionId, held)
        const suggested = suggestForWish(before.state(), about)
        const after = await createBook(permissionId, held)
        await give(after, suggested)
        const covers = (book: GrantBook) => needs.every((need) => reach(book, principalId).has(need))
        expect([covers(after), suggestForWish(after.state(), about)]).toEqual([true, []])
        expect(suggested.length === 0).toBe(covers(before))
        for (const level of levels)
          expect([...reach(before, level)].filter((one) => !reach(after, level).has(one))).toEqual([])
        for (const [at, one] of held.entries()) {
          const request = suggested.find(({ principal_id: name }) => name === levels[at])
          if (one?.bound === 'later' && request) expect(request.expires_at).toBe('2026-01-01T00:00:00.000Z')
          if (one?.bound === 'over' && request) {
            expect(Object.keys(request.config).toSorted()).toEqual(
              [...new Set([...Object.keys(one.config), 'allowed_store_ids'])].toSorted(),
            )
            expect(request.expires_at).toBeUndefined()
          }
        }
        for (const less of listWithoutOne(before, suggested)) {
          const book = await createBook(permissionId, held)
          await give(book, less)
          expect(covers(book)).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('the grants that are suggested for a request to the network', () => {
  const permissionId = permissionIdSchema.parse('network.request')
  const hosts = ['api.example.com', 'example.com', 'other.example', 'localhost', '127.0.0.1', '::1']
  const patterns = fc.uniqueArray(fc.constantFrom(...hosts, '*.example.com'))
  const ports = fc.uniqueArray(fc.constantFrom(80, 443, 11_434))
  const places = fc.uniqueArray(fc.constantFrom('localhost:443', '127.0.0.1:80', '[::1]:11434'))
  const config: fc.Arbitrary<JsonObject> = fc.record(
    { allowed_domains: patterns, allowed_ports: ports, allow_private: places },
    { requiredKeys: [] },
  )
  const wish = fc.record({
    depth: fc.integer({ min: 0, max: 2 }),
    host: fc.constantFrom(...hosts),
    port: fc.constantFrom<number[]>(80, 443, 11_434),
    isPrivate: fc.boolean(),
  })
  type Wish = typeof wish extends fc.Arbitrary<infer One> ? One : never

  const place = ({ host, port }: Pick<Wish, 'host' | 'port'>) => {
    const parsed = parseHost(host.includes(':') ? `[${host}]` : host)
    if (!parsed) throw new Error(`${host} is no host`)
    return { ...parsed, port }
  }
  const named = ({ host, port }: Wish) => `${host.includes(':') ? `[${host}]` : host}:${port}`
  const needsOf = (one: Wish): JsonObject => ({
    allowed_domains: [one.host],
    allowed_ports: [one.port],
    allow_private: one.isPrivate ? [named(one)] : [],
  })
  const allows = (chain: GrantChain, one: Wish): boolean => {
    const isPrivate = one.isPrivate ? (['loopback'] as const) : (['public'] as const)
    const address = decideAddress(isPrivate, place(one), { chain, ownPorts: [] })
    return decideEgress(chain, place(one)).allowed && address.allowed
  }

  it('allow it, lose nothing, keep every end, and are the least', async () => {
    await fc.assert(
      fc.asyncProperty(heldOf(config), wish, async (held, one) => {
        const principalId = levels[one.depth] ?? ''
        const about = { principalId, permissionId, needs: needsOf(one) }
        const isAllowed = (book: GrantBook) => allows(findNetworkChain(book.state(), principalId), one)
        const before = await createBook(permissionId, held)
        const suggested = suggestForWish(before.state(), about)
        const after = await createBook(permissionId, held)
        await give(after, suggested)
        expect([isAllowed(after), suggestForWish(after.state(), about)]).toEqual([true, []])
        expect(suggested.length === 0).toBe(isAllowed(before))
        for (const level of levels)
          for (const host of hosts)
            for (const port of [80, 443]) {
              const [then, now] = [before, after].map((book) => findNetworkChain(book.state(), level))
              const other = { ...one, host, port }
              if (allows(then ?? [], other)) expect(allows(now ?? [], other)).toBe(true)
            }
        for (const [at, kept] of held.entries()) {
          const request = suggested.find(({ principal_id: name }) => name === levels[at])
          const end = kept?.bound === 'later' ? '2026-01-01T00:00:00.000Z' : undefined
          if (request) expect(request.expires_at).toBe(end)
        }
        for (const less of listWithoutOne(before, suggested)) {
          const book = await createBook(permissionId, held)
          await give(book, less)
          expect(isAllowed(book)).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, JsonObject]>([
    ['a bare suffix', { allowed_domains: ['co.uk'], allowed_ports: [443], allow_private: [] }],
    ['nothing', {}],
    ['something else', { allowed_keys: ['X'] }],
  ])('are none for %s', async (_name, needs) => {
    const book = await createBook(permissionId, [])
    expect(suggestForWish(book.state(), { principalId: 'a', permissionId, needs })).toEqual([])
  })

  it('name host and port of every level, and the private place apart', async () => {
    const wildcard = { allowed_domains: ['*.example.com'], allowed_ports: [80], allow_private: [] }
    const book = await createBook(permissionId, [{ config: wildcard, bound: 'none' }, undefined])
    const one = { depth: 1, host: 'api.example.com', port: 443, isPrivate: false }
    const local = { depth: 0, host: 'localhost', port: 11_434, isPrivate: true }
    const suggest = (wished: Wish) =>
      suggestForWish(book.state(), { principalId: levels[wished.depth] ?? '', permissionId, needs: needsOf(wished) })
    expect([suggest(one), suggest(local)]).toEqual([
      [
        {
          ...{ principal_id: 'a', permission_id: 'network.request' },
          config: { allowed_domains: ['*.example.com'], allowed_ports: [80, 443], allow_private: [] },
        },
        {
          ...{ principal_id: 'a__b', permission_id: 'network.request' },
          config: { allowed_domains: ['api.example.com'], allowed_ports: [443], allow_private: [] },
        },
      ],
      [
        {
          ...{ principal_id: 'a', permission_id: 'network.request' },
          config: {
            allowed_domains: ['*.example.com', 'localhost'],
            allowed_ports: [80, 11_434],
            allow_private: ['localhost:11434'],
          },
        },
      ],
    ])
  })
})
