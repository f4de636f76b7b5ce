import { chmodSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import { homePaths, prepareHome } from '../system/index.ts'
import type { FileSecretVault } from './file-secret-vault.ts'
import { lookUpKeyring } from './keyring.ts'
import type { SecretSurroundings } from './open-vault.ts'
import {
  a,
  b,
  fileOf,
  get,
  listEntries,
  listFaults,
  nameOf,
  openVault,
  readJson,
  text,
  tryOpen,
  makeHome,
} from './test-vault.ts'

const clock = createFixedClock()
let home = { paths: homePaths(''), state: createMemoryState(clock), clock }
beforeEach(() => {
  home = { paths: makeHome(), state: createMemoryState(clock), clock }
})
afterEach(() => rmSync(home.paths.root, { recursive: true, force: true }))

const open = async (changes: Partial<SecretSurroundings> = {}): Promise<FileSecretVault> => openVault(home, changes)

describe('the key', () => {
  it('is made once, in a home that has never had a secret', async () => {
    await open()
    const key = readFileSync(home.paths.secretsKey, 'utf8')
    expect(key).toMatch(/^[0-9a-f]{64}\n$/)
    await open()
    expect(readFileSync(home.paths.secretsKey, 'utf8')).toBe(key)
  })

  it('that is lost is not made anew: the vault opens, gives nothing out, takes nothing new and says which key it wants', async () => {
    const before = await open()
    await before.set(a, text('one'), 'o')
    const { keyId } = before.list()
    renameSync(home.paths.secretsKey, join(home.paths.root, 'backup'))
    const vault = await open()
    expect(existsSync(home.paths.secretsKey)).toBe(false)
    expect(vault.list()).toMatchObject({ keyId: undefined, faults: [{ name: 'A', fault: 'unknown-key', keyId }] })
    expect(get(vault, 'A')).toBe('denied: unknown-key')
    const refused = {
      ok: false,
      error: { code: 'secrets.key_mismatch', status: 409, message: expect.stringContaining(String(keyId)) },
    }
    expect([await vault.set(a, text('x'), 'o'), await vault.set(b, text('x'), 'o')]).toMatchObject([refused, refused])
    expect(await vault.rotate('o')).toMatchObject({ ok: false, error: { code: 'secrets.unreadable' } })
    renameSync(join(home.paths.root, 'backup'), home.paths.secretsKey)
    expect(get(await open(), 'A')).toBe('one')
  })

  it.each([
    ['the files', () => rmSync(fileOf(home, 'A'))],
    ['the ledger’s entries', () => (home.state = createMemoryState(home.clock))],
  ])('is not made anew when only %s are gone', async (_, lose) => {
    await (await open()).set(a, text('one'), 'o')
    rmSync(home.paths.secretsKey)
    lose()
    expect((await (await open()).set(b, text('x'), 'o')).ok).toBe(false)
    expect(existsSync(home.paths.secretsKey)).toBe(false)
  })

  it('that is another one opens nothing; secrets that want the old one can be deleted, then new ones are taken', async () => {
    await (await open()).set(a, text('one'), 'o')
    writeFileSync(home.paths.secretsKey, `${'1'.repeat(64)}\n`)
    const vault = await open()
    expect([get(vault, 'A'), vault.unreadableCount()]).toEqual(['denied: unknown-key', 1])
    expect(await vault.set(b, text('x'), 'o')).toMatchObject({ error: { code: 'secrets.key_mismatch' } })
    expect((await vault.delete(a, 'o')).ok).toBe(true)
    expect((await vault.set(b, text('x'), 'o')).ok).toBe(true)
    expect([get(vault, 'B'), listFaults(vault)]).toEqual(['x', []])
  })

  it.each([0o604, 0o640, 0o660])('that others may read (%o) is refused, with what to type', async (mode) => {
    await open()
    chmodSync(home.paths.secretsKey, mode)
    expect(await tryOpen(home)).toMatchObject({
      error: { code: 'home.unsafe', hint: `chmod 600 ${home.paths.secretsKey}` },
    })
    expect(prepareHome(home.paths.root)).toMatchObject({ error: { code: 'home.unsafe' } })
  })

  it.each(['', '\n', 'abc\n', `${'1'.repeat(63)}\n`, `${'1'.repeat(64)}\nx\n`])(
    'that is damaged (%j) stops the start',
    async (content) => {
      writeFileSync(home.paths.secretsKey, content, { mode: 0o600 })
      expect(await tryOpen(home)).toMatchObject({ error: { code: 'home.keys_damaged' } })
      expect(readFileSync(home.paths.secretsKey, 'utf8')).toBe(content)
    },
  )

  it('that is a link is refused', async () => {
    writeFileSync(join(home.paths.root, 'elsewhere'), `${'1'.repeat(64)}\n`, { mode: 0o600 })
    symlinkSync(join(home.paths.root, 'elsewhere'), home.paths.secretsKey)
    expect(await tryOpen(home)).toMatchObject({ error: { code: 'home.unsafe' } })
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
    expect(existsSync(home.paths.secretsKey)).toBe(false)
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
    const opened = await tryOpen(home, { environment: { RUMI_SECRETS_KEY: given } })
    expect(opened).toMatchObject({
      ok: false,
      error: { code: 'settings.invalid', hint: expect.stringContaining('openssl') },
    })
    expect(given.length > 5 && JSON.stringify(opened).includes(given)).toBe(false)
  })

  it('beside one in the keyring is refused: which of them would count?', async () => {
    const opened = await tryOpen(home, {
      environment: { RUMI_SECRETS_KEY: bytes.toString('hex') },
      keySource: 'keyring',
    })
    expect(opened).toMatchObject({ error: { code: 'settings.invalid' } })
  })
})

describe('a key in the keyring', () => {
  const program = (script: string): string => {
    const path = join(home.paths.root, 'secret-tool')
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 })
    return path
  }

  it('is looked up for this home, with nothing of the environment but the way to the bus', async () => {
    const keyringProgram = program(
      `[ -z "$RUMI_X" ] && [ "$*" = "lookup service rumi home ${home.paths.root}" ] && printf '${'2'.repeat(64)}'`,
    )
    const vault = await open({ keySource: 'keyring', keyringProgram, environment: { RUMI_X: 'x' } })
    expect((await vault.set(a, text('one'), 'o')).ok).toBe(true)
    expect([get(vault, 'A'), existsSync(home.paths.secretsKey)]).toEqual(['one', false])
  })

  it.each([
    ['no program', undefined, 'secrets.keyring', 'libsecret-tools'],
    ['no entry', 'exit 1', 'secrets.keyring', 'secret-tool store --label=Rumi service rumi home '],
    ['an empty entry', 'exit 0', 'secrets.keyring', 'secret-tool store'],
    ['an entry that is no key', 'echo canary', 'settings.invalid', 'openssl'],
  ])('%s stops the start, with what to type', async (...[, script, code, hint]) => {
    const keyringProgram = script === undefined ? undefined : program(script)
    const opened = await tryOpen(home, { keySource: 'keyring', keyringProgram })
    expect(opened).toMatchObject({ ok: false, error: { code, hint: expect.stringContaining(hint) } })
    expect(JSON.stringify(opened)).not.toContain('canary')
  })
})

