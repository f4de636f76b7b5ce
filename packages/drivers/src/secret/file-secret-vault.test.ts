import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import { homePaths } from '../system/index.ts'
import type { FileSecretVault } from './file-secret-vault.ts'
import { a, b, fileOf, get, listEntries, listFaults, openVault, readJson, text, makeHome } from './test-vault.ts'

const clock = createFixedClock()
let home = { paths: homePaths(''), state: createMemoryState(clock), clock }
beforeEach(() => {
  home = { paths: makeHome(), state: createMemoryState(clock), clock }
})
afterEach(() => rmSync(home.paths.root, { recursive: true, force: true }))

const open = async (): Promise<FileSecretVault> => openVault(home)
const journal = (): string => readFileSync(join(home.paths.secrets, 'journal.jsonl'), 'utf8')

describe('a secret', () => {
  it('is set, replaced, deleted and set again; file, ledger and journal tell each change and never a value', async () => {
    const vault = await open()
    expect(await vault.set(a, text('one'), 'operator/http')).toEqual({ ok: true, value: { created: true } })
    expect(await vault.set(a, text('two'), 'operator/cli')).toEqual({ ok: true, value: { created: false } })
    expect(get(vault, 'A')).toBe('two')
    expect(await vault.delete(a, 'operator/http', 'leaked')).toEqual({ ok: true, value: undefined })
    expect([get(vault, 'A'), readJson(home, 'A')]).toMatchObject(['denied: deleted', { value: '', version: 3 }])
    expect(await vault.delete(a, 'operator/http')).toMatchObject({ ok: false, error: { code: 'secrets.unknown' } })
    expect(await vault.set(a, text('three'), 'operator/http')).toEqual({ ok: true, value: { created: true } })
    expect(get(vault, 'A')).toBe('three')
    expect(listEntries(home)).toEqual([
      { kind: 'secret.set', actor: 'operator/http', subject: 'A', key: 'A', version: 1 },
      { kind: 'secret.set', actor: 'operator/cli', subject: 'A', key: 'A', version: 2 },
      { kind: 'secret.delete', actor: 'operator/http', subject: 'A', key: 'A', version: 3, reason: 'leaked' },
      { kind: 'secret.set', actor: 'operator/http', subject: 'A', key: 'A', version: 4 },
    ])
    expect(
      journal()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { action: 'set', key: 'A', actor: 'operator/http' },
      { action: 'set', key: 'A', actor: 'operator/cli' },
      { action: 'deleted', key: 'A', actor: 'operator/http', reason: 'leaked' },
      { action: 'set', key: 'A', actor: 'operator/http' },
    ])
    expect(get(await open(), 'A')).toBe('three')
  })

  it('lies in files that only their owner can read, and leaves nothing beside them', async () => {
    const vault = await open()
    await vault.set(a, text('x'), 'o')
    const modes = [
      home.paths.secrets,
      fileOf(home, 'A'),
      join(home.paths.secrets, 'journal.jsonl'),
      home.paths.secretsKey,
    ]
    expect(modes.map((path) => (lstatSync(path).mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600'])
    expect(readdirSync(home.paths.secrets).toSorted()).toEqual(['A.json', 'journal.jsonl'])
  })

  it.each(['../A', 'a', '', 'A\0', 'journal.jsonl', '__proto__'])(
    'has no name like %j, and no file is looked for',
    async (name) => {
      expect((await open()).read(name)).toEqual({ record: undefined, versionFloor: undefined })
    },
  )

  it('that is changed many times at once has each version once, and the file is the last', async () => {
    const vault = await open()
    const changes = Array.from({ length: 30 }, async (_, at) =>
      at % 5 === 4 ? vault.delete(a, 'o') : vault.set(at % 2 === 0 ? a : b, text(String(at)), 'o'),
    )
    await Promise.all(changes)
    for (const name of ['A', 'B']) {
      const versions = listEntries(home).flatMap((entry) => (entry.subject === name ? [entry['version']] : []))
      expect(versions).toEqual(versions.map((_, at) => at + 1))
      expect(readJson(home, name).version).toBe(versions.length)
    }
    expect([get(vault, 'A'), get(vault, 'B')]).toEqual(['denied: deleted', '27'])
    expect(listFaults(await open())).toEqual([])
  })
})

describe('a file that was tampered with', () => {
  let vault: FileSecretVault
  beforeEach(async () => {
    vault = await open()
    await vault.set(a, text('first'), 'o')
    await vault.set(b, text('other'), 'o')
    copyFileSync(fileOf(home, 'A'), join(home.paths.root, 'older'))
    await vault.set(a, text('second'), 'o')
  })

  it.each([
    ['an older one', () => copyFileSync(join(home.paths.root, 'older'), fileOf(home, 'A')), 'stale', 'stale'],
    [
      'that of another secret',
      () => copyFileSync(fileOf(home, 'B'), fileOf(home, 'A')),
      'name-mismatch',
      'name-mismatch',
    ],
    ['one that was cut short', () => truncateSync(fileOf(home, 'A'), 40), 'unreadable', 'unreadable'],
    ['an empty one', () => truncateSync(fileOf(home, 'A'), 0), 'unreadable', 'unreadable'],
    ['none', () => rmSync(fileOf(home, 'A')), 'lost', 'absent'],
    ['a link to a good one', () => moveAndLink(symlinkSync), 'unreadable', 'unreadable'],
    ['a second name of a good one', () => moveAndLink(linkSync), 'unreadable', 'unreadable'],
    ['a huge one', () => truncateSync(fileOf(home, 'A'), 3_000_000), 'unreadable', 'unreadable'],
    ['one with another version', () => rewrite({ version: 9 }), 'not-authentic', 'not-authentic'],
    [
      'one with the content of another',
      () => rewrite({ value: readJson(home, 'B').value }),
      'not-authentic',
      'not-authentic',
    ],
    [
      'a tombstone of its version',
      () => rewrite({ value: '', deleted_at: '2026-01-01T00:00:00.000Z' }),
      'not-authentic',
      'deleted',
    ],
    [
      'a tombstone after which no version fits',
      () => rewrite({ value: '', deleted_at: '2026-01-01T00:00:00.000Z', version: Number.MAX_SAFE_INTEGER }),
      'not-authentic',
      'deleted',
    ],
  ])(
    '%s in its place gives nothing out, also after a start, and is mended by setting or deleting',
    async (...[, tamper, fault, denial]) => {
      tamper()
      for (const one of [vault, await open()]) {
        expect([get(one, 'A'), listFaults(one), one.unreadableCount()]).toEqual([
          `denied: ${denial}`,
          [`A: ${fault}`],
          1,
        ])
        expect(get(one, 'B')).toBe('other')
      }
      const before = home.state.entries.length
      vault = await open()
      expect(home.state.entries).toHaveLength(before)
      expect((await vault.delete(a, 'o')).ok).toBe(true)
      expect(get(vault, 'A')).toBe('denied: deleted')
      tamper()
      expect((await vault.set(a, text('third'), 'o')).ok).toBe(true)
      expect([get(vault, 'A'), get(vault, 'B'), listFaults(vault)]).toEqual(['third', 'other', []])
    },
  )

  it('in any one bit gives no other text out', () => {
    const good = readFileSync(fileOf(home, 'A'))
    for (let at = 0; at < good.length; at += 1) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(fileOf(home, 'A'), bad)
      // Dates are not sealed: they are for people. A change of one never changes what is given out.
      expect(['denied', 'second']).toContain(get(vault, 'A').split(':')[0])
    }
  })

  function rewrite(changes: object): void {
    writeFileSync(
      fileOf(home, 'A'),
      JSON.stringify({ ...(existsSync(fileOf(home, 'A')) ? readJson(home, 'A') : {}), key: 'A', ...changes }),
    )
  }

  function moveAndLink(link: (target: string, path: string) => void): void {
    renameSync(fileOf(home, 'A'), join(home.paths.root, 'moved'))
    link(join(home.paths.root, 'moved'), fileOf(home, 'A'))
  }
})

describe('a change that is cut off', () => {
  it('after the file and before the ledger is recorded at the next start', async () => {
    await (await open()).set(a, text('one'), 'o')
    const changes = [
      async (vault: FileSecretVault) => vault.set(a, text('two'), 'o'),
      async (vault: FileSecretVault) => vault.delete(a, 'o'),
    ]
    for (const change of changes) {
      const vault = await open()
      home.state.beforeCommit = () => {
        throw Object.assign(new Error('no room'), { kind: 'full' })
      }
      expect(await change(vault)).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded', status: 503 } })
      home.state.beforeCommit = () => undefined
      const again = await open()
      expect(listFaults(again)).toEqual([])
    }
    expect(listEntries(home).slice(1)).toEqual([
      { kind: 'secret.set', actor: 'system', subject: 'A', key: 'A', version: 2, reason: 'recovered', recovered: true },
      {
        kind: 'secret.delete',
        actor: 'system',
        subject: 'A',
        key: 'A',
        version: 3,
        reason: 'recovered',
        recovered: true,
      },
    ])
    expect(journal().trim().split('\n')).toHaveLength(3)
  })

  it('is recorded by the next change too, so that no file is ever two versions ahead', async () => {
    const vault = await open()
    home.state.beforeCommit = () => {
      throw Object.assign(new Error('no room'), { kind: 'full' })
    }
    for (let times = 0; times < 3; times += 1) {
      expect(await vault.set(a, text('one'), 'o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
    }
    expect(readJson(home, 'A').version).toBe(1)
    home.state.beforeCommit = () => undefined
    expect((await vault.set(a, text('two'), 'o')).ok).toBe(true)
    expect(listEntries(home).map(({ version }) => version)).toEqual([1, 2])
  })

  it('before the file is renamed changes nothing, and its remains are removed', async () => {
    await (await open()).set(a, text('one'), 'o')
    const remains = `${fileOf(home, 'A')}.tmp-0123456789abcdef`
    writeFileSync(remains, '{"key":')
    expect(get(await open(), 'A')).toBe('one')
    expect(existsSync(remains)).toBe(false)
  })

  it('in the middle of the journal ends that line, and the next one is whole', async () => {
    const vault = await open()
    await vault.set(a, text('one'), 'o')
    truncateSync(join(home.paths.secrets, 'journal.jsonl'), 20)
    await vault.set(a, text('two'), 'o')
    expect(
      journal()
        .split('\n')
        .map((line) => line.endsWith('}')),
    ).toEqual([false, true, false])
  })

  it('when a link lies in the place of the journal leaves alone what it leads to', async () => {
    const vault = await open()
    writeFileSync(join(home.paths.root, 'target'), 'mine')
    symlinkSync(join(home.paths.root, 'target'), join(home.paths.secrets, 'journal.jsonl'))
    expect(await vault.set(a, text('one'), 'o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
    expect([readFileSync(join(home.paths.root, 'target'), 'utf8'), get(vault, 'A')]).toEqual(['mine', 'one'])
  })

  it('by a bug says nothing reassuring: the error goes on', async () => {
    const vault = await open()
    home.state.beforeCommit = () => {
      throw new Error('a bug')
    }
    await expect(vault.set(a, text('one'), 'o')).rejects.toThrow('a bug')
  })

  it('by a disk that failed stops everything', async () => {
    let broken = 0
    const vault = await openVault({ ...home, onBroken: () => (broken += 1) })
    home.state.beforeCommit = () => {
      throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    }
    expect((await vault.set(a, text('one'), 'o')).ok).toBe(false)
    expect(broken).toBe(1)
  })
})
