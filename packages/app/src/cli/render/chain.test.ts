import { expect, it } from 'vitest'
import { renderChainHistory, renderChainReport, renderChainStatus } from './chain.ts'
import { style } from './test-style.ts'

it('the verdict on a record names every fault with its origin, and no good news beside it', () => {
  const faults = [
    { origin: 'imported', index: 3, message: 'another hash' },
    { origin: 'ledger', index: null, message: 'a gap' },
  ]
  const report = { ok: false, entries: 4, root: 'abc', imported: { length: 9, head: 'def' }, faults }
  expect(renderChainReport(report, style).split('\n')).toEqual([
    '<red>The record is NOT intact: 2 fault(s).</>',
    expect.stringContaining('abc'),
    '  imported 3: another hash',
    '  ledger: a gap',
    '',
  ])
  expect(renderChainReport({ ...report, ok: true, faults: [] }, style)).toMatch(/4 entries[^]*intact: 9 block/)
})

it('the history is a line each, with what was recorded as JSON that a terminal can show', () => {
  const entry = { type: 'record', at: '2026-01-01T00:00:00.000Z', by: null, subject: null, data: { log: 'a\n\u001b' } }
  const entries = [
    { ...entry, origin: 'ledger', index: 12 },
    { ...entry, origin: 'imported', index: 0 },
  ]
  expect(renderChainHistory(entries, style).split('\n').slice(1)).toEqual([
    '12          2026-01-01 00:00:00Z  record             {"log":"a\\n\\u001b"}',
    'imported 0  2026-01-01 00:00:00Z  record             {"log":"a\\n\\u001b"}',
    '',
  ])
})

it('the status leaves out what there is not', () => {
  expect(renderChainStatus({ length: 7, latest: null, imported: null }, style)).toBe('entries  7\n')
})