describe('a keyring that waits for somebody to unlock it', () => {
  it('is not waited for without end', async () => {
    const path = join(home.paths.root, 'secret-tool')
    writeFileSync(path, '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 })
    const asked = await lookUpKeyring({ program: path, home: '/h', environment: {}, timeoutMs: 50 })
    expect(asked).toMatchObject({ error: { code: 'secrets.keyring', hint: expect.stringContaining('Unlock') } })
  })
})

describe('a rotation', () => {
  it('seals everything with a new key, forgets the old one and changes no text and no date', async () => {
    const vault = await open()
    await vault.set(a, text('one'), 'o')
    await vault.set(b, text('two'), 'o')
    await vault.delete(b, 'o')
    const [old, before] = [readFileSync(home.paths.secretsKey, 'utf8'), readJson(home, 'A')]
    home.clock.pass(1000)
    const rotated = await vault.rotate('operator/http')
    expect(rotated).toEqual({ ok: true, value: { keyId: vault.list().keyId, resealed: 1 } })
    expect(readFileSync(home.paths.secretsKey, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(readFileSync(home.paths.secretsKey, 'utf8')).not.toBe(old)
    expect(readJson(home, 'A')).toEqual({ ...before, version: 2, value: expect.not.stringContaining(before.value) })
    for (const one of [vault, await open()])
      expect([get(one, 'A'), listFaults(one), one.list().isRotating]).toEqual(['one', [], false])
    expect(listEntries(home).at(-1)).toMatchObject({ kind: 'secret.rotate', subject: 'A', version: 2 })
  })

  it('that is cut short anywhere leaves every secret readable, says so, and is finished by the next one', async () => {
    for (let stopAt = 1; stopAt <= 3; stopAt += 1) {
      const vault = await open()
      for (const name of ['A', 'B', 'C']) await vault.set(nameOf(name), text(`${name}${stopAt}`), 'o')
      let commits = 0
      home.state.beforeCommit = () => {
        commits += 1
        if (commits === stopAt) throw Object.assign(new Error('no room'), { kind: 'full' })
      }
      expect(await vault.rotate('o')).toMatchObject({ ok: false, error: { code: 'secrets.unrecorded' } })
      home.state.beforeCommit = () => undefined
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
    expect([names.map((name) => get(again, name)), listFaults(again)]).toEqual([names.map(() => 'after'), []])
  })
})
