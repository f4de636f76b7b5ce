import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema } from '../base/index.ts'
import { permissionIdSchema } from '../grant/index.ts'
import { findCandidateKey, formatCandidateKey } from './candidate-key.ts'
import {
  candidateRecordSchema,
  decideCandidateApprove,
  decideCandidateReject,
  decideCandidateScan,
  decideCandidateUnblock,
  failCandidate,
  type CandidateOffer,
  type CandidateRecord,
} from './candidate.ts'

const hour = 3_600_000
const offerOf = (slug: string, permission: string, digit = 'a'): CandidateOffer => ({
  candidateKey: `my_pack:${slug}:handler:${digit.repeat(64)}`,
  manifestSha256: 'b'.repeat(64),
  contentHash: treeHashSchema.parse(`sha256:${'d'.repeat(64)}`),
  permissionId: permissionIdSchema.parse(permission),
  entrypoint: 'handler.py:execute',
})
const offer = offerOf('fs_read', 'fs.read')
const scan = (record: CandidateRecord | undefined, at: number, found = offer) =>
  decideCandidateScan({ record, offer: found, at })
const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
const approve = (record: CandidateRecord | undefined, current = offer, installed: readonly CandidateOffer[] = []) =>
  decideCandidateApprove({ record, current, installed, at: 7 })
const reject = (record: CandidateRecord | undefined, at: number) => decideCandidateReject({ record, reason: 'no', at })

const pending: CandidateRecord = { offer, rejectCount: 0, updatedAt: 0, status: 'pending' }
const installed: CandidateRecord = { offer, rejectCount: 0, updatedAt: 7, status: 'installed' }
const rejected: CandidateRecord = { offer, rejectCount: 1, updatedAt: 0, status: 'rejected', cooldownUntil: hour }
const blocked: CandidateRecord = { offer, rejectCount: 3, updatedAt: 0, status: 'blocked', reason: 'no' }
const failed = failCandidate(installed, 'disk full', 8)

describe('a scan', () => {
  it('offers what was never seen', () => {
    expect(scan(undefined, 0)).toEqual({ kind: 'created', record: pending })
  })

  it.each([
    ['pending', pending],
    ['installed', installed],
    ['blocked', blocked],
    ['failed', failed],
  ])('leaves what is %s as it is', (reason, record) => {
    expect(scan(record, 9)).toEqual({ kind: 'skipped', reason, record })
  })

  it('offers what was rejected again after exactly an hour, with the rejections still counted', () => {
    expect(scan(rejected, hour - 1)).toEqual({ kind: 'skipped', reason: 'cooldown', record: rejected })
    expect(scan(rejected, Number.NaN)).toMatchObject({ reason: 'cooldown' })
    expect(scan(rejected, hour)).toEqual({ kind: 'created', record: { ...pending, rejectCount: 1, updatedAt: hour } })
  })

  it('shows the operator a handler.json that changed while nobody had decided, and no other', () => {
    const changed = { ...offer, manifestSha256: 'c'.repeat(64), permissionId: permissionIdSchema.parse('fs.write') }
    expect(scan(pending, 9, changed)).toMatchObject({ reason: 'pending', record: { offer: changed, updatedAt: 9 } })
    expect(scan(failed, 9, changed)).toMatchObject({ reason: 'failed', record: { offer: changed, updatedAt: 9 } })
    expect(scan(installed, 9, changed)).toEqual({ kind: 'skipped', reason: 'installed', record: installed })
  })
})

describe('an approval', () => {
  it('installs what is pending, or failed before', () => {
    expect(approve(pending)).toEqual({ ok: true, value: installed })
    expect(approve(failed)).toEqual({ ok: true, value: installed })
  })

  it.each([
    ['unknown', undefined, { kind: 'unknown-candidate' }],
    ['installed', installed, { kind: 'not-waiting', status: 'installed' }],
    ['rejected', rejected, { kind: 'not-waiting', status: 'rejected' }],
    ['blocked', blocked, { kind: 'not-waiting', status: 'blocked' }],
  ])('is refused for what is %s', (_name, record, error) => {
    expect(approve(record)).toEqual({ ok: false, error })
  })

  it('is refused when the code or the handler.json was swapped after the review', () => {
    const error = { kind: 'changed-since-scan' }
    expect(approve(pending, { ...offer, manifestSha256: 'c'.repeat(64) })).toEqual({ ok: false, error })
    const contentHash = treeHashSchema.parse(`sha256:${'e'.repeat(64)}`) // a file that the entrypoint imports
    expect(approve(pending, { ...offer, contentHash })).toEqual({ ok: false, error })
    expect(approve(pending, offerOf('fs_read', 'fs.read', 'd'))).toEqual({ ok: false, error })
  })

  it('is refused when another handler has the folder or the permission', () => {
    const by = (other: CandidateOffer) => ({ ok: false, error: { kind: 'taken', by: other.candidateKey } })
    const sameSlug = offerOf('fs_read', 'fs.list', 'd')
    const samePermission = offerOf('other', 'fs.read', 'd')
    expect(approve(pending, offer, [sameSlug])).toEqual(by(sameSlug))
    expect(approve(pending, offer, [samePermission])).toEqual(by(samePermission))
    expect(approve(pending, offer, [offerOf('other', 'fs.list', 'd')])).toMatchObject({ ok: true })
    // A kept key that cannot be read has no folder of its own; it still answers its permission.
    expect(approve(pending, offer, [{ ...sameSlug, candidateKey: '?' }])).toMatchObject({ ok: true })
  })
})

