import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decideSecretRead, secretNameSchema, SecretText } from '@rumi/kernel/secret'
import { createFixedClock, createMemoryState, type MemoryState } from '@rumi/kernel/testing'
import { prepareHome, systemRandom, type HomePaths } from '../system/index.ts'
import type { FileSecretVault } from './file-secret-vault.ts'
import { openSecretVault, type SecretSurroundings } from './open-vault.ts'

const nameOf = (text: string) => secretNameSchema.parse(text)
const a = nameOf('A')
const b = nameOf('B')
const text = (value: string) => new SecretText(value)

let home = ''
let paths: HomePaths
let state: MemoryState
let broken = 0
const clock = createFixedClock()

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-secrets-'))
  const prepared = prepareHome(home)
  if (!prepared.ok) throw new Error(prepared.error.message)
  paths = prepared.value
  state = createMemoryState(clock)
  broken = 0
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const tryOpen = async (changes: Partial<SecretSurroundings> = {}) =>
  openSecretVault({
    ...{ paths, state, clock, random: systemRandom, keySource: 'home', environment: {}, keyringProgram: undefined },
    onBroken: () => {
      broken += 1
    },
    ...changes,
  })

/** Opens the vault as every start does. */
async function open(changes: Partial<SecretSurroundings> = {}): Promise<FileSecretVault> {
  const opened = await tryOpen(changes)
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}

const fileOf = (name: string): string => join(paths.secrets, `${name}.json`)
const readJson = (name: string) => JSON.parse(readFileSync(fileOf(name), 'utf8'))
const journal = (): string => readFileSync(join(paths.secrets, 'journal.jsonl'), 'utf8')

/** What a pack with a grant for this name gets. */
function get(vault: FileSecretVault, name: string): string {
  const decision = decideSecretRead({ name, allowedKeys: new Set([name]), ...vault.read(name) })
  if (!decision.allowed) return `denied: ${decision.reason}`
  const opened = vault.open(decision.record)
  return opened.ok ? opened.value.reveal() : `denied: ${opened.error.kind}`
}

const faults = (vault: FileSecretVault) => vault.list().faults.map(({ name, fault }) => `${name}: ${fault}`)
const entries = () => state.entries.map(({ kind, actor, subject, data }) => ({ kind, actor, subject, ...data }))

