import { closeSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attempt, listBeneath, openDirectory, openDirectoryBeneath, readFileBeneath } from './open-beneath.ts'

let home = ''
let folder = -1
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-open-'))
  mkdirSync(join(home, 'folder'))
  const opened = openDirectory(join(home, 'folder'))
  if (!opened.ok) throw new Error(opened.error.message)
  folder = opened.value
})
afterEach(() => {
  closeSync(folder)
  rmSync(home, { recursive: true, force: true })
})
const path = (...parts: string[]): string => join(home, 'folder', ...parts)
const read = (name: string, maxBytes = 10): unknown => {
  const bytes = readFileBeneath(folder, name, { maxBytes })
  return bytes.ok ? bytes.value.toString() : bytes.error.kind
}

describe('readFileBeneath', () => {
  it('reads a plain file up to its limit', () => {
    writeFileSync(path('a'), '0123456789')
    writeFileSync(path('empty'), '')
    expect([read('a', 10), read('a', 9), read('empty', 0), read('b')]).toEqual([
      '0123456789',
      'too_large',
      '',
      'missing',
    ])
  })

  it('refuses what could lead out of the directory', () => {
    writeFileSync(join(home, 'outside'), 'secret')
    symlinkSync('../outside', path('link'))
    linkSync(join(home, 'outside'), path('hard'))
    mkdirSync(path('directory'))
    expect([read('link'), read('hard'), read('directory')]).toEqual(['symlink', 'hard_link', 'special_file'])
  })

  it.each(['..', '.', '', '../outside', '/etc/passwd', 'a\0'])('takes %j for a bug of its caller', (name) => {
    expect(() => read(name)).toThrow('not one segment')
  })

  it('stays in the directory that was opened when another takes its name', () => {
    writeFileSync(path('a'), 'mine')
    renameSync(path(), join(home, 'moved'))
    mkdirSync(path())
    writeFileSync(path('a'), 'theirs')
    expect(read('a')).toBe('mine')
  })
})

describe('openDirectoryBeneath', () => {
  it('does not follow a link', () => {
    symlinkSync('/etc', path('etc'))
    expect(openDirectoryBeneath(folder, 'etc')).toMatchObject({ ok: false, error: { kind: 'special_file' } })
    expect(openDirectory(path('etc'))).toMatchObject({ ok: false, error: { kind: 'special_file' } })
  })
})

describe('listBeneath', () => {
  it('lists by bytes, keeps names that are not UTF-8 apart, and stops one beyond the limit', () => {
    for (const name of ['b', 'あ', 'B']) writeFileSync(path(name), '')
    writeFileSync(Buffer.concat([Buffer.from(`${path()}/`), Buffer.from([0x7a, 0xff])]), '')
    expect(listBeneath(folder, 10)).toEqual({ ok: true, value: ['B', 'b', undefined, 'あ'] })
    const limited = listBeneath(folder, 1)
    expect(limited.ok && limited.value).toHaveLength(2)
  })
})

describe('attempt', () => {
  it('lets a bug through', () => {
    const bug = (): never => {
      throw new TypeError('bug')
    }
    expect(() => attempt(bug)).toThrow('bug')
  })
})
