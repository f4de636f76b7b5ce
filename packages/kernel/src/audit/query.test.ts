import { describe, expect, it } from 'vitest'
import { sealEntry } from '../ledger/index.ts'
import { isWanted, parseTimeBound, type AuditFilter } from './query.ts'

const entry = sealEntry({
  entry: {
    kind: 'capability.deny',
    actor: 'weather',
    subject: 'notes',
    data: { principal_id: 'weather', permission_id: 'store.get', flow_id: 'weather.get', reason: 'no-grant' },
  },
  seq: 3,
  at: 1000,
})

describe('a question to the audit log', () => {
  it.each<readonly [AuditFilter, boolean]>([
    [{}, true],
    [{ category: 'security' }, true],
    [{ category: 'permission' }, false],
    [{ packId: 'weather' }, true],
    [{ packId: 'weath' }, false],
    [{ flowId: 'weather.get' }, true],
    [{ flowId: 'get' }, false],
    [{ action: 'capability_deny' }, true],
    [{ action: 'capability' }, false],
    [{ outcome: 'failure' }, true],
    [{ outcome: 'success' }, false],
    [{ since: 1000, until: 1000 }, true],
    [{ since: 1001 }, false],
    [{ until: 999 }, false],
    [{ category: 'security', packId: 'weather', outcome: 'success' }, false],
  ])('%j finds the entry: %s', (filter, isFound) => {
    expect(isWanted(entry, filter)).toBe(isFound)
  })
})

describe('a bound of time', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2026-01-31T09:30', '2026-01-31T09:30:00.000Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30:15.5Z', '2026-01-31T09:30:15.500Z', '2026-01-31T09:30:15.500Z'],
    ['2026-01-01T00:30:00+09:00', '2025-12-31T15:30:00.000Z', '2025-12-31T15:30:00.000Z'],
  ])('%s begins and ends in UTC', (text, start, end) => {
    expect([parseTimeBound(text, 'start'), parseTimeBound(text, 'end')]).toEqual([
      { ok: true, value: Date.parse(start) },
      { ok: true, value: Date.parse(end) },
    ])
  })

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-01-31T25:00',
    '2026-01-31 09:30',
    '1700000000',
  ])('%j is none', (text) => {
    expect(parseTimeBound(text, 'start')).toMatchObject({ ok: false })
  })
})
