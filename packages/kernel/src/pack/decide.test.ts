import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type TreeHash } from '../base/index.ts'
import { decideRun } from './catalog.ts'
import { decideApprove, decideReject, decideRemove, decideScan } from './decide.ts'
import type { FolderReading } from './ports.ts'
import { listKeptTrees, maxPackHistory, packRecordSchema, type PackRecord } from './record.ts'

const hash = (digit: string): TreeHash => treeHashSchema.parse(`sha256:${digit.repeat(64)}`)
const reading = (digit: string): FolderReading => ({ treeHash: hash(digit), fingerprint: `print-${digit}` })
const packId = packIdSchema.parse('weather_pack')
const reserved = packIdSchema.parse('core_evil')

function scan(record: PackRecord | undefined, digit: string, at = 1): PackRecord {
  const scanned = decideScan({ packId, record, current: reading(digit), at })
  if (!scanned.ok) throw new Error(scanned.error.kind)
  return scanned.value
}

function approve(record: PackRecord, digit: string, at = 2): PackRecord {
  const approval = decideApprove({ record, current: reading(digit), at })
  if (!approval.ok) throw new Error(approval.error.kind)
  return approval.value
}

function reject(record: PackRecord): PackRecord {
  const rejection = decideReject({ record, reason: 'no', at: 3 })
  if (!rejection.ok) throw new Error(rejection.error.kind)
  return rejection.value
}

describe('decideScan', () => {
  it('makes a pending record of a pack seen for the first time', () => {
    expect(scan(undefined, 'a')).toEqual({
      packId,
      status: 'pending',
      scannedHash: hash('a'),
      fingerprint: 'print-a',
      history: [{ action: 'scan', treeHash: hash('a'), at: 1 }],
    })
  })

  it('takes a new fingerprint over and adds nothing to the history when the content is the same', () => {
    const record = approve(scan(undefined, 'a'), 'a')
    const touched = decideScan({
      packId,
      record,
      current: { treeHash: hash('a'), fingerprint: 'touched' },
      at: 9,
    })
    expect(touched).toEqual({ ok: true, value: { ...record, fingerprint: 'touched' } })
  })

  it('never approves and never unblocks', () => {
    const approved = approve(scan(undefined, 'a'), 'a')
    const edited = scan(approved, 'b')
    expect(edited).toMatchObject({ status: 'approved', approvedHash: hash('a'), scannedHash: hash('b') })
    expect(decideRun({ record: edited, currentFingerprint: 'print-b' })).toEqual({ allowed: false, reason: 'modified' })
    expect(decideRun({ record: scan(edited, 'a'), currentFingerprint: 'print-a' }).allowed).toBe(true)
    expect(scan(reject(approved), 'b').status).toBe('blocked')
    expect(scan(scan(undefined, 'a'), 'b').status).toBe('pending')
  })

  it.each([
    ['unreadable', packId, undefined],
    ['reserved-id', reserved, reading('a')],
  ] as const)('refuses as %s', (kind, id, current) => {
    expect(decideScan({ packId: id, record: undefined, current, at: 1 })).toEqual({ ok: false, error: { kind } })
  })
})

describe('decideApprove', () => {
  it('records the bytes that were scanned, named and are there now', () => {
    const record = scan(undefined, 'a')
    expect(decideApprove({ record, current: reading('a'), namedHash: hash('a'), at: 2 })).toEqual({
      ok: true,
      value: {
        packId,
        status: 'approved',
        scannedHash: hash('a'),
        fingerprint: 'print-a',
        approvedHash: hash('a'),
        approvedAt: 2,
        history: [
          { action: 'scan', treeHash: hash('a'), at: 1 },
          { action: 'approve', treeHash: hash('a'), at: 2 },
        ],
      },
    })
  })

  it('works from every status, also blocked', () => {
    const blocked = reject(scan(undefined, 'a'))
    expect(approve(blocked, 'a')).toMatchObject({ status: 'approved' })
    expect(approve(blocked, 'a')).not.toHaveProperty('reason')
    expect(approve(approve(scan(undefined, 'a'), 'a'), 'a', 7)).toMatchObject({ approvedAt: 7 })
  })

  const pending = scan(undefined, 'a')
  it.each([
    ['an unknown pack', { record: undefined, current: reading('a') }, { kind: 'unknown-pack' }],
    ['a reserved name', { record: { ...pending, packId: reserved }, current: reading('a') }, { kind: 'unknown-pack' }],
    ['an unreadable folder', { record: pending, current: undefined }, { kind: 'unreadable' }],
    [
      'a folder edited after the scan',
      { record: pending, current: reading('b') },
      { kind: 'hash-mismatch', current: hash('b'), scanned: hash('a') },
    ],
    [
      'a named hash that is not there',
      { record: pending, current: reading('a'), namedHash: hash('b') },
      { kind: 'hash-mismatch', current: hash('a'), scanned: hash('a'), named: hash('b') },
    ],
    [
      'a named hash that was never scanned',
      { record: pending, current: reading('b'), namedHash: hash('b') },
      { kind: 'hash-mismatch', current: hash('b'), scanned: hash('a'), named: hash('b') },
    ],
  ])('refuses %s', (_name, input, error) => {
    expect(decideApprove({ ...input, at: 2 })).toEqual({ ok: false, error })
  })
})

