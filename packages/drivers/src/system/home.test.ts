import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { homePaths, prepareHome, type HomePaths } from './home.ts'
import { loadKeys, readKeys } from './keys.ts'

let folder = ''
let home = ''
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rumi-home-')))
  home = join(folder, 'home')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const isRoot = process.getuid?.() === 0
const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8)

function prepare(): HomePaths {
  const prepared = prepareHome(home)
  if (!prepared.ok) throw new Error(prepared.error.message)
  return prepared.value
}

/** A home after its first start. */
function use(): HomePaths {
  const paths = prepare()
  const keys = loadKeys(paths)
  if (!keys.ok) throw new Error(keys.error.message)
  writeFileSync(paths.database, '')
  return paths
}

describe('a home', () => {
  it('that is not there is made, with keys that are its owner’s alone', () => {
    const paths = prepare()
    expect(paths).toEqual(homePaths(home))
    expect(loadKeys(paths).ok).toBe(true)
    expect([paths.root, paths.keys, paths.operatorToken, paths.ledgerKey].map(modeOf)).toEqual([
      '700',
      '700',
      '600',
      '600',
    ])
    expect(readdirSync(paths.userData).toSorted()).toEqual(['keys', 'secrets', 'shared', 'trees'])
    expect(readdirSync(paths.keys).toSorted()).toEqual(['ledger.pem', 'operator.token'])
  })

  it('that is there is left as it is', () => {
    use()
    chmodSync(home, 0o755)
    const before = readFileSync(homePaths(home).operatorToken)
    prepare()
    expect([modeOf(home), readFileSync(homePaths(home).operatorToken)]).toEqual(['755', before])
  })

  it.each([
    ['.', 0o777],
    ['ecosystem', 0o775],
    ['flows', 0o757],
    ['user_data', 0o1777],
    ['user_data/shared/flows', 0o722],
    ['user_data/trees', 0o773],
  ])('whose folder %s others may write to (%o) is refused, with what to type', (path, mode) => {
    prepare()
    const place = join(home, path)
    chmodSync(place, mode)
    expect(prepareHome(home)).toEqual({
      ok: false,
      error: {
        code: 'home.unsafe',
        status: 403,
        message: `${place} may be written to by others.`,
        hint: `chmod go-w ${place}`,
      },
    })
    spawnSync('chmod', ['go-w', place])
    expect(prepareHome(home).ok).toBe(true)
  })

  it.each([0o701, 0o710, 0o750, 0o755])('whose keys’ folder others may enter (%o) is refused', (mode) => {
    const { keys } = use()
    chmodSync(keys, mode)
    expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe', hint: `chmod 700 ${keys}` } })
  })

  it.each(['operatorToken', 'ledgerKey'] as const)('whose %s others may read is refused', (name) => {
    const paths = use()
    for (const mode of [0o604, 0o640, 0o660]) {
      chmodSync(paths[name], mode)
      expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe', hint: `chmod 600 ${paths[name]}` } })
    }
  })

  it.each(['operatorToken', 'ledgerKey'] as const)('whose %s is no file of its own is refused', (name) => {
    const paths = use()
    const elsewhere = join(folder, 'elsewhere')
    renameSync(paths[name], elsewhere)
    symlinkSync(elsewhere, paths[name])
    expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe' } })
    rmSync(paths[name])
    linkSync(elsewhere, paths[name])
    expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe' } })
    rmSync(paths[name])
    mkdirSync(paths[name])
    expect(prepareHome(home)).toMatchObject({ error: { code: 'home.unsafe' } })
  })

  it.each(['user_data', 'flows', 'ecosystem', 'user_data/keys', 'user_data/trees', 'user_data/shared'])(
    'STO-14: whose %s is a link is refused, wherever it leads',
    (path) => {
      prepare()
      const place = join(home, path)
      renameSync(place, join(folder, 'elsewhere'))
      symlinkSync(join(folder, 'elsewhere'), place)
      expect(prepareHome(home)).toMatchObject({ ok: false, error: { code: 'home.unsafe' } })
    },
  )

  it('that is itself a link is used where it really is', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 })
    symlinkSync(join(folder, 'real'), home)
    expect(prepare().root).toBe(join(folder, 'real'))
  })

  // Only root can give a file away.
  it.skipIf(!isRoot)('of another user is refused', () => {
    prepare()
    chownSync(join(home, 'flows'), 12_345, 12_345)
    expect(prepareHome(home)).toMatchObject({
      error: { code: 'home.unsafe', hint: "Run it as that user: sudo -u '#12345' rumi …" },
    })
  })

  it.each([
    ['is a file', (): void => writeFileSync(home, '')],
    [
      'is below a file',
      (): void => {
        writeFileSync(join(folder, 'file'), '')
        home = join(folder, 'file/home')
      },
    ],
    ['leads in a circle', (): void => symlinkSync(home, home)],
  ])('that %s cannot be used', (_, arrange) => {
    arrange()
    expect(prepareHome(home)).toMatchObject({ ok: false, error: { status: 400, code: 'home.unusable' } })
  })

  const readOnly = [
    '-rm',
    'sh',
    '-c',
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"',
    'sh',
  ]
  const canMount = spawnSync('unshare', [...readOnly, tmpdir(), 'true']).status === 0
  // Skipped where an ordinary user may not mount in a namespace of their own.
  it.skipIf(!canMount)('STO-14: on a disk that is mounted read-only cannot be used', () => {
    use()
    const module = JSON.stringify(new URL('home.ts', import.meta.url).href)
    const script = `import { prepareHome } from ${module}; console.log(prepareHome(process.argv[1]).error.code)`
    const node = [process.execPath, '--input-type=module-typescript', '-e', script, home]
    expect(spawnSync('unshare', [...readOnly, folder, ...node], { encoding: 'utf8' }).stdout.trim()).toBe(
      'home.unusable',
    )
  })
})

