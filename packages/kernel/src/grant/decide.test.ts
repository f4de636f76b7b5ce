import { describe, expect, it } from 'vitest'
import { decideGrant, type GrantQuestion, type GrantReading } from './decide.ts'
import { permissionIdSchema } from './permission-id.ts'
import { signGrant } from './record.ts'
import { grant, key, otherKey, packId, permissionId } from './test-grants.ts'

const now = 5_000

/** A question about principal `a` over rows kept by name; every row's floor is 3. */
const ask = (rows: Record<string, GrantReading>, changes: Partial<GrantQuestion> = {}): GrantQuestion => ({
  principalId: 'a',
  permissionId,
  defaults: {},
  findGrant: (principalId) => rows[principalId],
  findEpochFloor: () => 3,
  keys: [key],
  nowMs: now,
  ...changes,
})

describe('decideGrant', () => {
  it('allows what a counting grant says', () => {
    const row = grant()
    expect(decideGrant(ask({ a: row }))).toEqual({ allowed: true, config: { allowed_keys: ['X'] }, chain: [row] })
  })

  it('asks for the row of this principal and permission', () => {
    const asked: unknown[] = []
    const note = (...names: readonly string[]) => void asked.push(names)
    decideGrant(ask({}, { findGrant: note, principalId: 'a__b' }))
    expect(asked).toEqual([
      ['a', 'secrets.get'],
      ['a__b', 'secrets.get'],
    ])
  })

  it.each<[string, GrantReading, Partial<GrantQuestion>]>([
    ['no-grant', undefined, {}],
    ['unreadable', 'unreadable', {}],
    ['principal-mismatch', grant({ principalId: packId('b') }), {}],
    ['permission-mismatch', grant({ permissionId: permissionIdSchema.parse('store.get') }), {}],
    ['unknown-key', signGrant(grant(), otherKey), {}],
    ['signature-invalid', { ...grant(), usesLeft: 9 }, {}],
    ['signature-invalid', { ...grant({ principalId: packId('b') }), principalId: packId('a') }, {}],
    ['epoch-unknown', grant(), { findEpochFloor: () => undefined }],
    ['epoch-stale', grant({ epoch: 2 }), {}],
    ['epoch-stale', grant(), { findEpochFloor: () => Number.NaN }],
    ['expired', grant({ expiresAt: now }), {}],
    ['expired', grant({ expiresAt: now + 1 }), { nowMs: Number.NaN }],
    ['exhausted', grant({ usesLeft: 0 }), {}],
  ])('denies with %s', (reason, row, changes) => {
    expect(decideGrant(ask({ a: row }, changes))).toEqual({ allowed: false, denials: [{ principalId: 'a', reason }] })
  })

  it('counts a grant until the moment before its end', () => {
    expect(decideGrant(ask({ a: grant({ expiresAt: now + 1 }) })).allowed).toBe(true)
  })

  it.each(['a___b', '__a', '../a', ''])('denies the name %j', (principalId) => {
    const reason = 'malformed-principal'
    expect(decideGrant(ask({}, { principalId }))).toEqual({ allowed: false, denials: [{ principalId, reason }] })
  })

  it('denies a child whose parent lacks the grant, and says at every level why', () => {
    const rows = { a__b: grant({ principalId: packId('a__b') }), a__b__c: 'unreadable' } as const
    expect(decideGrant(ask(rows, { principalId: 'a__b__c' }))).toEqual({
      allowed: false,
      denials: [
        { principalId: 'a', reason: 'no-grant' },
        { principalId: 'a__b__c', reason: 'unreadable' },
      ],
    })
  })

  it('keeps the limit of a parent when its child states none', () => {
    const rows = { a: grant({ config: { max: 10 } }), a__b: grant({ principalId: packId('a__b'), config: {} }) }
    const decided = decideGrant(ask(rows, { principalId: 'a__b', defaults: { max: 100 } }))
    expect(decided).toMatchObject({ allowed: true, config: { max: 10 } })
  })
})
