import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { syncDirectory, temporaryFilePattern, writeFileAtomically } from './safe-files.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rumi-safe-files-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe('writeFileAtomically', () => {
  it('makes a file only its owner can read, and leaves nothing else behind', () => {
    writeFileAtomically(join(directory, 'state'), 'one')
    expect(readFileSync(join(directory, 'state'), 'utf8')).toBe('one')
    expect(lstatSync(join(directory, 'state')).mode & 0o7777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['state'])
  })

  it('replaces content and mode as a whole', () => {
    writeFileSync(join(directory, 'state'), 'old and longer', { mode: 0o644 })
    writeFileAtomically(join(directory, 'state'), Buffer.from([1, 2]), 0o444)
    expect([...readFileSync(join(directory, 'state'))]).toEqual([1, 2])
    expect(lstatSync(join(directory, 'state')).mode & 0o7777).toBe(0o444)
  })

  it('writes large content whole', () => {
    const data = Buffer.alloc(9 * 1024 * 1024, 7)
    writeFileAtomically(join(directory, 'large'), data)
    expect(readFileSync(join(directory, 'large')).equals(data)).toBe(true)
  })

  it('replaces a link and leaves what it pointed to alone', () => {
    writeFileSync(join(directory, 'victim'), 'untouched')
    symlinkSync('victim', join(directory, 'state'))
    writeFileAtomically(join(directory, 'state'), 'mine')
    expect(lstatSync(join(directory, 'state')).isFile()).toBe(true)
    expect(readFileSync(join(directory, 'victim'), 'utf8')).toBe('untouched')
  })

  it('leaves the old file and no temporary one when it fails', () => {
    mkdirSync(join(directory, 'state'))
    writeFileSync(join(directory, 'state', 'inside'), 'old')
    expect(() => writeFileAtomically(join(directory, 'state'), 'new')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
    expect(readdirSync(directory)).toEqual(['state'])
    expect(() => writeFileAtomically(join(directory, 'missing', 'state'), 'new')).toThrow('ENOENT')
  })

  it('names what it has not finished so that it can be found', () => {
    expect(['state', 'state.tmp-0123456789abcdef', 'x.tmp-1'].map((name) => temporaryFilePattern.test(name))).toEqual([
      false,
      true,
      false,
    ])
  })
})

describe('syncDirectory', () => {
  it('refuses what is no directory', () => {
    writeFileSync(join(directory, 'file'), '')
    expect(() => syncDirectory(join(directory, 'file'))).toThrow('ENOTDIR')
  })
})