describe('a secret', () => {
  it('is set, replaced, deleted and set again; file, ledger and journal tell each change and never a value', async () => {
    const vault = await open()
    expect(await vault.set(a, text('one'), 'operator/http')).toEqual({ ok: true, value: { created: true } })
    expect(await vault.set(a, text('two'), 'operator/cli')).toEqual({ ok: true, value: { created: false } })
    expect(get(vault, 'A')).toBe('two')
    expect(await vault.delete(a, 'operator/http', 'leaked')).toEqual({ ok: true, value: undefined })
    expect([get(vault, 'A'), readJson('A')]).toMatchObject(['denied: deleted', { value: '', version: 3 }])
    expect(await vault.delete(a, 'operator/http')).toMatchObject({ ok: false, error: { code: 'secrets.unknown' } })
    expect(await vault.set(a, text('three'), 'operator/http')).toEqual({ ok: true, value: { created: true } })
    expect(get(vault, 'A')).toBe('three')
    expect(entries()).toEqual([
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
    const modes = [paths.secrets, fileOf('A'), join(paths.secrets, 'journal.jsonl'), paths.secretsKey]
    expect(modes.map((path) => (lstatSync(path).mode & 0o777).toString(8))).toEqual(['700', '600', '600', '600'])
    expect(readdirSync(paths.secrets).toSorted()).toEqual(['A.json', 'journal.jsonl'])
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
      const versions = entries().flatMap((entry) => (entry.subject === name ? [entry['version']] : []))
      expect(versions).toEqual(versions.map((_, at) => at + 1))
      expect(readJson(name).version).toBe(versions.length)
    }
    expect([get(vault, 'A'), get(vault, 'B')]).toEqual(['denied: deleted', '27'])
    expect(faults(await open())).toEqual([])
  })
})

describe('a file that was tampered with', () => {
  let vault: FileSecretVault
  beforeEach(async () => {
    vault = await open()
    await vault.set(a, text('first'), 'o')
    await vault.set(b, text('other'), 'o')
    copyFileSync(fileOf('A'), join(home, 'older'))
    await vault.set(a, text('second'), 'o')
  })

  it.each<[string, () => void, string, string]>([
    ['an older one', () => copyFileSync(join(home, 'older'), fileOf('A')), 'stale', 'stale'],
    ['that of another secret', () => copyFileSync(fileOf('B'), fileOf('A')), 'name-mismatch', 'name-mismatch'],
    ['one that was cut short', () => truncateSync(fileOf('A'), 40), 'unreadable', 'unreadable'],
    ['an empty one', () => truncateSync(fileOf('A'), 0), 'unreadable', 'unreadable'],
    ['none', () => rmSync(fileOf('A')), 'lost', 'absent'],
    ['a link to a good one', () => moveAndLink(symlinkSync), 'unreadable', 'unreadable'],
    ['a second name of a good one', () => moveAndLink(linkSync), 'unreadable', 'unreadable'],
    ['a huge one', () => truncateSync(fileOf('A'), 3_000_000), 'unreadable', 'unreadable'],
    ['one with another version', () => rewrite({ version: 9 }), 'not-authentic', 'not-authentic'],
    [
      'one with the content of another',
      () => rewrite({ value: readJson('B').value }),
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
    async (_, tamper, fault, denial) => {
      tamper()
      for (const one of [vault, await open()]) {
        expect([get(one, 'A'), faults(one), one.unreadableCount()]).toEqual([`denied: ${denial}`, [`A: ${fault}`], 1])
        expect(get(one, 'B')).toBe('other')
      }
      const before = state.entries.length
      vault = await open()
      expect(state.entries).toHaveLength(before)
      expect((await vault.delete(a, 'o')).ok).toBe(true)
      expect(get(vault, 'A')).toBe('denied: deleted')
      tamper()
      expect((await vault.set(a, text('third'), 'o')).ok).toBe(true)
      expect([get(vault, 'A'), get(vault, 'B'), faults(vault)]).toEqual(['third', 'other', []])
    },
  )

  it('in any one bit gives no other text out', () => {
    const good = readFileSync(fileOf('A'))
    for (let at = 0; at < good.length; at += 1) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(fileOf('A'), bad)
      // Dates are not sealed: they are for people. A change of one never changes what is given out.
      expect(['denied', 'second']).toContain(get(vault, 'A').split(':')[0])
    }
  })

  function rewrite(changes: object): void {
    writeFileSync(
      fileOf('A'),
      JSON.stringify({ ...(existsSync(fileOf('A')) ? readJson('A') : {}), key: 'A', ...changes }),
    )
  }

  function moveAndLink(link: (target: string, path: string) => void): void {
    renameSync(fileOf('A'), join(home, 'moved'))
    link(join(home, 'moved'), fileOf('A'))
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
      state.beforeCommit = () => {
        throw Object.assign(new Error('no room'), { kind: 'full' })
      }
      expect(await change(vault)).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded', status: 503 } })
      state.beforeCommit = () => undefined
      const again = await open()
      expect(faults(again)).toEqual([])
    }
    expect(entries().slice(1)).toEqual([
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
    state.beforeCommit = () => {
      throw Object.assign(new Error('no room'), { kind: 'full' })
    }
    for (let times = 0; times < 3; times += 1) {
      expect(await vault.set(a, text('one'), 'o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
    }
    expect(readJson('A').version).toBe(1)
    state.beforeCommit = () => undefined
    expect((await vault.set(a, text('two'), 'o')).ok).toBe(true)
    expect(entries().map(({ version }: { version?: unknown }) => version)).toEqual([1, 2])
  })

  it('before the file is renamed changes nothing, and its remains are removed', async () => {
    await (await open()).set(a, text('one'), 'o')
    const remains = `${fileOf('A')}.tmp-0123456789abcdef`
    writeFileSync(remains, '{"key":')
    expect(get(await open(), 'A')).toBe('one')
    expect(existsSync(remains)).toBe(false)
  })

  it('in the middle of the journal ends that line, and the next one is whole', async () => {
    const vault = await open()
    await vault.set(a, text('one'), 'o')
    truncateSync(join(paths.secrets, 'journal.jsonl'), 20)
    await vault.set(a, text('two'), 'o')
    expect(
      journal()
        .split('\n')
        .map((line) => line.endsWith('}')),
    ).toEqual([false, true, false])
  })

  it('when a link lies in the place of the journal leaves alone what it leads to', async () => {
    const vault = await open()
    writeFileSync(join(home, 'target'), 'mine')
    symlinkSync(join(home, 'target'), join(paths.secrets, 'journal.jsonl'))
    expect(await vault.set(a, text('one'), 'o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
    expect([readFileSync(join(home, 'target'), 'utf8'), get(vault, 'A')]).toEqual(['mine', 'one'])
  })

  it('by a bug says nothing reassuring: the error goes on', async () => {
    const vault = await open()
    state.beforeCommit = () => {
      throw new Error('a bug')
    }
    await expect(vault.set(a, text('one'), 'o')).rejects.toThrow('a bug')
  })

  it('by a disk that failed stops everything', async () => {
    const vault = await open()
    state.beforeCommit = () => {
      throw Object.assign(new Error('input/output error'), { code: 'EIO' })
    }
    expect((await vault.set(a, text('one'), 'o')).ok).toBe(false)
    expect(broken).toBe(1)
  })
})

describe('the key', () => {
  it('is made once, in a home that has never had a secret', async () => {
    await open()
    const key = readFileSync(paths.secretsKey, 'utf8')
    expect(key).toMatch(/^[0-9a-f]{64}\n$/)
    await open()
    expect(readFileSync(paths.secretsKey, 'utf8')).toBe(key)
  })

  it('that is lost is not made anew: the vault opens, gives nothing out, takes nothing new and says which key it wants', async () => {
    const before = await open()
    await before.set(a, text('one'), 'o')
    const { keyId } = before.list()
    renameSync(paths.secretsKey, join(home, 'backup'))
    const vault = await open()
    expect(existsSync(paths.secretsKey)).toBe(false)
    expect(vault.list()).toMatchObject({ keyId: undefined, faults: [{ name: 'A', fault: 'unknown-key', keyId }] })
    expect(get(vault, 'A')).toBe('denied: unknown-key')
    const refused = {
      ok: false,
      error: { code: 'secrets.key_mismatch', status: 409, message: expect.stringContaining(String(keyId)) },
    }
    expect([await vault.set(a, text('x'), 'o'), await vault.set(b, text('x'), 'o')]).toMatchObject([refused, refused])
    expect(await vault.rotate('o')).toMatchObject({ ok: false, error: { code: 'secrets.unreadable' } })
    renameSync(join(home, 'backup'), paths.secretsKey)
    expect(get(await open(), 'A')).toBe('one')
  })

  it.each([
    ['the files', () => rmSync(fileOf('A'))],
    ['the ledger’s entries', () => (state = createMemoryState(clock))],
  ])('is not made anew when only %s are gone', async (_, lose) => {
    await (await open()).set(a, text('one'), 'o')
    rmSync(paths.secretsKey)
    lose()
    expect((await (await open()).set(b, text('x'), 'o')).ok).toBe(false)
    expect(existsSync(paths.secretsKey)).toBe(false)
  })

  it('that is another one opens nothing; secrets that want the old one can be deleted, then new ones are taken', async () => {
    await (await open()).set(a, text('one'), 'o')
    writeFileSync(paths.secretsKey, `${'1'.repeat(64)}\n`)
    const vault = await open()
    expect([get(vault, 'A'), vault.unreadableCount()]).toEqual(['denied: unknown-key', 1])
    expect(await vault.set(b, text('x'), 'o')).toMatchObject({ error: { code: 'secrets.key_mismatch' } })
    expect((await vault.delete(a, 'o')).ok).toBe(true)
    expect((await vault.set(b, text('x'), 'o')).ok).toBe(true)
    expect([get(vault, 'B'), faults(vault)]).toEqual(['x', []])
  })

  it.each([0o604, 0o640, 0o660])('that others may read (%o) is refused, with what to type', async (mode) => {
    await open()
    chmodSync(paths.secretsKey, mode)
    expect(await tryOpen()).toMatchObject({ error: { code: 'home.unsafe', hint: `chmod 600 ${paths.secretsKey}` } })
    expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe' } })
  })

  it.each(['', '\n', 'abc\n', `${'1'.repeat(63)}\n`, `${'1'.repeat(64)}\nx\n`])(
    'that is damaged (%j) stops the start',
    async (content) => {
      writeFileSync(paths.secretsKey, content, { mode: 0o600 })
      expect(await tryOpen()).toMatchObject({ error: { code: 'home.keys_damaged' } })
      expect(readFileSync(paths.secretsKey, 'utf8')).toBe(content)
    },
  )

  it('that is a link is refused', async () => {
    writeFileSync(join(home, 'elsewhere'), `${'1'.repeat(64)}\n`, { mode: 0o600 })
    symlinkSync(join(home, 'elsewhere'), paths.secretsKey)
    expect(await tryOpen()).toMatchObject({ error: { code: 'home.unsafe' } })
  })
})

describe('a key of RUMI_SECRETS_KEY', () => {
  const bytes = Buffer.alloc(32, 7)
  it('works in hex and in base64, and no file is made', async () => {
    for (const RUMI_SECRETS_KEY of [
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ]) {
      const vault = await open({ environment: { RUMI_SECRETS_KEY } })
      expect((await vault.set(a, text('one'), 'o')).ok).toBe(true)
    }
    expect(existsSync(paths.secretsKey)).toBe(false)
    const vault = await open({ environment: { RUMI_SECRETS_KEY: bytes.toString('hex') } })
    expect(get(vault, 'A')).toBe('one')
    expect(await vault.rotate('o')).toMatchObject({ error: { code: 'secrets.key_elsewhere' } })
    expect((await open()).unreadableCount()).toBe(1)
  })

  it.each([
    '',
    'secret',
    '1'.repeat(63),
    `${'1'.repeat(64)}\n`,
    Buffer.alloc(31, 7).toString('base64'),
    `${bytes.toString('base64')} `,
    'é'.repeat(64),
  ])('that is %j stops the start, and is not repeated', async (given) => {
    const opened = await tryOpen({ environment: { RUMI_SECRETS_KEY: given } })
    expect(opened).toMatchObject({
      ok: false,
      error: { code: 'settings.invalid', hint: expect.stringContaining('openssl') },
    })
    expect(given.length > 5 && JSON.stringify(opened).includes(given)).toBe(false)
  })

  it('beside one in the keyring is refused: which of them would count?', async () => {
    const opened = await tryOpen({ environment: { RUMI_SECRETS_KEY: bytes.toString('hex') }, keySource: 'keyring' })
    expect(opened).toMatchObject({ error: { code: 'settings.invalid' } })
  })
})

describe('a key in the keyring', () => {
  const program = (script: string): string => {
    const path = join(home, 'secret-tool')
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 })
    return path
  }

  it('is looked up for this home, with nothing of the environment but the way to the bus', async () => {
    const keyringProgram = program(
      `[ -z "$RUMI_X" ] && [ "$*" = "lookup service rumi home ${paths.root}" ] && printf '${'2'.repeat(64)}'`,
    )
    const vault = await open({ keySource: 'keyring', keyringProgram, environment: { RUMI_X: 'x' } })
    expect((await vault.set(a, text('one'), 'o')).ok).toBe(true)
    expect([get(vault, 'A'), existsSync(paths.secretsKey)]).toEqual(['one', false])
  })

  it.each([
    ['no program', undefined, 'secrets.keyring', 'libsecret-tools'],
    ['no entry', 'exit 1', 'secrets.keyring', 'secret-tool store --label=Rumi service rumi home '],
    ['an empty entry', 'exit 0', 'secrets.keyring', 'secret-tool store'],
    ['an entry that is no key', 'echo canary', 'settings.invalid', 'openssl'],
  ])('%s stops the start, with what to type', async (_, script, code, hint) => {
    const keyringProgram = script === undefined ? undefined : program(script)
    const opened = await tryOpen({ keySource: 'keyring', keyringProgram })
    expect(opened).toMatchObject({ ok: false, error: { code, hint: expect.stringContaining(hint) } })
    expect(JSON.stringify(opened)).not.toContain('canary')
  })
})

describe('a rotation', () => {
  it('seals everything with a new key, forgets the old one and changes no text and no date', async () => {
    const vault = await open()
    await vault.set(a, text('one'), 'o')
    await vault.set(b, text('two'), 'o')
    await vault.delete(b, 'o')
    const [old, before] = [readFileSync(paths.secretsKey, 'utf8'), readJson('A')]
    clock.pass(1000)
    const rotated = await vault.rotate('operator/http')
    expect(rotated).toEqual({ ok: true, value: { keyId: vault.list().keyId, resealed: 1 } })
    expect(readFileSync(paths.secretsKey, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(readFileSync(paths.secretsKey, 'utf8')).not.toBe(old)
    expect(readJson('A')).toEqual({ ...before, version: 2, value: expect.not.stringContaining(before.value) })
    for (const one of [vault, await open()])
      expect([get(one, 'A'), faults(one), one.list().isRotating]).toEqual(['one', [], false])
    expect(entries().at(-1)).toMatchObject({ kind: 'secret.rotate', subject: 'A', version: 2 })
  })

  it('that is cut short anywhere leaves every secret readable, says so, and is finished by the next one', async () => {
    for (let stopAt = 1; stopAt <= 3; stopAt += 1) {
      const vault = await open()
      for (const name of ['A', 'B', 'C']) await vault.set(nameOf(name), text(`${name}${stopAt}`), 'o')
      let commits = 0
      state.beforeCommit = () => {
        commits += 1
        if (commits === stopAt) throw Object.assign(new Error('no room'), { kind: 'full' })
      }
      expect(await vault.rotate('o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
      state.beforeCommit = () => undefined
      const again = await open()
      expect(again.list()).toMatchObject({ isRotating: true, faults: [] })
      expect(['A', 'B', 'C'].map((name) => get(again, name))).toEqual(['A', 'B', 'C'].map((name) => `${name}${stopAt}`))
      expect((await again.rotate('o')).ok).toBe(true)
      const after = await open()
      expect(after.list()).toMatchObject({ isRotating: false, faults: [] })
    }
  })

  it('goes on beside changes: none of them is lost', async () => {
    const vault = await open()
    const names = Array.from({ length: 8 }, (_, at) => nameOf(`K${at}`))
    for (const name of names) await vault.set(name, text('before'), 'o')
    const results = await Promise.all([
      vault.rotate('o'),
      ...names.map(async (name) => vault.set(name, text('after'), 'o')),
      vault.rotate('o'),
    ])
    expect(results.map(({ ok }) => ok)).not.toContain(false)
    const again = await open()
    expect([names.map((name) => get(again, name)), faults(again)]).toEqual([names.map(() => 'after'), []])
  })
})
