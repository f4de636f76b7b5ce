import { describe, expect, it } from 'vitest'
import { decideApplication, decideApproval, decideRejection, standingOf } from './decide.ts'
import { expiryOf } from './checks.ts'
import { hashChanges, hashRemoval, proposalCollection, type ProposalRecord } from './records.ts'

const hash = `sha256:${'ab'.repeat(32)}`
const other = `sha256:${'cd'.repeat(32)}`
const open: ProposalRecord = proposalCollection.schema.parse({
  ...{
    id: 'prop_0123456789abcdef',
    subject: 'layer_awareness',
    hash,
    reason: 'clearer',
    by: 'delegate/http',
    at: 1000,
  },
  wish: {
    kind: 'skill',
    skillId: 'layer_awareness',
    base: other,
    source: { language: 'typescript', content: 'a'.repeat(64) },
  },
  ...{ expiresAt: expiryOf(1000), checks: [], status: 'open' },
})
const by = 'operator/cli'
const approved: ProposalRecord = { ...open, status: 'approved', approval: { by, at: 2000, hash } }

describe('a proposal', () => {
  it('waits for seven days and no longer, approved or not', () => {
    const end = 1000 + 7 * 24 * 3600 * 1000
    expect([standingOf(open, end - 1), standingOf(open, end)]).toEqual(['open', 'expired'])
    expect([standingOf(approved, end - 1), standingOf(approved, end)]).toEqual(['approved', 'expired'])
    expect(standingOf({ ...open, status: 'applied' }, end)).toBe('applied')
  })

  it('is approved by the hash that was reviewed, and by no other', () => {
    expect(decideApproval(open, { hash, by, at: 2000 })).toEqual({ ok: true, value: approved })
    expect(decideApproval(open, { hash: other, by, at: 2000 })).toMatchObject({
      ok: false,
      error: { code: 'proposal.hash', status: 409 },
    })
  })

  it.each([
    ['approved', approved, 2000],
    ['applied', { ...open, status: 'applied' }, 2000],
    ['rejected', { ...open, status: 'rejected' }, 2000],
    ['expired', open, open.expiresAt],
  ] as const)('that is %s is not approved again', (_, proposal, at) => {
    expect(decideApproval(proposal, { hash, by, at })).toMatchObject({ ok: false, error: { code: 'proposal.closed' } })
  })

  it('can be rejected until it is applied, also when it was approved or has expired', () => {
    const rejection = { reason: 'no', by, at: 3000 }
    for (const proposal of [open, approved])
      expect(decideRejection(proposal, rejection)).toEqual({
        ok: true,
        value: { ...proposal, status: 'rejected', rejection },
      })
    expect(decideRejection(open, { ...rejection, at: open.expiresAt })).toMatchObject({ ok: true })
    for (const status of ['applied', 'rejected'] as const)
      expect(decideRejection({ ...open, status }, rejection)).toMatchObject({
        ok: false,
        error: { code: 'proposal.closed' },
      })
  })

  it.each([
    ['open', open, 'proposal.unapproved'],
    ['approved under another hash', { ...approved, hash: other }, 'proposal.unapproved'],
    ['called approved without an approval', { ...open, status: 'approved' }, 'proposal.unapproved'],
    ['applied', { ...approved, status: 'applied' }, 'proposal.closed'],
    ['rejected', { ...approved, status: 'rejected' }, 'proposal.closed'],
  ] as const)('that is %s is not applied', (_, proposal, code) => {
    expect(decideApplication(proposal, { at: 3000, isApprovalNeeded: true })).toMatchObject({ code })
  })

  it('that is approved is applied, until it expires', () => {
    expect(decideApplication(approved, { at: 3000, isApprovalNeeded: true })).toBeUndefined()
    expect(decideApplication(approved, { at: approved.expiresAt, isApprovalNeeded: true })).toMatchObject({
      code: 'proposal.closed',
    })
  })

  it('that is open is applied where the policy asks for no approval, and never when it was rejected', () => {
    expect(decideApplication(open, { at: 3000, isApprovalNeeded: false })).toBeUndefined()
    expect(decideApplication({ ...open, status: 'rejected' }, { at: 3000, isApprovalNeeded: false })).toBeDefined()
  })
})

describe('the hash that an approval names', () => {
  it('differs for a skill and for its removal, and for any difference of files', () => {
    const change = { path: 'skills/kairos.md', before: null, after: 'a'.repeat(64), isExecutable: false }
    const hashes = [
      hashRemoval(hash),
      hashRemoval(other),
      hashChanges([change]),
      hashChanges([{ ...change, isExecutable: true }]),
      hashChanges([{ ...change, before: 'b'.repeat(64) }]),
      hashChanges([{ ...change, after: null }]),
      hashChanges([{ ...change, path: 'skills/kairos_.md' }]),
      hashChanges([change, change]),
    ]
    expect([new Set(hashes).size, hashes.every((one) => /^sha256:[0-9a-f]{64}$/.test(one))]).toEqual([
      hashes.length,
      true,
    ])
  })
})
