import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signCheckpoint } from '../checkpoint.ts'
import { encodeEntry, type LedgerEntry } from '../entry.ts'
import { formatExport, formatExportHeader, formatExportLeaves, formatExportTrailer } from '../export.ts'
import { createTestSigner, exportOfEntries, noteOfEntries, testEntries, treeOfEntries } from '../test-ledger.ts'
import { createExportVerifier } from './export-verifier.ts'
import type { LedgerReport } from './report.ts'

const signer = createTestSigner()
const entries = testEntries(9)
const lines = exportOfEntries(entries)
/** The line of entry 0: behind the header and the leaf hashes. */
const FIRST = 2

function verify(lines: readonly string[], trusted?: string): LedgerReport {
  const verifier = createExportVerifier(signer, trusted === undefined ? {} : { trusted })
  for (const line of lines) verifier.line(line)
  return verifier.finish()
}

function kinds(report: LedgerReport): readonly string[] {
  return report.problems.map(({ kind }) => kind)
}

describe('an untouched export', () => {
  it.each([0, 1, 2, 3, 255, 256, 257, 600])('of %d entries is believed', (count) => {
    const entries = testEntries(count)
    const root = Buffer.from(treeOfEntries(entries).root(count)).toString('hex')
    expect(verify(exportOfEntries(entries))).toEqual({ ok: true, size: count, root, problems: [] })
  })

  it('is believed with any earlier checkpoint of the same ledger', () => {
    for (let size = 0; size <= 9; size += 1) {
      expect(verify(lines, noteOfEntries(entries.slice(0, size))).ok).toBe(true)
    }
  })
})