describe('decideReject', () => {
  it('blocks at once and forgets what was approved', () => {
    expect(reject(approve(scan(undefined, 'a'), 'a'))).toEqual({
      packId,
      status: 'blocked',
      scannedHash: hash('a'),
      fingerprint: 'print-a',
      reason: 'no',
      history: [
        { action: 'scan', treeHash: hash('a'), at: 1 },
        { action: 'approve', treeHash: hash('a'), at: 2 },
        { action: 'reject', treeHash: hash('a'), at: 3 },
      ],
    })
  })

  it('cuts a reason that is too long and refuses an unknown pack', () => {
    const long = decideReject({ record: scan(undefined, 'a'), reason: 'x'.repeat(5_000), at: 3 })
    expect(long.ok && packRecordSchema.safeParse(long.value).success).toBe(true)
    expect(decideReject({ record: undefined, reason: '', at: 1 })).toEqual({
      ok: false,
      error: { kind: 'unknown-pack' },
    })
  })
})

describe('decideRemove', () => {
  it('releases the trees of the record, each once', () => {
    const pending = scan(undefined, 'a')
    const approved = approve(pending, 'a')
    expect([pending, approved, scan(approved, 'b'), reject(pending)].map((record) => decideRemove(record))).toEqual([
      { ok: true, value: { packId, released: [hash('a')] } },
      { ok: true, value: { packId, released: [hash('a')] } },
      { ok: true, value: { packId, released: [hash('a'), hash('b')] } },
      { ok: true, value: { packId, released: [hash('a')] } },
    ])
    expect(decideRemove(undefined)).toEqual({ ok: false, error: { kind: 'unknown-pack' } })
  })

  it('leaves the trees of other records to be kept', () => {
    const approved = approve(scan(undefined, 'a'), 'a')
    expect(listKeptTrees([scan(approved, 'b'), scan(undefined, 'c')])).toEqual(
      new Set([hash('a'), hash('b'), hash('c')]),
    )
  })
})

describe('a history of decisions', () => {
  const step = fc.tuple(fc.constantFrom('scan', 'approve', 'reject'), fc.constantFrom('a', 'b', 'c'))

  it('only ever lets bytes run that an approval named, and stays a record that can be kept', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let record: PackRecord | undefined
        let named: string | undefined
        for (const [action, digit] of steps) {
          const current = reading(digit)
          const decided =
            action === 'scan'
              ? decideScan({ packId, record, current, at: 1 })
              : action === 'approve'
                ? decideApprove({ record, current, at: 1 })
                : decideReject({ record, reason: '', at: 1 })
          if (!decided.ok) continue
          record = decided.value
          if (action !== 'scan') named = action === 'approve' ? digit : undefined
          const run = decideRun({ record, currentFingerprint: current.fingerprint })
          if (run.allowed) expect([run.approvedHash, digit]).toEqual([hash(named!), named])
          expect(packRecordSchema.parse(record)).toEqual(record)
        }
      }),
    )
  })

  it('keeps the newest fifty', () => {
    let record = scan(undefined, 'a', 0)
    for (let at = 1; at <= 2 * maxPackHistory; at += 1) record = scan(record, at % 2 === 0 ? 'a' : 'b', at)
    expect(record.history.map((entry) => entry.at)).toEqual(Array.from({ length: 50 }, (_, at) => at + 51))
  })
})