describe('a rejection', () => {
  it('counts to three: an hour, an hour, blocked', () => {
    const first = value(reject(pending, 10))
    expect(first).toEqual({ offer, rejectCount: 1, updatedAt: 10, status: 'rejected', cooldownUntil: 10 + hour })
    const second = value(reject(scan(first, 10 + hour).record, 20 + hour))
    expect(second).toMatchObject({ rejectCount: 2, status: 'rejected' })
    const third = value(reject(scan(second, 20 + 2 * hour).record, 30 + 2 * hour))
    expect(third).toEqual({ offer, rejectCount: 3, updatedAt: 30 + 2 * hour, status: 'blocked', reason: 'no' })
    expect(scan(third, 100 * hour)).toMatchObject({ kind: 'skipped', reason: 'blocked' })
  })

  it('takes no second decision about what is decided', () => {
    expect(reject(installed, 1)).toEqual({ ok: false, error: { kind: 'not-waiting', status: 'installed' } })
    expect(reject(rejected, 1)).toEqual({ ok: false, error: { kind: 'not-waiting', status: 'rejected' } })
    expect(reject(undefined, 1)).toEqual({ ok: false, error: { kind: 'unknown-candidate' } })
    expect(reject(failed, 1)).toMatchObject({ ok: true })
  })

  it('keeps a bounded reason', () => {
    const wish = { record: { ...pending, rejectCount: 2 }, reason: 'x'.repeat(5_000), at: 1 }
    expect(value(decideCandidateReject(wish))).toMatchObject({ reason: 'x'.repeat(1_000) })
    expect(failCandidate(installed, 'x'.repeat(5_000), 1)).toMatchObject({ lastError: 'x'.repeat(1_000) })
  })
})

describe('an unblock', () => {
  it('gives one more chance after another hour', () => {
    const lifted = value(decideCandidateUnblock(blocked, 5))
    expect(lifted).toEqual({ offer, rejectCount: 3, updatedAt: 5, status: 'rejected', cooldownUntil: 5 + hour })
    expect(value(reject(scan(lifted, 5 + hour).record, 6 + hour))).toMatchObject({ status: 'blocked', rejectCount: 4 })
  })

  it('is refused for what is not blocked', () => {
    expect(decideCandidateUnblock(undefined, 5)).toEqual({ ok: false, error: { kind: 'unknown-candidate' } })
    expect(decideCandidateUnblock(pending, 5)).toEqual({ ok: false, error: { kind: 'not-blocked', status: 'pending' } })
  })
})

describe('any history of a candidate', () => {
  it('installs only after an approval, never offers what is blocked, and stays a record that can be kept', () => {
    const action = fc.constantFrom('scan', 'approve', 'fail', 'reject', 'unblock', 'wait')
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let record: CandidateRecord | undefined
        let now = 0
        for (const wish of actions) {
          const before: CandidateRecord | undefined = record
          now += wish === 'wait' ? hour : 1
          const decided =
            wish === 'approve'
              ? approve(record)
              : wish === 'reject'
                ? reject(record, now)
                : wish === 'unblock'
                  ? decideCandidateUnblock(record, now)
                  : undefined
          if (decided?.ok) record = decided.value
          if (wish === 'scan') record = scan(record, now).record
          if (wish === 'fail' && record?.status === 'installed') record = failCandidate(record, 'x', now)
          if (record === undefined) continue
          expect(candidateRecordSchema.parse(record)).toEqual(record)
          if (record.status === 'installed' && before?.status !== 'installed') expect(wish).toBe('approve')
          if (before?.status === 'blocked' && record.status !== 'blocked') expect(wish).toBe('unblock')
          expect(record.rejectCount).toBeGreaterThanOrEqual(before?.rejectCount ?? 0)
          if (before?.status === 'rejected' && record.status === 'pending') {
            expect(now).toBeGreaterThanOrEqual(before.cooldownUntil)
          }
        }
      }),
    )
  })
})

describe('a candidate key', () => {
  const key = {
    packId: packIdSchema.parse('my_pack'),
    slug: 'fs_read_v1',
    handlerId: 'fs.read-1',
    sha256: 'a'.repeat(64),
  }

  it('is written and read as pack:slug:handler_id:sha256', () => {
    const text = `my_pack:fs_read_v1:fs.read-1:${'a'.repeat(64)}`
    expect(formatCandidateKey(key)).toBe(text)
    expect(findCandidateKey(text)).toEqual(key)
  })

  it.each([
    '',
    'a:b:c',
    `a:b:c:d:${'a'.repeat(64)}`,
    `a::c:${'a'.repeat(64)}`,
    `../a:b:c:${'a'.repeat(64)}`,
    `a:b.c:d:${'a'.repeat(64)}`,
    `a:b:c:${'A'.repeat(64)}`,
    `a:b:c:${'a'.repeat(63)}`,
    ` a:b:c:${'a'.repeat(64)}`,
  ])('is not %j', (text) => {
    expect(findCandidateKey(text)).toBeUndefined()
  })
})
