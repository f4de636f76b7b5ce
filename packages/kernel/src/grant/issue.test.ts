import { describe, expect, it } from 'vitest'
import { grantRequestSchema, issueGrant, nextEpoch, parseGrantBatch, spendUses } from './issue.ts'
import { checkSignature } from './record.ts'
import { grant, key, packId } from './test-grants.ts'

const request = (body: Record<string, unknown> = {}) =>
  grantRequestSchema.parse({ principal_id: 'a__b', permission_id: 'fs.read', ...body })
const issue = (body: Record<string, unknown>, epochFloor?: number) =>
  issueGrant({ request: request(body), epochFloor, nowMs: 1_000, key })

describe('issueGrant', () => {
  it('signs what was asked, with an epoch above all before it', () => {
    const issued = issue({ config: { allowed_keys: ['A'] }, expires_at: '1970-01-01T01:00:02+01:00', max_uses: 3 }, 7)
    expect(issued).toEqual({
      ok: true,
      value: {
        principalId: 'a__b',
        permissionId: 'fs.read',
        config: { allowed_keys: ['A'] },
        epoch: 8,
        grantedAt: 1_000,
        expiresAt: 2_000,
        usesLeft: 3,
        keyId: key.keyId,
        signature: expect.any(String),
      },
    })
    expect(issued.ok && checkSignature(issued.value, [key])).toBe('valid')
  })

  it('begins at epoch 1 and allows nothing by itself', () => {
    expect(issue({})).toMatchObject({ ok: true, value: { epoch: 1, config: {} } })
    expect(nextEpoch(undefined)).toBe(1)
  })

  it.each([
    [{ principal_id: 'a___b' }, 'ambiguous'],
    [{ principal_id: '../a' }, 'malformed'],
    [{ expires_at: '1970-01-01T00:00:01Z' }, 'expires-in-the-past'],
  ])('refuses %j as %s', (body, kind) => {
    expect(issue(body)).toEqual({ ok: false, error: { kind } })
  })

  it.each([
    { principal_id: '' },
    { permission_id: 'a b' },
    { config: { allowed_keys: '*' } },
    { expires_at: 'tomorrow' },
    { expires_at: '2026-01-01T00:00:00' },
    { max_uses: 0 },
    { max_uses: 1.5 },
    { granted: true },
  ])('does not read %j', (body) => {
    expect(() => request(body)).toThrow('')
  })
})

describe('parseGrantBatch', () => {
  it('keeps the good items of a batch with bad ones, in order', () => {
    const good = { principal_id: 'a', permission_id: 'fs.read' }
    const batch = parseGrantBatch([good, { ...good, config: { allowed_x: 1 }, permission_id: '' }, 'x', good])
    expect(batch).toEqual({
      ok: true,
      value: [
        { ok: true, value: { ...good, config: {} } },
        { ok: false, error: [expect.stringMatching(/^permission_id: /), expect.stringMatching(/^config: /)] },
        { ok: false, error: ['Invalid input: expected object, received string'] },
        { ok: true, value: { ...good, config: {} } },
      ],
    })
  })

  it('takes fifty and refuses fifty-one', () => {
    expect(parseGrantBatch(Array.from({ length: 50 }, () => 1))).toMatchObject({ ok: true })
    expect(parseGrantBatch(Array.from({ length: 51 }, () => 1))).toEqual({ ok: false, error: { kind: 'too-many' } })
  })
})

describe('spendUses', () => {
  it('takes one use from every level that counts them', () => {
    const counted = grant({ usesLeft: 2 })
    const free = grant({ principalId: packId('a__b') })
    const spent = spendUses([counted, free], key)
    expect(spent).toMatchObject([{ principalId: 'a', usesLeft: 1, epoch: 4 }])
    expect(spent.map((record) => checkSignature(record, [key]))).toEqual(['valid'])
  })
})
