import { describe, expect, it } from 'vitest'
import { decideTrust, findTrustList } from './trust.ts'

const digest = (letter: string) => letter.repeat(64)
const list = findTrustList([
  { handler_id: 'fs_read', sha256: digest('A'), note: 'reviewed' },
  { handler_id: 'fs_read', sha256: digest('b') },
  { handler_id: 'other', sha256: digest('c') },
])

describe('decideTrust', () => {
  it.each([
    ['fs_read', 'a', { allowed: true }],
    ['fs_read', 'b', { allowed: true }],
    ['fs_read', 'c', { allowed: false, reason: 'digest-mismatch' }],
    ['FS_READ', 'a', { allowed: false, reason: 'unknown-handler' }],
    ['constructor', 'a', { allowed: false, reason: 'unknown-handler' }],
  ])('%s with digest %s…', (handlerId, letter, decision) => {
    expect(decideTrust({ list, handlerId, sha256: digest(letter) })).toEqual(decision)
  })

  it('denies while no list is loaded', () => {
    const question = { list: undefined, handlerId: 'fs_read', sha256: digest('a') }
    expect(decideTrust(question)).toEqual({ allowed: false, reason: 'not-loaded' })
  })
})

describe('findTrustList', () => {
  it('reads an empty list, which trusts nothing', () => {
    expect(findTrustList([])).toEqual(new Map())
  })

  it.each([
    ['no list', {}],
    ['an empty id', [{ handler_id: '', sha256: digest('a') }]],
    ['a short digest', [{ handler_id: 'a', sha256: 'aa' }]],
    ['a digest that is no hex', [{ handler_id: 'a', sha256: digest('g') }]],
    ['an unknown field', [{ handler_id: 'a', sha256: digest('a'), trusted: true }]],
    ['one bad entry after a good one', [{ handler_id: 'a', sha256: digest('a') }, null]],
  ])('trusts nothing when there is %s', (_name, entries) => {
    expect(findTrustList(entries)).toBeUndefined()
  })
})
