import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AddressClass } from './address.ts'
import { decideAddress, decideEgress, type GrantChain } from './decide.ts'
import type { HostKind } from './host.ts'
import type { NetworkGrant } from './rule.ts'

const grant = (parts: Partial<NetworkGrant>): NetworkGrant => ({
  domains: ['api.example.com', '*.example.org'],
  ports: [443],
  allowPrivate: [],
  ...parts,
})
const to = (host: string, port = 443, hostKind: HostKind = 'name') => ({ host, port, hostKind })

describe('decideEgress', () => {
  it.each<[string, GrantChain, ReturnType<typeof to>, object]>([
    ['admits what the grant names', [grant({})], to('api.example.com'), { allowed: true }],
    ['admits below a wildcard', [grant({})], to('a.b.example.org'), { allowed: true }],
    ['refuses without any grant', [], to('api.example.com'), no({ kind: 'no-grant', depth: 0 })],
    [
      'EGR-23: a grant that could not be read or verified is no grant',
      [undefined],
      to('api.example.com'),
      no({ kind: 'no-grant', depth: 0 }),
    ],
    [
      'refuses when an ancestor has none',
      [grant({}), undefined, grant({})],
      to('api.example.com'),
      no({ kind: 'no-grant', depth: 1 }),
    ],
    ['refuses another host', [grant({})], to('evil.com'), no({ kind: 'host-not-granted', depth: 0 })],
    ['refuses another port', [grant({})], to('api.example.com', 80), no({ kind: 'port-not-granted', depth: 0 })],
    [
      'empty lists of hosts allow nothing',
      [grant({ domains: [] })],
      to('api.example.com'),
      no({ kind: 'host-not-granted', depth: 0 }),
    ],
    [
      'empty lists of ports allow nothing',
      [grant({ ports: [] })],
      to('api.example.com'),
      no({ kind: 'port-not-granted', depth: 0 }),
    ],
    [
      'the outermost refusal is the one named',
      [grant({}), grant({ domains: ['evil.com'] })],
      to('evil.com'),
      no({ kind: 'host-not-granted', depth: 0 }),
    ],
    [
      'a child does not widen the ports of its parent',
      [grant({}), grant({ ports: [443, 8443] })],
      to('api.example.com', 8443),
      no({ kind: 'port-not-granted', depth: 0 }),
    ],
    [
      'an address needs its own entry',
      [grant({ domains: ['8.8.8.8'] })],
      to('8.8.8.8', 443, 'ipv4'),
      { allowed: true },
    ],
  ])('%s', (...[, chain, destination, decision]) => {
    expect(decideEgress(chain, destination)).toEqual(decision)
  })
})

describe('decideAddress', () => {
  const open = grant({ allowPrivate: ['api.example.com:443', '[::1]:443'] })
  const context = { chain: [open], ownPorts: [8765] }

  it.each<[string, readonly ('public' | AddressClass)[], GrantChain, object]>([
    ['admits public addresses', ['public', 'public'], [grant({})], { allowed: true }],
    ['refuses when there is none', [], [open], no({ kind: 'no-address' })],
    [
      'EGR-07: one refused answer among public ones refuses all',
      ['public', 'private'],
      [grant({})],
      no({ kind: 'address-refused', class: 'private' }),
    ],
    [
      'admits a private address that every grant lists',
      ['private', 'public', 'loopback'],
      [open, open],
      { allowed: true },
    ],
    ['refuses when one grant of the chain does not', ['private'], [open, grant({})], refused('private')],
    ['refuses when one grant of the chain is missing', ['private'], [open, undefined], refused('private')],
    ['refuses without a chain', ['loopback'], [], refused('loopback')],
    ['admits public addresses without asking the list', ['public'], [], { allowed: true }],
  ])('%s', (...[, classes, chain, decision]) => {
    expect(decideAddress(classes, to('api.example.com'), { ...context, chain })).toEqual(decision)
  })

  it.each<AddressClass>([
    'metadata',
    'own',
    'link-local',
    'shared',
    'unspecified',
    'multicast',
    'broadcast',
    'reserved',
    'benchmarking',
    'documentation',
    'ipv4-embedded',
    'zoned',
    'invalid',
  ])('EGR-05: no list allows the class %s', (found) => {
    expect(decideAddress([found], to('api.example.com'), context)).toEqual(refused(found))
  })

  it('only the listed port and host, in the form of a URL', () => {
    expect(decideAddress(['loopback'], to('api.example.com', 80), context)).toEqual(refused('loopback'))
    expect(decideAddress(['loopback'], to('www.example.com'), context)).toEqual(refused('loopback'))
    expect(decideAddress(['loopback'], to('::1', 443, 'ipv6'), context)).toEqual({ allowed: true })
  })

  it('EGR-20: ports of the system stay closed on loopback, also when they are listed', () => {
    const chain = [grant({ allowPrivate: ['localhost:8765'] })]
    expect(decideAddress(['loopback'], to('localhost', 8765), { chain, ownPorts: [8765] })).toEqual(
      no({ kind: 'own-port' }),
    )
    expect(decideAddress(['loopback'], to('localhost', 8765), { chain, ownPorts: [] })).toEqual({ allowed: true })
    expect(decideAddress(['public'], to('localhost', 8765), { chain, ownPorts: [8765] })).toEqual({ allowed: true })
  })
})

