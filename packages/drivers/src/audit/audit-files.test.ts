import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { auditFileName, encodeAuditLine, projectEntry } from '@rumi/kernel/audit'
import { sealEntry, type LedgerEntry } from '@rumi/kernel/ledger'
import { createFixedClock } from '@rumi/kernel/testing'
import { AuditFiles } from './audit-files.ts'
import { findPosition, type AuditSource } from './position.ts'

const kinds = ['run.start', 'block.start', 'capability.deny', 'network.request', 'block.end', 'run.end', 'pack.scan']
const noon = Date.UTC(2026, 0, 1, 12)

/** Entries of two days, of several categories, with text that is not ASCII. The clock goes back once. */
function makeEntries(count: number, actor = 'operator'): LedgerEntry[] {
  return Array.from({ length: count }, (_, seq) => {
    const at = noon + (seq % 7 === 5 ? -1 : seq) * 3_600_000
    const entry = { kind: kinds[seq % kinds.length]!, actor, subject: `s${seq}`, data: { text: 'ß\n'.repeat(seq % 9) } }
    return sealEntry({ entry, seq, at })
  })
}

/** A ledger that grows when the list does; it counts how often it was read. */
function createSource(entries: LedgerEntry[]): AuditSource & { readonly reads: number } {
  let reads = 0
  return {
    size: () => entries.length,
    entries: (from, limit) => {
      reads += 1
      return entries.slice(from, from + limit)
    },
    get reads() {
      return reads
    },
  }
}

/** The files as they must be, by the rule alone: each line to the file of its category and day, in order. */
function expectedFiles(entries: readonly LedgerEntry[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const line of entries.map(projectEntry)) {
    const name = auditFileName(line)
    files[name] = `${files[name] ?? ''}${encodeAuditLine(line)}\n`
  }
  return files
}

let home = ''
let folder = ''
let clock = createFixedClock()
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-audit-'))
  folder = join(home, 'audit')
  clock = createFixedClock()
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

function open(entries: LedgerEntry[], bootId = 'boot-1'): AuditFiles {
  return new AuditFiles({ folder, source: createSource(entries), clock, bootId })
}

function readFiles(): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

describe('the files of the audit log', () => {
  it('hold every entry once, in order, readable by their owner only', async () => {
    const entries = makeEntries(250)
    const files = open(entries)
    await files.catchUp()
    expect(readFiles()).toEqual(expectedFiles(entries))
    expect(Object.keys(readFiles()).length).toBeGreaterThan(8)
    expect(lstatSync(folder).mode & 0o777).toBe(0o700)
    expect([...new Set(readdirSync(folder).map((name) => lstatSync(join(folder, name)).mode & 0o777))]).toEqual([0o600])
  })

  it('follow the ledger, however often they are left and taken up again', async () => {
    const all = makeEntries(60)
    for (let size = 0; size <= all.length; size += 3) {
      const files = open(all.slice(0, size))
      await files.catchUp()
      if (size % 2 === 0) await files.close() // the others are killed
    }
    expect(readFiles()).toEqual(expectedFiles(all))
  })

  it('are completed wherever a kill cut them off: between files and in the middle of a line', async () => {
    const all = makeEntries(16)
    for (let whole = 0; whole < all.length; whole += 1) {
      for (const part of [0, 1, 0.5, 0.999]) {
        rmSync(folder, { recursive: true, force: true })
        mkdirSync(folder)
        for (const [name, text] of Object.entries(expectedFiles(all.slice(0, whole)))) {
          writeFileSync(join(folder, name), text)
        }
        const next = projectEntry(all[whole]!)
        const text = encodeAuditLine(next)
        const torn = part === 1 ? text : text.slice(0, Math.floor(text.length * part))
        appendFileSync(join(folder, auditFileName(next)), torn)
        await open(all).catchUp()
        expect({ whole, part, files: readFiles() }).toEqual({ whole, part, files: expectedFiles(all) })
      }
    }
  })

  it('are found again by the ends of a few files and of the ledger', async () => {
    const entries = makeEntries(1000)
    await open(entries).catchUp()
    const source = createSource(entries)
    expect([await findPosition(folder, source), source.reads]).toEqual([1000, 1])
  })

  it('are written anew when they are not those of the ledger: a backup was put back', async () => {
    const first = open(makeEntries(20))
    await first.catchUp()
    await first.close()
    const other = [...makeEntries(14), ...makeEntries(30, 'somebody').slice(14)]
    await open(other).catchUp()
    expect(readFiles()).toEqual(expectedFiles(other))
    await open(other.slice(0, 9)).catchUp()
    expect(readFiles()).toEqual(expectedFiles(other.slice(0, 9)))
  })

  it('are written anew after a power cut, which may take away what a kill leaves', async () => {
    const entries = makeEntries(30)
    await open(entries).catchUp()
    const [name = ''] = Object.keys(readFiles())
    writeFileSync(join(folder, name), '') // what the disk never got
    await open(entries, 'boot-2').catchUp()
    expect(readFiles()).toEqual(expectedFiles(entries))
  })

  it('are left flushed by an orderly end, and need no writing anew after the machine starts again', async () => {
    const entries = makeEntries(30)
    const first = open(entries)
    await first.close()
    expect([readFiles(), readdirSync(folder).filter((name) => name.startsWith('.'))]).toEqual([
      expectedFiles(entries),
      [],
    ])
    const [name = ''] = Object.keys(readFiles())
    const before = lstatSync(join(folder, name)).ino
    await open(entries, 'boot-2').catchUp()
    expect(lstatSync(join(folder, name)).ino).toBe(before)
  })

  it('that an operator moves away go on under their name', async () => {
    const all = makeEntries(30)
    const growing = all.slice(0, 10)
    const files = open(growing)
    await files.catchUp()
    for (const name of Object.keys(readFiles())) renameSync(join(folder, name), join(home, name))
    growing.push(...all.slice(10))
    await files.catchUp()
    expect(readFiles()).toEqual(expectedFiles(all.slice(10)))
  })
})

