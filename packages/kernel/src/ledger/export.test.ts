import { expect, it } from 'vitest'
import { encodeEntry } from './entry.ts'
import { formatExport } from './export.ts'
import { exportOfEntries, noteOfEntries, testEntries, treeOfEntries } from './test-ledger.ts'

it('an export is a header, the leaf hashes and the entries of each block, and the checkpoint', () => {
  const entries = testEntries(300)
  const lines = exportOfEntries(entries)
  const hexes = treeOfEntries(entries).leaves.map((leaf) => Buffer.from(leaf).toString('hex'))
  const encoded = entries.map(encodeEntry)
  expect(lines).toEqual([
    '{"format":"rumi-ledger/1","origin":"example.com/ledger","size":300}',
    JSON.stringify({ leaves: hexes.slice(0, 256) }),
    ...encoded.slice(0, 256),
    JSON.stringify({ leaves: hexes.slice(256) }),
    ...encoded.slice(256),
    JSON.stringify({ checkpoint: noteOfEntries(entries) }),
  ])
})

it.each([
  [0, 2],
  [1, 4],
  [256, 259],
  [257, 261],
])('an export of %d entries has %d lines', (count, lines) => {
  expect(exportOfEntries(testEntries(count))).toHaveLength(lines)
})

it('an export stops at the size that was signed, although more entries came since', () => {
  const [entries, later] = [testEntries(5), testEntries(9)]
  const source = { origin: 'example.com/ledger', size: 5, checkpoint: noteOfEntries(entries) }
  const { readNode } = treeOfEntries(later)
  expect([...formatExport({ ...source, entries: later, readNode })]).toEqual(exportOfEntries(entries))
})

it('an export fails when entries are missing', () => {
  const entries = testEntries(5)
  const source = { origin: 'x', size: 6, checkpoint: '', entries, readNode: () => Buffer.alloc(32) }
  expect(() => [...formatExport(source)]).toThrow(RangeError)
})