const names = fc.constantFrom('a.com', 'x.a.com', 'y.x.a.com', 'b.com', 'ba.com', 'x.b.com')
const patterns = fc.constantFrom('a.com', '*.a.com', '*.x.a.com', 'b.com', '*.b.com', 'x.b.com')
const ports = fc.constantFrom(80, 443, 8443)
const grants = fc.record({
  domains: fc.uniqueArray(patterns),
  ports: fc.uniqueArray(ports),
  allowPrivate: fc.uniqueArray(fc.tuple(names, ports).map(([name, port]) => `${name}:${port}`)),
})
const chains = fc.array(fc.option(grants, { nil: undefined, freq: 8 }), { maxLength: 4 })

/** Every rule of a chain as a set of places, written out, and the sets intersected. */
function reachable(chain: GrantChain): ReadonlySet<string> {
  const all = ['a.com', 'x.a.com', 'y.x.a.com', 'b.com', 'ba.com', 'x.b.com']
  const sets = chain.map((one) => {
    const hosts = all.filter((name) =>
      one?.domains.some((rule) => {
        const labels = name.split('.')
        const suffixes = labels.map((_, index) => labels.slice(index).join('.'))
        return rule.startsWith('*.') ? suffixes.includes(rule.slice(2)) : rule === name
      }),
    )
    return new Set(hosts.flatMap((host) => (one?.ports ?? []).map((port) => `${host}:${port}`)))
  })
  const [first = new Set<string>(), ...rest] = sets
  return new Set([...first].filter((place) => rest.every((set) => set.has(place))))
}

describe('decisions, as laws', () => {
  it('a chain reaches what each of its grants reaches, and nothing else', () => {
    fc.assert(
      fc.property(chains, names, ports, (chain, host, port) => {
        expect(decideEgress(chain, to(host, port)).allowed).toBe(reachable(chain).has(`${host}:${port}`))
      }),
      { numRuns: 1000 },
    )
  })

  it('a child never reaches further than its parent', () => {
    fc.assert(
      fc.property(fc.tuple(chains, grants), fc.tuple(names, ports), ([chain, child], [host, port]) => {
        fc.pre(chain.length > 0)
        const place = to(host, port)
        if (decideEgress([...chain, child], place).allowed) expect(decideEgress(chain, place).allowed).toBe(true)
        const near = (of: GrantChain) => decideAddress(['private'], place, { chain: of, ownPorts: [] }).allowed
        if (near([...chain, child])) expect(near(chain)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('the order of the answers does not matter, and one more never opens anything', () => {
    const classes = fc.array(fc.constantFrom<'public' | AddressClass>('public', 'private', 'loopback', 'metadata'), {
      minLength: 1,
    })
    fc.assert(
      fc.property(classes, chains, (answers, chain) => {
        const decide = (of: typeof answers) => decideAddress(of, to('a.com', 80), { chain, ownPorts: [] }).allowed
        expect(decide([...answers].reverse())).toBe(decide(answers))
        if (decide([...answers, 'private'])) expect(decide(answers)).toBe(true)
      }),
    )
  })
})

function no(reason: object): object {
  return { allowed: false, reason }
}
function refused(found: AddressClass): object {
  return no({ kind: 'address-refused', class: found })
}