describe('new entries', () => {
  it('are written a moment later, all that came meanwhile at once', async () => {
    const entries: LedgerEntry[] = []
    const files = open(entries)
    for (const entry of makeEntries(20)) {
      entries.push(entry)
      files.wake()
    }
    expect(clock.waiting).toBe(1)
    clock.pass(49)
    expect(clock.waiting).toBe(1)
    clock.pass(100)
    await vi.waitFor(() => expect(readFiles()).toEqual(expectedFiles(entries)))
  })

  it('are not written any more after the end', async () => {
    const entries = makeEntries(5)
    const files = open(entries)
    files.wake()
    await files.close()
    const before = readFiles()
    entries.push(...makeEntries(9).slice(5))
    files.wake()
    clock.pass(1_000_000)
    await files.catchUp()
    expect([readFiles(), await files.rebuild()]).toMatchObject([
      before,
      { ok: false, error: { code: 'audit.stopped' } },
    ])
  })
})

describe('a rebuilding', () => {
  it('gives byte for byte what following the ledger gave, and removes what no entry is in', async () => {
    const entries = makeEntries(300)
    const files = open(entries)
    for (const size of [1, 20, 150, 300]) await open(entries.slice(0, size)).catchUp()
    const followed = readFiles()
    writeFileSync(join(folder, 'network_2001-01-01.jsonl'), '{}\n')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    expect(await files.rebuild()).toEqual({ ok: true, value: { entries: 300, files: Object.keys(followed).length } })
    expect(readFiles()).toEqual(followed)
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('tells how far it is, shows readers the old files until the new ones are whole, and goes on with the ledger', async () => {
    const all = makeEntries(500)
    const entries = all.slice(0, 350)
    const files = open(entries)
    await files.catchUp()
    const damaged = Object.fromEntries(Object.keys(readFiles()).map((name) => [name, 'damaged\n']))
    for (const [name, text] of Object.entries(damaged)) writeFileSync(join(folder, name), text)
    const seen: unknown[] = []
    const rebuilt = await files.rebuild((done, size) => {
      expect(readFiles()).toEqual(damaged)
      if (seen.length === 2) entries.push(...all.slice(350, 450))
      seen.push([done, size])
    })
    expect(seen).toEqual([100, 200, 300, 400, 450].map((done, index) => [done, index < 3 ? 350 : 450]))
    expect([rebuilt, readFiles()]).toMatchObject([{ ok: true, value: { entries: 450 } }, expectedFiles(entries)])
    entries.push(...all.slice(450))
    await files.catchUp()
    expect(readFiles()).toEqual(expectedFiles(all))
  })

  it('that was killed while it put the new files in place is done again', async () => {
    const entries = makeEntries(40)
    await open(entries).catchUp()
    const files = readFiles()
    const [first = '', second = ''] = Object.keys(files)
    writeFileSync(join(folder, first), 'old\n')
    mkdirSync(join(folder, '.rebuild'))
    renameSync(join(folder, second), join(folder, '.rebuild', second))
    writeFileSync(join(folder, '.unflushed'), '')
    await open(entries).catchUp()
    expect(readFiles()).toEqual(files)
    expect(readdirSync(folder)).not.toContain('.rebuild')
  })
})

describe('a folder that cannot be written', () => {
  it.each([
    ['is a file', () => writeFileSync(folder, ''), () => rmSync(folder)],
    ['is a link', () => symlinkSync(home, folder), () => rmSync(folder)],
    [
      'has a file that is a link',
      () => {
        mkdirSync(folder)
        for (const category of ['flow_execution', 'python_file_call', 'network', 'security', 'approval']) {
          symlinkSync(join(home, 'victim'), join(folder, `${category}_2026-01-01.jsonl`))
        }
      },
      () => rmSync(folder, { recursive: true }),
    ],
  ])('because it %s is told, and does no harm; the log goes on when it can', async (_, breakIt, mend) => {
    breakIt()
    const entries = makeEntries(9)
    const files = open(entries)
    await files.catchUp()
    expect(files.problem).toMatchObject({ severity: 'error', code: 'audit.unwritable', file: 'user_data/audit' })
    expect(readdirSync(home)).toEqual(['audit'])
    mend()
    clock.pass(29_999)
    files.wake()
    expect([clock.waiting, files.problem?.code]).toEqual([1, 'audit.unwritable'])
    clock.pass(30_000)
    await vi.waitFor(() => expect(files.problem).toBeUndefined())
    expect(readFiles()).toEqual(expectedFiles(entries))
  })

  it('is not rebuilt either', async () => {
    writeFileSync(folder, '')
    const error = { code: 'audit.unwritable', message: expect.stringContaining('EEXIST') }
    expect(await open(makeEntries(3)).rebuild()).toMatchObject({ ok: false, error })
  })

  it('does not keep the system from ending', async () => {
    writeFileSync(folder, '')
    const files = open(makeEntries(3))
    await files.close()
    expect([files.problem?.code, clock.waiting]).toEqual(['audit.unwritable', 0])
  })
})

it('stops at an entry of the ledger that cannot be read, and says so', async () => {
  const source: AuditSource = {
    size: () => 3,
    entries: () => {
      throw new SyntaxError('not JSON')
    },
  }
  const files = new AuditFiles({ folder, source, clock, bootId: 'boot-1' })
  await files.catchUp()
  expect(files.problem).toMatchObject({ code: 'audit.unreadable', hint: 'rumi ledger verify' })
})
