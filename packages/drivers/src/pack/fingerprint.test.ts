import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintFolder } from './fingerprint.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-print-'))
  mkdirSync(join(home, 'pack/deep/er'), { recursive: true })
  writeFileSync(join(home, 'pack/a'), 'one')
  writeFileSync(join(home, 'pack/deep/er/b'), 'two')
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})
const path = (...parts: string[]): string => join(home, 'pack', ...parts)

describe('fingerprintFolder', () => {
  it('stays the same while files are only read', () => {
    const before = fingerprintFolder(path())
    readFileSync(path('deep/er/b'))
    expect(before).toMatch(/^[0-9a-f]{64}$/)
    expect(fingerprintFolder(path())).toBe(before)
  })

  it.each([
    [
      'an edit of the same size with the time set back',
      () => {
        // touch keeps nanoseconds, which a Date would lose.
        execFileSync('touch', ['-r', path('deep/er/b'), join(home, 'times')])
        writeFileSync(path('deep/er/b'), 'TWO')
        execFileSync('touch', ['-r', join(home, 'times'), path('deep/er/b')])
      },
    ],
    ['a new file', () => writeFileSync(path('deep/er/new'), '')],
    ['a new hidden directory', () => mkdirSync(path('.git'))],
    ['a file that is gone', () => rmSync(path('a'))],
    ['a new name', () => renameSync(path('a'), path('c'))],
    ['a second name elsewhere', () => linkSync(path('a'), join(home, 'second'))],
    ['other rights', () => chmodSync(path('a'), 0o755)],
    [
      'a link in place of a file',
      () => {
        renameSync(path('a'), join(home, 'a'))
        symlinkSync(join(home, 'a'), path('a'))
      },
    ],
    [
      'a link in place of a directory',
      () => {
        renameSync(path('deep'), join(home, 'deep'))
        symlinkSync(join(home, 'deep'), path('deep'))
      },
    ],
    [
      'an equal folder in its place',
      () => {
        renameSync(path(), join(home, 'old'))
        mkdirSync(path('deep/er'), { recursive: true })
        writeFileSync(path('a'), 'one')
        writeFileSync(path('deep/er/b'), 'two')
      },
    ],
  ])('notices %s', async (_name, edit) => {
    const before = fingerprintFolder(path())
    // File systems of older kernels keep time in ticks of up to 10 ms; the edit must fall into another one.
    await setTimeout(25)
    edit()
    expect(fingerprintFolder(path())).toEqual(expect.not.stringMatching(before ?? ''))
  })

  it('has nothing to say about what is missing, a file, a link or far too large', () => {
    symlinkSync(path(), join(home, 'link'))
    expect([join(home, 'missing'), path('a'), join(home, 'link')].map(fingerprintFolder)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    for (let at = 0; at <= 5_000; at += 1) linkSync(path('a'), path('deep/er', `l${at}`))
    expect(fingerprintFolder(path())).toBeUndefined()
  })

  it.skipIf(process.getuid?.() === 0)('has nothing to say about what it may not read (root may)', () => {
    chmodSync(path('deep'), 0)
    expect(fingerprintFolder(path())).toBeUndefined()
    chmodSync(path('deep'), 0o700)
  })
})