describe('a damaged export (AUD-03)', () => {
  it('names the entry of which any character was changed', () => {
    for (const seq of [0, 4, 8]) {
      const line = encodeEntry(entries[seq]!)
      for (let at = 0; at < line.length; at += 1) {
        for (const other of [String.fromCharCode(line.charCodeAt(at) ^ 1), '']) {
          const report = verify(lines.with(FIRST + seq, line.slice(0, at) + other + line.slice(at + 1)))
          expect(report).toMatchObject({ ok: false, firstBad: { seq } })
        }
      }
    }
  })

  it.each(entries.map(({ seq }) => seq))('names entry %d when its line is gone', (seq) => {
    const reason = seq === 8 ? 'missing' : 'wrong-seq'
    expect(verify(lines.toSpliced(FIRST + seq, 1))).toMatchObject({ ok: false, firstBad: { seq, reason } })
  })

  it.each(entries.map(({ seq }) => seq))('names the entry behind %d when its line is doubled', (seq) => {
    const reason = seq === 8 ? 'unexpected' : 'wrong-seq'
    const report = verify(lines.toSpliced(FIRST + seq, 0, lines[FIRST + seq]!))
    expect(report).toMatchObject({ ok: false, firstBad: { seq: seq + 1, reason } })
  })

  it.each(entries.slice(1).map(({ seq }) => seq))(
    'names the first of two entries that changed places before %d',
    (seq) => {
      const at = FIRST + seq
      const report = verify(lines.with(at - 1, lines[at]!).with(at, lines[at - 1]!))
      expect(report).toMatchObject({ ok: false, firstBad: { seq: seq - 1, reason: 'wrong-seq' } })
    },
  )

  it.each([0, 4, 8])('names the place %d where an entry was put in, and all after it renumbered', (seq) => {
    const forged = { ...entries[0]!, subject: 'forged', seq }
    const tail = entries.slice(seq).map((entry) => encodeEntry({ ...entry, seq: entry.seq + 1 }))
    const report = verify([...lines.slice(0, FIRST + seq), encodeEntry(forged), ...tail, lines.at(-1)!])
    expect(report).toMatchObject({ ok: false, firstBad: { seq, reason: 'changed' } })
  })

  it('names the right entry in a later block', () => {
    const entries = testEntries(600)
    const lines = exportOfEntries(entries)
    const at = lines.indexOf(encodeEntry(entries[400]!))
    expect(verify(lines.with(at, lines[at]!.replace('pack-400', 'pack-4oo')))).toMatchObject({
      ok: false,
      firstBad: { seq: 400, reason: 'changed' },
      problems: [{ kind: 'entry' }],
    })
    expect(verify(lines.toSpliced(lines.indexOf(encodeEntry(entries[255]!)), 1)).firstBad).toEqual({
      seq: 255,
      reason: 'missing',
    })
  })

  it.each([
    ['gone', 1, []],
    ['doubled', 1, [lines[1]!, lines[1]!]],
    ['unreadable', 1, ['{"leaves":[]}']],
    ['in another order', 1, [lines[1]!.replaceAll('"leaves"', ' "leaves"')]],
  ])('is refused when the line of leaf hashes is %s', (_, at, replacement) => {
    expect(verify(lines.toSpliced(at, 1, ...replacement))).toMatchObject({ ok: false, firstBad: { seq: 0 } })
  })

  it('is refused when a leaf hash was changed, with and without its entry', () => {
    const changed = lines[1]!.replace(/[0-9a-f]"\]/, (end) => (end.startsWith('0') ? '1"]' : '0"]'))
    expect(kinds(verify(lines.with(1, changed)))).toEqual(['entry', 'root-mismatch'])
    const other = entries.with(3, { ...entries[3]!, subject: 'forged' })
    const fresh = formatExportLeaves(treeOfEntries(other).leaves)
    const report = verify(lines.with(1, fresh).with(FIRST + 3, encodeEntry(other[3]!)))
    expect(report.firstBad).toBeUndefined()
    expect(kinds(report)).toEqual(['root-mismatch'])
  })

  it('is refused when a block in the middle is short', () => {
    const { leaves } = treeOfEntries(entries)
    const [first, rest] = [formatExportLeaves(leaves.slice(0, 4)), formatExportLeaves(leaves.slice(4))]
    const report = verify([lines[0]!, first, ...lines.slice(2, 6), rest, ...lines.slice(6)])
    expect(report).toMatchObject({ ok: false, firstBad: { seq: 4, reason: 'no-leaves' } })
  })

  it('is refused wherever it ends too early, or goes on', () => {
    for (let count = 0; count < lines.length; count += 1) {
      const report = verify(lines.slice(0, count))
      expect(report.ok).toBe(false)
      expect(kinds(report)).toContain('incomplete')
    }
    expect(verify(lines.slice(0, 6)).firstBad).toEqual({ seq: 4, reason: 'missing' })
    expect(verify(lines.slice(0, -1)).firstBad).toBeUndefined()
    for (const extra of ['', lines.at(-1)!, lines[3]!]) {
      expect(kinds(verify([...lines, extra, extra]))).toEqual(['trailing-data'])
    }
  })

  it('is refused without its checkpoint line, or when that is not one', () => {
    expect(kinds(verify([...lines.slice(0, -1), '{"checkpoint":7}']))).toEqual(['checkpoint'])
    expect(kinds(verify([...lines.slice(0, -1), '{"checkpoint":"\\ud800"}']))).toEqual(['checkpoint'])
    expect(kinds(verify([...lines.slice(0, -1), formatExportTrailer('nothing')]))).toEqual(['checkpoint'])
  })

  it.each([
    ['is missing', lines.slice(1), ['header']],
    ['has another format', lines.with(0, lines[0]!.replace('/1', '/2')), ['header']],
    ['has other spaces', lines.with(0, lines[0]!.replace(':', ': ')), ['header']],
    ['has a key twice', lines.with(0, lines[0]!.replace('}', ',"size":9}')), ['header']],
    ['has half a character', lines.with(0, lines[0]!.replace('example', '\\ud800')), ['header']],
    ['names another ledger', lines.with(0, formatExportHeader({ origin: 'other', size: 9 })), ['header']],
    ['promises more', lines.with(0, formatExportHeader({ origin: signer.name, size: 10 })), ['size-mismatch']],
  ])('is refused when the header %s', (_, damaged, expected) => {
    const report = verify(damaged)
    expect(report.ok).toBe(false)
    expect(kinds(report)).toEqual(expected)
  })

  it('is never believed after any single line was changed at random, and names no entry before the damage', () => {
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(), fc.string({ maxLength: 5 }), (index, chosen, text) => {
        const line = lines[index]!
        const at = chosen % (line.length + 1)
        const changed = line.slice(0, at) + text + line.slice(at + text.length)
        if (changed === line) return
        const report = verify(lines.with(index, changed))
        expect(report.ok).toBe(false)
        if (report.firstBad) expect(report.firstBad.seq).toBeGreaterThanOrEqual(Math.max(0, index - FIRST))
      }),
      { numRuns: 400 },
    )
  })
})

