import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareRoot, type PlacedFile } from './rootfs.ts'
import type { RuntimeFiles } from './runtime-files.ts'

let folder = ''
let cache = ''
let asked = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rumi-rootfs-'))
  chmodSync(folder, 0o755)
  cache = join(folder, 'cache')
  asked = 0
  mkdirSync(join(folder, 'library/json/test'), { recursive: true })
  mkdirSync(join(folder, 'library/site-packages'))
  writeFileSync(join(folder, 'interpreter'), 'a program')
  chmodSync(join(folder, 'interpreter'), 0o4755)
  writeFileSync(join(folder, 'library/json/decoder.py'), 'code')
  writeFileSync(join(folder, 'library/sitecustomize.py'), 'runs in every block')
  writeFileSync(join(folder, 'library/site-packages/host.pth'), 'import os')
  symlinkSync('/etc/hostname', join(folder, 'library/link.txt'))
  symlinkSync('/etc', join(folder, 'library/etc'))
  symlinkSync('/nothing/here', join(folder, 'library/dangling'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function prepare(
  ours: readonly PlacedFile[] = [{ to: '/rumi/ours.py', content: Buffer.from('ours') }],
  kind = 'python',
) {
  return prepareRoot({
    cacheFolder: cache,
    interpreter: join(folder, 'interpreter'),
    kind,
    ours,
    find: async (): Promise<RuntimeFiles> => {
      asked += 1
      return {
        runtime: 'python',
        executable: '/usr/bin/interpreter',
        version: '1',
        files: [{ from: join(folder, 'interpreter'), to: '/usr/bin/interpreter' }],
        folders: [{ from: join(folder, 'library'), to: '/usr/lib/library' }],
      }
    },
  })
}

const roots = (): readonly string[] => readdirSync(cache).filter((name) => /^python-[0-9a-f]{24}$/.test(name))

describe('a prepared root', () => {
  it('holds the interpreter, its library, our files and empty places for mounts', async () => {
    const root = await prepare()
    expect(root).toEqual({ path: expect.stringContaining(cache), executable: '/usr/bin/interpreter', version: '1' })
    const read = (path: string) => readFileSync(join(root.path, path), 'utf8')
    expect([read('usr/bin/interpreter'), read('usr/lib/library/json/decoder.py'), read('rumi/ours.py')]).toEqual([
      'a program',
      'code',
      'ours',
    ])
    for (const place of ['pack', 'tmp', 'dev', 'run']) expect(readdirSync(join(root.path, place))).toEqual([])
    expect(readdirSync(root.path)).not.toContain('etc')
    expect(readdirSync(root.path)).not.toContain('proc')
  })

  it('SBX-27: holds no setuid file, no packages or start-up files of the host, and no link out of it', async () => {
    const { path } = await prepare()
    expect(statSync(join(path, 'usr/bin/interpreter')).mode & 0o7777).toBe(0o555)
    expect(statSync(join(path, 'rumi/ours.py')).mode & 0o7777).toBe(0o444)
    // A link to a file became that file; others are gone.
    expect(readdirSync(join(path, 'usr/lib/library')).toSorted()).toEqual(['json', 'link.txt'])
    expect(readdirSync(join(path, 'usr/lib/library/json'))).toEqual(['decoder.py'])
    expect(statSync(join(path, 'usr/lib/library/link.txt')).isFile()).toBe(true)
  })

  it('is made once, and again when the interpreter, its library or a file of ours has changed', async () => {
    const first = await prepare()
    expect(await prepare()).toEqual(first)
    expect(asked).toBe(1)

    const changedOurs = await prepare([{ to: '/rumi/ours.py', content: Buffer.from('changed') }])
    expect(changedOurs.path).not.toBe(first.path)

    writeFileSync(join(folder, 'interpreter'), 'another program')
    const changed = await prepare()
    expect(changed.path).not.toBe(first.path)
    expect(asked).toBe(3)
    expect(roots()).toHaveLength(3)
    expect(readFileSync(join(first.path, 'usr/bin/interpreter'), 'utf8')).toBe('a program') // in use, perhaps
  })

  it('is the same for all who make it at once, and leaves no draft behind', async () => {
    const made = await Promise.all([prepare(), prepare(), prepare(), prepare()])
    expect(new Set(made.map((root) => root.path)).size).toBe(1)
    expect(readdirSync(cache).filter((name) => name.includes('tmp-'))).toEqual([])
  })

  it('is made again when it is gone, or when what was noted about it cannot be read', async () => {
    const first = await prepare()
    rmSync(first.path, { recursive: true })
    expect(existsSync((await prepare()).path)).toBe(true)
    for (const name of readdirSync(cache).filter((one) => one.endsWith('.json'))) {
      writeFileSync(join(cache, name), '{"folder":"../../etc"}')
    }
    expect(await prepare()).toEqual(first)
  })
})

describe('the folder for roots', () => {
  it('is refused when others may write to it: they would choose what every block runs', async () => {
    mkdirSync(cache)
    chmodSync(cache, 0o777)
    await expect(prepare()).rejects.toThrow(/writable by nobody else/)
    chmodSync(cache, 0o775)
    await expect(prepare()).rejects.toThrow(/writable by nobody else/)
  })

  it('is refused when it is a link, or somebody else’s', async () => {
    symlinkSync(folder, cache)
    await expect(prepare()).rejects.toThrow(/must be a directory/)
    rmSync(cache)
    if (process.getuid?.() === 0) {
      mkdirSync(cache)
      chownSync(cache, 12_345, 12_345)
      await expect(prepare()).rejects.toThrow(/owned by uid 0/)
    } else {
      cache = '/usr/lib' // root's
      await expect(prepare()).rejects.toThrow(/owned by uid/)
    }
  })
})
