import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@rumi/kernel/base'
import { grantCollection } from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import type { Services } from '../services.ts'
import { callOperation, createTestServices } from '../test-services.ts'
import { checkNetwork, grantNetwork, listNetworkGrants, revokeNetwork } from './network.ts'

function setUp(states: Readonly<Record<string, string>> = { a: 'approved', a__b: 'approved' }) {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  const parts = createTestServices({ clock, state: createMemoryState(clock), sandbox })
  const views = Object.entries(states).map(([packId, state]) => ({ packId, state }))
  const packs = { list: () => views, find: (packId: string) => views.find((view) => view.packId === packId) }
  const services = { ...parts, packs, ownPorts: new Set([8765]) } as unknown as Services
  const call = (operation: typeof listNetworkGrants, input: unknown = {}) => callOperation(operation, services, input)
  const check = async (packId: string, domain: string, port?: number) => {
    const outcome = await call(checkNetwork, { pack_id: packId, domain, ...(port === undefined ? {} : { port }) })
    return outcome.ok ? (outcome.value as JsonObject)['reason'] : outcome.error.code
  }
  return { ...parts, call, check }
}
const api = { pack_id: 'a', allowed_domains: ['api.example.com', '*.wild.example'] }

describe('network grants', () => {
  it('are for port 443 when nobody says, and are checked in the documented words', async () => {
    const { call, check } = setUp()
    expect(await call(grantNetwork, api)).toMatchObject({
      value: {
        ...{ success: true, pack_id: 'a', warnings: [] },
        grant: { enabled: true, allowed_domains: api.allowed_domains, allowed_ports: [443], allow_private: [] },
      },
    })
    expect([
      await check('a', 'api.example.com'),
      await check('a', 'API.Example.COM', 443),
      await check('a', 'deep.x.wild.example'),
      await check('a', 'evilwild.example'),
      await check('a', 'api.example.com', 80),
      await check('b', 'api.example.com'),
      await check('a__b', 'api.example.com'),
      await check('a', '::1'),
      await check('a', 'a b'),
    ]).toEqual([
      ...['Access granted', 'Access granted', 'Access granted', "Domain 'evilwild.example' not in allowed list"],
      ...['Port 80 not in allowed list', 'No network grant for this pack', 'No network grant for this pack'],
      ...["Domain '::1' not in allowed list", 'network.host'],
    ])
  })

  it('of an address that no request reaches are not said to reach it (EGR-20)', async () => {
    const { call, check } = setUp()
    const places = {
      allowed_domains: ['127.0.0.1', '169.254.169.254', '10.0.0.1', 'localhost'],
      allowed_ports: [80, 8765],
    }
    await call(grantNetwork, { pack_id: 'a', ...places, allow_private: ['127.0.0.1:80', '127.0.0.1:8765'] })
    expect(await check('a', '127.0.0.1', 80)).toBe('Access granted')
    expect(await check('a', '127.0.0.1', 8765)).toBe('This port is the system itself')
    expect(await check('a', '169.254.169.254', 80)).toBe('Addresses of this kind are never reached')
    expect(await check('a', '10.0.0.1', 80)).toBe(
      "Address '10.0.0.1:80' of this machine or its network not in allow_private",
    )
    expect(await check('a', 'localhost', 80)).toBe(
      "Address 'localhost:80' of this machine or its network not in allow_private",
    )
  })

  it('of a child reach no further than those of its parent', async () => {
    const { call, check } = setUp()
    await call(grantNetwork, { pack_id: 'a__b', allowed_domains: ['api.example.com', 'other.example'] })
    await call(grantNetwork, { pack_id: 'a', allowed_domains: ['api.example.com'] })
    expect([await check('a__b', 'api.example.com'), await check('a__b', 'other.example')]).toEqual([
      'Access granted',
      "Domain 'other.example' not in allowed list",
    ])
  })

  it.each<[string, object, string]>([
    ['nothing', { allowed_domains: [] }, 'network.no_domains'],
    ['everything', { allowed_domains: ['*'] }, 'grant.config'],
    ['a suffix', { allowed_domains: ['com'] }, 'grant.config'],
    ['a shared suffix', { allowed_domains: ['*.github.io'] }, 'grant.config'],
    ['a URL', { allowed_domains: ['https://a.example/'] }, 'grant.config'],
    ['port 0', { allowed_domains: ['a.example'], allowed_ports: [0] }, 'grant.config'],
    [
      'a private place without its port',
      { allowed_domains: ['localhost'], allow_private: ['localhost'] },
      'grant.config',
    ],
    ['any private place', { allowed_domains: ['localhost'], allow_private: ['*:80'] }, 'grant.config'],
    ['something that is over', { allowed_domains: ['a.example'], expires_at: '2020-01-01T00:00:00Z' }, 'grant.expired'],
  ])('of %s are refused', async (_name, more, code) => {
    const { call, grants } = setUp()
    expect(await call(grantNetwork, { pack_id: 'a', ...more })).toMatchObject({
      ok: false,
      error: { code, status: 400 },
    })
    expect(grants.list()).toEqual([])
  })

  it('warn of what they do not do', async () => {
    const { call } = setUp()
    const input = { pack_id: 'nobody', allowed_domains: ['a.example'], allow_private: ['127.0.0.1:11434'] }
    expect(await call(grantNetwork, input)).toMatchObject({
      value: { warnings: [expect.stringContaining('nobody'), expect.stringContaining('127.0.0.1:11434')] },
    })
  })

  it('are listed with those that do not count, and with packs that were changed', async () => {
    const { call, state, clock } = setUp({ a: 'modified', b: 'modified' })
    await call(grantNetwork, { ...api, expires_at: '2025-01-01T00:00:01Z' })
    await state.write((writer) => writer.putDocument(grantCollection, 'c:network.request', {} as never))
    clock.pass(1_000)
    const again = createTestServices({ clock, state, sandbox: createScriptedSandbox(() => answered(null)) })
    const packs = { list: () => [{ packId: 'a', state: 'modified' }] }
    const entry = { address: '10.0.0.5', port: 8443, allowPrivate: true }
    const egress = { hosts: new Map([['api.example.com', [entry]]]), hasExtraCa: true }
    expect(
      await callOperation(listNetworkGrants, { ...again, packs, egress } as unknown as Services, {}),
    ).toMatchObject({
      value: {
        ...{ grant_count: 2, disabled_packs: ['a'], disabled_count: 1 },
        static_hosts: [{ host: 'api.example.com', address: '10.0.0.5', port: 8443, allow_private: true }],
        extra_ca: true,
        grants: { a: { enabled: false, reason: 'expired' }, c: { enabled: false, reason: 'unreadable' } },
      },
    })
  })

  it('do not count for a pack that was changed', async () => {
    const { call, check } = setUp({ a: 'modified' })
    await call(grantNetwork, api)
    expect(await check('a', 'api.example.com')).toBe('Pack is disabled due to modification')
  })

  it('are taken back, and what runs of the pack ends', async () => {
    const { call, check, sandbox } = setUp()
    await call(grantNetwork, api)
    const revoke = { pack_id: 'a', reason: 'no' }
    expect([await call(revokeNetwork, revoke), await call(revokeNetwork, revoke)]).toMatchObject([
      { value: { success: true, revoked: true } },
      { value: { success: true, revoked: false } },
    ])
    expect([sandbox.evicted, await check('a', 'api.example.com')]).toEqual([['a'], 'No network grant for this pack'])
  })
})