describe('the keys of a home', () => {
  it('stay the same from start to start', () => {
    const paths = use()
    const [first, second] = [loadKeys(paths), readKeys(paths)]
    if (!first.ok || !second.ok) throw new Error('the keys cannot be read')
    expect(first.value.operatorToken).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect([second.value.operatorToken, second.value.signer.name]).toEqual([
      first.value.operatorToken,
      first.value.signer.name,
    ])
  })

  it('are others in every home', () => {
    const tokens = ['a', 'b'].map((name) => {
      home = join(folder, name)
      return readFileSync(use().operatorToken, 'utf8')
    })
    expect(tokens[0]).not.toBe(tokens[1])
  })

  it.each([['operatorToken'], ['ledgerKey'], ['operatorToken', 'ledgerKey']] as const)(
    'STO-09: that are missing from a used home are never made anew: %s %s',
    (...names) => {
      const paths = use()
      for (const name of names) rmSync(paths[name])
      const refusal = loadKeys(paths)
      expect(refusal).toMatchObject({ ok: false, error: { code: 'home.keys_missing', status: 500 } })
      expect(refusal.ok ? '' : refusal.error.message).toContain(names.map((name) => paths[name]).join(', '))
      expect(names.map((name) => readdirSync(paths.keys).includes(name))).not.toContain(true)
    },
  )

  it.each([
    ['operatorToken', 21],
    ['operatorToken', 0],
    ['operatorToken', 42],
    ['ledgerKey', 60],
    ['ledgerKey', 0],
  ] as const)('STO-10: that were cut short authenticate nobody: %s, %d bytes', (name, length) => {
    const paths = use()
    truncateSync(paths[name], length)
    for (const read of [loadKeys(paths), readKeys(paths)]) {
      expect(read).toMatchObject({ ok: false, error: { code: 'home.keys_damaged', status: 500 } })
      expect(JSON.stringify(read)).not.toContain(paths.keys)
    }
  })

  it.each(['x'.repeat(44), `${'x'.repeat(43)}\n${'x'.repeat(43)}`, `${'x'.repeat(42)}=`, 'ä'.repeat(43)])(
    'are a token of exactly 256 bits: %j is none',
    (text) => {
      const paths = use()
      writeFileSync(paths.operatorToken, text)
      expect(loadKeys(paths).ok).toBe(false)
    },
  )

  it('are completed in a home whose first start was cut off', () => {
    const paths = prepare()
    loadKeys(paths)
    const token = readFileSync(paths.operatorToken)
    rmSync(paths.ledgerKey)
    expect([loadKeys(paths).ok, readFileSync(paths.operatorToken).equals(token)]).toEqual([true, true])
  })

  it('are made even when something else lies in their folder', () => {
    const paths = prepare()
    writeFileSync(join(paths.keys, 'note'), '')
    expect(loadKeys(paths).ok).toBe(true)
    expect([readdirSync(paths.keys).toSorted(), readdirSync(paths.userData).toSorted()]).toEqual([
      ['ledger.pem', 'note', 'operator.token'],
      ['keys', 'secrets', 'shared', 'trees'],
    ])
  })

  it('are the same for all processes that start in a new home at once', async () => {
    const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)
    // All wait for the same moment and then begin.
    const script = `
      import { prepareHome } from ${module('home.ts')}
      import { loadKeys } from ${module('keys.ts')}
      const [home, at] = process.argv.slice(1)
      const paths = prepareHome(home).value
      while (Date.now() < Number(at)) {}
      const keys = loadKeys(paths)
      console.log(keys.ok ? keys.value.operatorToken + keys.value.signer.name : keys.error.code)`
    const at = String(Date.now() + 1000)
    const both = ['1', '2', '3'].map(() => `"$@" &`).join(' ')
    const { stdout } = spawnSync(
      'sh',
      ['-c', `${both} wait`, 'sh', process.execPath, '--input-type=module-typescript', '-e', script, home, at],
      { encoding: 'utf8' },
    )
    const lines = stdout.trim().split('\n')
    expect([lines.length, new Set(lines).size]).toEqual([3, 1])
    const kept = readKeys(homePaths(home))
    expect(kept.ok && kept.value.operatorToken + kept.value.signer.name).toBe(lines[0])
  })
})