describe('an entry in another form', () => {
  const line = encodeEntry(entries[2]!)

  it.each([
    ['not-json', ''],
    ['not-json', 'null and void'],
    ['not-json', line.replace('"seq":2', '"seq":2,"seq":2')],
    ['not-json', `[${'['.repeat(1000)}`],
    ['not-json', `{"a":"${'x'.repeat(200_000)}"}`],
    ['wrong-shape', 'null'],
    ['wrong-shape', line.replace('"seq":2', '"seq":"2"')],
    ['not-json', line.replace('"x":14', '"x":1e999')],
    ['wrong-shape', line.replace('"note":"n"', '"note":"\\ud800"')],
    ['wrong-shape', line.replace('"seq":2', '"prev":0,"seq":2')],
    ['not-canonical', `${line} `],
    ['not-canonical', `${line}\n`],
    ['not-canonical', line.replace('"x":14', '"x":14.0')],
    ['not-canonical', line.replace('"x":14', '"x":-0')],
    ['not-canonical', line.replace('"note":"n"', '"note":"\\u006e"')],
    ['not-canonical', line.replace('{"actor":"operator",', '{').replace(/}$/, ',"actor":"operator"}')],
    ['wrong-seq', line.replace('"seq":2', '"seq":3')],
    ['changed', line.replace('"x":14', '"x":15')],
  ])('is refused as %s', (reason, forged) => {
    expect(forged).not.toBe(line)
    expect(verify(lines.with(FIRST + 2, forged)).firstBad).toEqual({ seq: 2, reason })
  })
})

describe('a ledger written anew with fresh hashes (AUD-05)', () => {
  const forged = entries.with(2, { ...entries[2]!, subject: 'another history' })
  const thief = createTestSigner(2)
  const before = noteOfEntries(entries.slice(0, 5))

  function exportWith(entries: readonly LedgerEntry[], checkpoint: string): readonly string[] {
    const { readNode } = treeOfEntries(entries)
    return [...formatExport({ origin: signer.name, size: entries.length, entries, readNode, checkpoint })]
  }

  it('does not fit the checkpoint that was signed', () => {
    const report = verify(exportWith(forged, noteOfEntries(entries)))
    expect(report.ok).toBe(false)
    expect(kinds(report)).toEqual(['root-mismatch'])
  })

  it('is refused with a checkpoint by another key', () => {
    expect(kinds(verify(exportWith(forged, noteOfEntries(forged, thief))))).toEqual(['checkpoint'])
  })

  it('is refused with an earlier checkpoint although the owner signed it again', () => {
    const rewritten = exportOfEntries(forged)
    expect(verify(rewritten).ok).toBe(true)
    expect(kinds(verify(rewritten, before))).toEqual(['history-rewritten'])
    expect(verify(rewritten, noteOfEntries(entries.slice(0, 2))).ok).toBe(true)
  })

  it('is refused when the owner signed a shorter one', () => {
    expect(kinds(verify(exportOfEntries(entries.slice(0, 4)), before))).toEqual(['truncated'])
    expect(kinds(verify(exportOfEntries([]), before))).toEqual(['truncated'])
  })

  it('is refused when it is shorter than the checkpoint it carries', () => {
    const report = verify(exportWith(entries.slice(0, 4), noteOfEntries(entries)))
    expect(kinds(report)).toEqual(['size-mismatch', 'root-mismatch'])
  })

  it('is refused when the earlier checkpoint is not to be trusted itself', () => {
    for (const note of ['', noteOfEntries(entries.slice(0, 5), thief), before.replace('\n5\n', '\n4\n')]) {
      expect(kinds(verify(lines, note))).toEqual(['trusted-checkpoint'])
    }
  })

  it('is refused when the earlier checkpoint gives no entries another root than that of nothing', () => {
    const root = treeOfEntries(entries).root(1)
    const odd = signCheckpoint({ checkpoint: { origin: signer.name, size: 0, root }, signer })
    expect(kinds(verify(lines, odd))).toEqual(['history-rewritten'])
  })
})

it('a report never repeats text of the file', () => {
  const report = verify(['\u001b[31m', ...lines])
  expect(JSON.stringify(report)).not.toContain('[31m')
  expect(JSON.stringify(verify(lines.with(4, '{"\u001b[31m":}')))).not.toContain('[31m')
})
