import { describe, expect, it } from 'vitest'
import { packIdSchema } from '@rumi/kernel/base'
import { grantCollection, permissionIdSchema } from '@rumi/kernel/grant'
import { answered, createFixedClock, createMemoryState, createScriptedSandbox } from '@rumi/kernel/testing'
import type { Services } from '../services.ts'
import { callOperation, createTestServices } from '../test-services.ts'
import { grantBatch, grantPermission, listGrants, revokePermission, rotateGrantKeys } from './grants.ts'

function setUp() {
  const clock = createFixedClock()
  const sandbox = createScriptedSandbox(() => answered(null))
  const services = createTestServices({ clock, state: createMemoryState(clock), sandbox })
  const call = (operation: typeof listGrants, input: unknown = {}) =>
    callOperation(operation, services as unknown as Services, input)
  return { ...services, call }
}
const keys = (principal: string, more: object = {}) => ({
  ...{ principal_id: principal, permission_id: 'secrets.get', config: { allowed_keys: ['X'] } },
  ...more,
})

describe('grants over the surfaces', () => {
  it('are given, shown with their defaults and bounds, and taken back', async () => {
    const { call, sandbox, state } = setUp()
    expect(await call(grantPermission, keys('a', { max_uses: 2 }))).toEqual({
      ok: true,
      value: {
        ...{ success: true, principal_id: 'a', permission_id: 'secrets.get', granted: true },
        config: { allowed_keys: ['X'] },
        warnings: ['No pack is called "a" yet.'],
      },
    })
    await call(grantPermission, { principal_id: 'b', permission_id: 'store.set', config: {} })
    expect(await call(listGrants)).toMatchObject({
      value: {
        count: 2,
        grants: {
          a: {
            permissions: { 'secrets.get': { enabled: true, config: { allowed_keys: ['X'] }, uses_left: 2, epoch: 1 } },
          },
          b: { permissions: { 'store.set': { enabled: true, config: { max_value_bytes: 1_048_576 } } } },
        },
      },
    })
    expect(await call(listGrants, { principal_id: 'b' })).toMatchObject({ value: { count: 1, principal_id: 'b' } })
    const revoke = { principal_id: 'a', permission_id: 'secrets.get', reason: 'no' }
    expect([await call(revokePermission, revoke), await call(revokePermission, revoke)]).toMatchObject([
      { value: { revoked: true } },
      { value: { revoked: false } },
    ])
    expect([sandbox.evicted, state.entries.at(-1)]).toMatchObject([
      ['a'],
      { kind: 'grant.revoke', actor: 'operator/http', data: { reason: 'no' } },
    ])
  })

  it('say why they do not count', async () => {
    const { call, clock, state, grants } = setUp()
    await call(grantPermission, keys('a', { expires_at: '2025-01-01T00:00:01Z' }))
    await call(grantPermission, keys('b', { max_uses: 1 }))
    await call(grantPermission, keys('c'))
    const [record] = grants.list(packIdSchema.parse('b'))
    if (typeof record?.record === 'object') await grants.spendUses([record.record])
    clock.pass(1_000)
    await state.write((writer) => writer.putDocument(grantCollection, 'd:secrets.get', {} as never))
    const again = createTestServices({ clock, state, sandbox: createScriptedSandbox(() => answered(null)) })
    expect(await callOperation(listGrants, again as unknown as Services, {})).toMatchObject({
      value: {
        grants: {
          a: { permissions: { 'secrets.get': { enabled: false, reason: 'expired' } } },
          b: { permissions: { 'secrets.get': { enabled: false, reason: 'exhausted' } } },
          c: { permissions: { 'secrets.get': { enabled: true } } },
          d: { permissions: { 'secrets.get': { enabled: false, reason: 'unreadable', config: {} } } },
        },
      },
    })
  })

  it.each<[object, string]>([
    [keys('a', { config: { allowed_keys: ['*'] } }), 'grant.config'],
    [keys('a___b'), 'grant.principal'],
    [keys('a', { expires_at: '2020-01-01T00:00:00Z' }), 'grant.expired'],
    [keys('a', { config: { allowed_keys: 'X' } }), 'request.invalid'],
    [keys('a', { permission_id: '../x' }), 'request.invalid'],
    [keys('a', { extra: 1 }), 'request.invalid'],
  ])('are refused: %j', async (input, code) => {
    const { call, grants } = setUp()
    expect(await call(grantPermission, input)).toMatchObject({ ok: false, error: { code, status: 400 } })
    expect(grants.list()).toEqual([])
  })

  it('of a batch are given one by one, as far as they go', async () => {
    const { call } = setUp()
    const batch = [keys('a'), keys('b', { config: { allowed_keys: ['*'] } }), 7]
    expect(await call(grantBatch, { grants: batch })).toEqual({
      ok: true,
      value: {
        ...{ success: false, granted_count: 1, failed_count: 2 },
        results: [
          { principal_id: 'a', permission_id: 'secrets.get', granted: true, error: null },
          { principal_id: 'b', permission_id: 'secrets.get', granted: false, error: expect.any(String) },
          { principal_id: null, permission_id: null, granted: false, error: expect.any(String) },
        ],
      },
    })
    const tooMany = Array.from({ length: 51 }, (_, index) => keys(`p${index}`))
    expect(await call(grantBatch, { grants: tooMany })).toMatchObject({ ok: false, error: { code: 'grant.batch' } })
  })

  it('are signed anew', async () => {
    const { call, grants } = setUp()
    await call(grantPermission, keys('a'))
    expect(await call(rotateGrantKeys)).toMatchObject({ value: { resigned: 1 } })
    const state = grants.state()
    const kept = state.findGrant(packIdSchema.parse('a'), permissionIdSchema.parse('secrets.get'))
    expect(kept).toMatchObject({ epoch: 2 })
  })

  it('are refused for a permission or a list that nobody reads, and warn of a handler that is not there', async () => {
    const { call } = setUp()
    const grant = (permission: string, config: object) =>
      call(grantPermission, { principal_id: 'a', permission_id: permission, config })
    expect(await grant('store.gte', {})).toMatchObject({ error: { code: 'grant.permission', status: 400 } })
    expect(await grant('secrets.get', { allowed_key: ['X'] })).toMatchObject({
      error: { code: 'grant.config', message: expect.stringContaining('allowed_key') },
    })
    expect(await grant('greet.say', { allowed_names: ['X'] })).toMatchObject({
      value: { warnings: [expect.stringContaining('"a"'), expect.stringContaining('greet.say')] },
    })
  })
})
