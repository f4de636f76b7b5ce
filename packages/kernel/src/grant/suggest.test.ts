import { describe, expect, it } from 'vitest'
import type { GrantConfig } from './config.ts'
import type { GrantQuestion, GrantReading } from './decide.ts'
import { suggestGrants } from './suggest.ts'
import { grant, key, otherKey, packId, permissionId } from './test-grants.ts'
import { signGrant } from './record.ts'

const now = 5_000
const ask = (
  rows: Readonly<Record<string, GrantReading>>,
  principalId: string,
  defaults: GrantConfig = {},
): GrantQuestion => ({
  principalId,
  permissionId,
  defaults,
  findGrant: (name) => rows[name],
  findEpochFloor: () => 3,
  keys: [key],
  nowMs: now,
})

describe('suggestGrants', () => {
  it('names the parent that lacks the grant and the child whose list is too short', () => {
    const rows = {
      a__b: grant({ principalId: packId('a__b'), config: { allowed_keys: ['X'] }, expiresAt: 9_000, usesLeft: 2 }),
    }
    expect(suggestGrants(ask(rows, 'a__b'), { allowed_keys: ['Y'] })).toEqual([
      { principal_id: 'a', permission_id: 'secrets.get', config: { allowed_keys: ['Y'] } },
      {
        principal_id: 'a__b',
        permission_id: 'secrets.get',
        config: { allowed_keys: ['X', 'Y'] },
        expires_at: '1970-01-01T00:00:09.000Z',
        max_uses: 2,
      },
    ])
  })

  it('takes nothing over from a record that does not count', () => {
    const rows = { a: signGrant(grant({ config: { allowed_keys: ['EVIL'] }, usesLeft: 9 }), otherKey) }
    expect(suggestGrants(ask(rows, 'a'), { allowed_keys: ['Y'] })).toEqual([
      { principal_id: 'a', permission_id: 'secrets.get', config: { allowed_keys: ['Y'] } },
    ])
  })

  it('does not ask for what the defaults give, and keeps them when it asks for more', () => {
    const needs = { max: 5, allowed_x: ['b'] }
    expect(suggestGrants(ask({ a: grant() }, 'a', { max: 5, allowed_x: ['a'] }), needs)).toMatchObject([
      { config: { allowed_keys: ['X'], allowed_x: ['a', 'b'] } },
    ])
  })

  it('has nothing to say where nothing lacks, or where nothing can be granted', () => {
    expect(suggestGrants(ask({ a: grant() }, 'a'), { allowed_keys: ['X'] })).toEqual([])
    expect(suggestGrants(ask({}, 'a___b'), { allowed_keys: ['X'] })).toEqual([])
  })
})
