import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packIdSchema, treeHashSchema, type TreeHash } from '../base/index.ts'
import { decideRun, packState } from './catalog.ts'
import type { FoundPack } from './ports.ts'
import type { PackRecord } from './record.ts'

const hash = (digit: string): TreeHash => treeHashSchema.parse(`sha256:${digit.repeat(64)}`)
const packId = packIdSchema.parse('weather_pack')
const base = { packId, scannedHash: hash('a'), fingerprint: 'seen', history: [] }
const pending: PackRecord = { ...base, status: 'pending' }
const approved: PackRecord = { ...base, status: 'approved', approvedHash: hash('a'), approvedAt: 1 }
const rescanned: PackRecord = { ...approved, scannedHash: hash('b') }
const blocked: PackRecord = { ...base, status: 'blocked', reason: '' }

const found = (over: Partial<FoundPack> = {}): FoundPack => ({
  packId,
  directory: '/home/ecosystem/weather_pack',
  location: 'ecosystem/weather_pack',
  subdir: 'backend',
  fingerprint: 'seen',
  diagnostics: [{ severity: 'warning', code: 'pack.unknown_key', message: '' }],
  ...over,
})
const broken = found({ diagnostics: [{ severity: 'error', code: 'pack.manifest_json', message: '' }] })

describe('packState', () => {
  it.each([
    ['installed', undefined, found(), false],
    ['error', undefined, broken, false],
    ['error', undefined, undefined, false],
    ['pending', pending, found(), false],
    ['pending', pending, found({ fingerprint: 'new' }), false],
    ['error', pending, broken, false],
    ['error', pending, undefined, false],
    ['approved', approved, found(), false],
    ['running', approved, found(), true],
    ['modified', approved, found({ fingerprint: 'new' }), false],
    ['modified', approved, found({ fingerprint: 'new' }), true],
    ['modified', approved, undefined, true],
    ['modified', rescanned, found(), false],
    ['error', approved, broken, true],
    ['blocked', blocked, found(), true],
    ['blocked', blocked, broken, false],
    ['blocked', blocked, undefined, false],
  ] as const)('is %s (case %#)', (...row) => {
    const [state, record, folder, running] = row
    expect(packState({ record, found: folder, running })).toBe(state)
  })

  it('is modified when an approved folder cannot be looked at', () => {
    const { fingerprint: _, ...unreadable } = found()
    expect(packState({ record: approved, found: unreadable, running: false })).toBe('modified')
  })
})

describe('decideRun', () => {
  it.each([
    ['unknown_pack', undefined, undefined],
    ['not_approved', undefined, 'seen'],
    ['not_approved', pending, 'seen'],
    ['blocked', blocked, 'seen'],
    ['modified', approved, 'new'],
    ['modified', approved, undefined],
    ['modified', rescanned, 'seen'],
    ['not_approved', { ...approved, packId: packIdSchema.parse('core_evil') }, 'seen'],
    ['not_approved', { ...approved, packId: packIdSchema.parse('Kernel') }, 'seen'],
  ] as const)('refuses as %s (case %#)', (reason, record, currentFingerprint) => {
    expect(decideRun({ record, currentFingerprint })).toEqual({ allowed: false, reason })
  })

  it('names the approved tree', () => {
    expect(decideRun({ record: approved, currentFingerprint: 'seen' })).toEqual({
      allowed: true,
      approvedHash: hash('a'),
    })
  })

  it('allows exactly what is shown as approved or running', () => {
    const records = fc.constantFrom(undefined, pending, approved, rescanned, blocked)
    const prints = fc.constantFrom('seen', 'new', undefined)
    fc.assert(
      fc.property(records, prints, fc.boolean(), (record, fingerprint, running) => {
        const folder = fingerprint === undefined ? undefined : found({ fingerprint })
        const state = packState({ record, found: folder, running })
        const runnable = state === 'approved' || state === 'running'
        expect(decideRun({ record, currentFingerprint: fingerprint }).allowed).toBe(runnable)
      }),
    )
  })
})
