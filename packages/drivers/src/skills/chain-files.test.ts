import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendBlocks, chainLimits, printChain } from '@rumi/skills/chain'
import { readChainFile, writeChainFile } from './chain-files.ts'

const blocks = appendBlocks(
  [],
  [
    { timestamp: '2026-02-25T09:00:00.000001Z', data: ['{"type":"state_commit"}'] },
    { timestamp: '2026-02-25T09:00:01.000000Z', data: ['観察 🐕', ''] },
  ],
)

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-chain-test-'))
  path = join(folder, 'blockchain.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const stateOf = (file: string) => readChainFile(file).state

describe('reading a chain file', () => {
  it('gives the blocks, and leaves the file as it is', () => {
    writeFileSync(path, printChain(blocks))
    const before = statSync(path, { bigint: true })
    expect(readChainFile(path)).toEqual({ state: 'readable', blocks })
    const after = statSync(path, { bigint: true })
    expect([after.ino, after.size, after.mtimeNs, after.ctimeNs]).toEqual([
      ...[before.ino, before.size, before.mtimeNs, before.ctimeNs],
    ])
    expect(readdirSync(folder)).toEqual(['blockchain.json'])
  })

  it('finds it absent only when there is nothing of that name', () => {
    expect(readChainFile(path)).toEqual({ state: 'absent' })
    expect(stateOf(join(folder, 'no', 'folder'))).toBe('absent')
    writeFileSync(path, '[]')
    expect(stateOf(join(path, 'below-a-file'))).toBe('absent')
  })

  it.each<[string, string, string]>([
    ['zero bytes', '', 'unreadable'],
    ['half of it', printChain(blocks).slice(0, 300), 'unreadable'],
    ['one block changed', printChain(blocks).replace('state_commit', 'state_commut'), 'corrupt'],
  ])('says what is there and changes nothing: %s', (_name, text, state) => {
    writeFileSync(path, text)
    expect(stateOf(path)).toBe(state)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it.each<[string, (at: string) => void]>([
    ['a folder', (at) => mkdirSync(at)],
    ['a link to a chain', (at) => (writeFileSync(`${at}.real`, printChain(blocks)), symlinkSync(`${at}.real`, at))],
    ['a link to nothing', (at) => symlinkSync(join(folder, 'nothing'), at)],
    ['a link to itself', (at) => symlinkSync(at, at)],
    ['a pipe', (at) => execFileSync('mkfifo', [at])],
  ])('finds it unreadable, not absent: %s', (_name, make) => {
    make(path)
    expect(readChainFile(path)).toMatchObject({ state: 'unreadable', faults: [{ code: 'chain.unopenable' }] })
  })

  it.each(['/dev/null', '/dev/zero'])('finds a device unreadable: %s', (device) => {
    expect(readChainFile(device)).toMatchObject({ state: 'unreadable', faults: [{ code: 'chain.unopenable' }] })
  })

  it.each([
    ['a name too long', join('/', 'x'.repeat(300))],
    ['a name with a zero', '/tmp/a\0b'],
    ['a relative path', 'blockchain.json'],
    ['no name', ''],
  ])('finds it unreadable, not absent: %s', (_name, place) => {
    expect(readChainFile(place)).toMatchObject({ state: 'unreadable', faults: [{ code: 'chain.unopenable' }] })
  })

  it.skipIf(process.getuid?.() === 0)('finds it unreadable without permission; root has every permission', () => {
    writeFileSync(path, printChain(blocks))
    chmodSync(path, 0)
    expect(stateOf(path)).toBe('unreadable')
  })

  it('does not read a file beyond its bound', () => {
    writeFileSync(path, '')
    truncateSync(path, chainLimits.fileBytes + 1)
    expect(readChainFile(path)).toMatchObject({ state: 'unreadable', faults: [{ code: 'chain.too_large' }] })
  })
})

describe('writing a chain file', () => {
  it('reads back, is private and leaves nothing beside it', () => {
    expect(writeChainFile(path, blocks)).toEqual({ ok: true, value: undefined })
    expect(readFileSync(path, 'utf8')).toBe(printChain(blocks))
    expect(readChainFile(path)).toEqual({ state: 'readable', blocks })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['blockchain.json'])
  })

  it.each<[string, () => void]>([
    ['a file', () => writeFileSync(path, 'mine')],
    ['a file without bytes', () => writeFileSync(path, '')],
    ['a folder', () => mkdirSync(path)],
    ['a link to nothing', () => symlinkSync(join(folder, 'nothing'), path)],
  ])('refuses a place that is taken by %s', (_name, make) => {
    make()
    const before = lstatSync(path, { bigint: true })
    expect(writeChainFile(path, blocks)).toEqual({ ok: false, error: { kind: 'exists' } })
    expect(lstatSync(path, { bigint: true })).toEqual(before)
    expect(readdirSync(folder)).toEqual(['blockchain.json'])
  })

  it('takes the place of a file or of a link when told, and never follows the link', () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'mine')
    symlinkSync(target, path)
    expect(writeChainFile(path, blocks, 'replace').ok).toBe(true)
    expect(readChainFile(path)).toEqual({ state: 'readable', blocks })
    expect(readFileSync(target, 'utf8')).toBe('mine')
    expect(writeChainFile(path, blocks.slice(0, 2), 'replace').ok).toBe(true)
    expect(readChainFile(path)).toEqual({ state: 'readable', blocks: blocks.slice(0, 2) })
    expect(readdirSync(folder).sort()).toEqual(['blockchain.json', 'target'])
  })

  it('refuses a relative path before anything is made', () => {
    const place = relative(process.cwd(), path)
    expect(writeChainFile(place, blocks)).toEqual({ ok: false, error: { kind: 'relative-path' } })
    expect(writeChainFile(place, blocks, 'replace')).toEqual({ ok: false, error: { kind: 'relative-path' } })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['no block', []],
    ['a changed block', blocks.map((block, index) => (index === 1 ? { ...block, data: [] } : block))],
  ])('refuses what would not read back: %s', (_name, wrong) => {
    writeFileSync(path, 'mine')
    expect(writeChainFile(path, wrong, 'replace')).toMatchObject({ ok: false, error: { kind: 'not-a-chain' } })
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  it('throws when there is no folder, and makes none', () => {
    expect(() => writeChainFile(join(folder, 'no', 'blockchain.json'), blocks)).toThrow(/ENOENT/)
    expect(readdirSync(folder)).toEqual([])
  })
})
