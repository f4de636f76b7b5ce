import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '@rumi/kernel/base'
import { treeLimits } from '@rumi/kernel/pack'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTree, type TreeVisitor } from './read-tree.ts'

const isRoot = process.getuid?.() === 0
let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-read-'))
  mkdirSync(join(home, 'pack'))
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})
const path = (...parts: string[]): string => join(home, 'pack', ...parts)
const read = (visitor?: TreeVisitor, signal?: AbortSignal): ReturnType<typeof readTree> =>
  readTree({ directory: path(), location: 'ecosystem/pack' }, { ...(visitor ? { visitor } : {}), signal })
const problems = async (visitor?: TreeVisitor): Promise<string[]> => {
  const result = await read(visitor)
  return result.ok ? [] : result.error.map(({ code, file }) => `${code} ${file}`)
}
/** Does something while the folder is read, when its first chunk has been. */
const meanwhile = (action: () => void): TreeVisitor => {
  let pending: (() => void) | undefined = action
  return {
    directory: () => {},
    file: () => ({
      write: () => {
        pending?.()
        pending = undefined
      },
      close: () => {},
    }),
  }
}

describe('readTree', () => {
  it('lists every entry, hidden and empty ones and caches included', async () => {
    for (const directory of ['.git', '__pycache__', 'empty', 'a', 'a/b']) mkdirSync(path(directory))
    for (const file of ['.git/x', '__pycache__/m.pyc', '.hidden', 'a/b/c.py', 'z.pyc']) writeFileSync(path(file), file)
    const entry = (file: string): object => ({ kind: 'file', path: file, size: file.length, sha256: sha256Hex(file) })
    const directory = (name: string): object => ({ kind: 'directory', path: name })
    expect(await read()).toEqual({
      ok: true,
      value: {
        entries: [
          directory('.git'),
          entry('.git/x'),
          entry('.hidden'),
          directory('__pycache__'),
          entry('__pycache__/m.pyc'),
          directory('a'),
          directory('a/b'),
          entry('a/b/c.py'),
          directory('empty'),
          entry('z.pyc'),
        ],
      },
    })
  })

  it('hands on the bytes it hashes', async () => {
    const content = Buffer.alloc(600 * 1024, 'rumi')
    writeFileSync(path('large'), content)
    const chunks: Buffer[] = []
    const result = await read({
      directory: () => {},
      file: () => ({ write: (chunk) => chunks.push(Buffer.from(chunk)), close: () => {} }),
    })
    expect(chunks.length).toBeGreaterThan(1)
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
    expect(result.ok && result.value.entries).toEqual([
      { kind: 'file', path: 'large', size: content.length, sha256: sha256Hex(content) },
    ])
  })

  it('refuses everything that is not a plain file or directory, and says all of it', async () => {
    writeFileSync(join(home, 'outside'), 'secret')
    mkdirSync(path('deep'))
    symlinkSync('/etc', path('deep/etc'))
    symlinkSync('missing', path('dangling'))
    linkSync(join(home, 'outside'), path('hard'))
    execFileSync('mkfifo', [path('pipe')])
    writeFileSync(path('a:b'), '')
    writeFileSync(path('exe\u202eyp'), '')
    writeFileSync(path('A'), '')
    writeFileSync(path('a'), '')
    writeFileSync(Buffer.concat([Buffer.from(`${path()}/`), Buffer.from([0xff])]), '')
    expect(await problems()).toEqual([
      'tree.name ecosystem/pack/a:b',
      'tree.symlink ecosystem/pack/dangling',
      'tree.symlink ecosystem/pack/deep/etc',
      'tree.name ecosystem/pack/exe\\u{202e}yp',
      'tree.hard_link ecosystem/pack/hard',
      'tree.special_file ecosystem/pack/pipe',
      'tree.name ecosystem/pack',
      'tree.collision ecosystem/pack/a',
    ])
  })

  it.skipIf(!isRoot)('refuses a device (only root can make one)', async () => {
    execFileSync('mknod', [path('null'), 'c', '1', '3'])
    expect(await problems()).toEqual(['tree.special_file ecosystem/pack/null'])
  })

  it.skipIf(isRoot)('refuses what it may not read (root may read everything)', async () => {
    writeFileSync(path('file'), '', { mode: 0 })
    mkdirSync(path('directory'), { mode: 0 })
    expect(await problems()).toEqual([
      'tree.unreadable ecosystem/pack/directory',
      'tree.unreadable ecosystem/pack/file',
    ])
    chmodSync(path('directory'), 0o700)
  })

  it('refuses a socket without connecting to it', async () => {
    const server = createServer().listen(path('socket'))
    await once(server, 'listening')
    expect(await problems()).toEqual(['tree.special_file ecosystem/pack/socket'])
    server.close()
  })

  it('refuses files that hold more than their size, as those of the kernel do', async () => {
    const result = await readTree({ directory: '/proc/sys/kernel/random', location: 'random' })
    expect(result.ok ? [] : result.error.map(({ code, file }) => `${code} ${file}`)).toContain(
      'tree.changed random/boot_id',
    )
  })

  it('refuses a folder that is a link or is not there', async () => {
    renameSync(path(), join(home, 'real'))
    symlinkSync('real', path())
    expect(await problems()).toEqual(['tree.special_file ecosystem/pack'])
    rmSync(path())
    expect(await problems()).toEqual(['tree.missing ecosystem/pack'])
  })

  it.each([
    ['is edited in place', () => writeFileSync(path('a'), 'B'.repeat(10))],
    ['grows', () => appendFileSync(path('a'), 'more')],
    ['is cut', () => truncateSync(path('a'), 1)],
    ['gets a second name', () => linkSync(path('a'), join(home, 'second'))],
    ['is joined by another', () => writeFileSync(path('b'), '')],
    ['is renamed', () => renameSync(path('a'), path('b'))],
  ])('refuses a folder whose file %s while it is read', async (_name, action) => {
    writeFileSync(path('a'), 'A'.repeat(10))
    expect(await problems(meanwhile(action))).toContainEqual(expect.stringContaining('tree.changed ecosystem/pack'))
  })

  it('never follows a link that takes the place of a directory it has listed', async () => {
    mkdirSync(path('a'))
    writeFileSync(path('a/first'), 'x')
    mkdirSync(path('b'))
    mkdirSync(join(home, 'outside'))
    writeFileSync(join(home, 'outside/secret'), 'secret')
    const seen: string[] = []
    const swap = meanwhile(() => {
      renameSync(path('b'), join(home, 'old'))
      symlinkSync(join(home, 'outside'), path('b'))
    })
    const result = await read({
      directory: (name) => seen.push(name),
      file: (name) => {
        seen.push(name)
        return swap.file(name)
      },
    })
    expect(seen).toEqual(['a', 'a/first'])
    expect(result.ok).toBe(false)
  })

  it('refuses a file, a total, a depth and a number beyond the limits, without reading on', async () => {
    writeFileSync(path('large'), '')
    truncateSync(path('large'), treeLimits.maxFileBytes + 1)
    expect(await problems()).toEqual(['tree.file_too_large ecosystem/pack/large'])
    rmSync(path('large'))
    mkdirSync(path(...Array.from({ length: treeLimits.maxDepth + 5 }, () => 'd')), { recursive: true })
    expect(await problems()).toEqual([expect.stringMatching(/^tree\.too_deep ecosystem\/pack(?:\/d){33}$/)])
    rmSync(path('d'), { recursive: true })
    for (const directory of ['a', 'b', 'c']) mkdirSync(path(directory))
    for (let at = 0; at <= treeLimits.maxEntries; at += 1) writeFileSync(path('abc'.charAt(at % 3), `${at}`), '')
    let seen = 0
    const count = (): void => void (seen += 1)
    const counting = { directory: count, file: () => ({ write: () => {}, close: count }) }
    expect(await problems(counting)).toEqual(['tree.too_many ecosystem/pack'])
    expect(seen).toBe(treeLimits.maxEntries)
  })

  it('stops at the limit of all files together', async () => {
    for (let at = 0; at < 5; at += 1) {
      writeFileSync(path(`f${at}`), '')
      truncateSync(path(`f${at}`), treeLimits.maxFileBytes)
    }
    const seen: string[] = []
    const files: TreeVisitor = {
      directory: () => {},
      file: (name) => {
        seen.push(name)
        return { write: () => {}, close: () => {} }
      },
    }
    expect(await problems(files)).toEqual(['tree.too_large ecosystem/pack'])
    expect(seen).toEqual(['f0', 'f1', 'f2', 'f3'])
  })

  it('ends when nobody waits any more', async () => {
    const controller = new AbortController()
    writeFileSync(path('large'), Buffer.alloc(16 * 1024 * 1024))
    const reading = read(
      meanwhile(() => controller.abort(new Error('enough'))),
      controller.signal,
    )
    await expect(reading).rejects.toThrow('enough')
  })

  it('leaves no descriptor open, whatever happens', async () => {
    const openHere = (): readonly string[] =>
      execFileSync('find', [`/proc/${process.pid}/fd`, '-printf', '%l\n'])
        .toString()
        .split('\n')
        .filter((target) => target.startsWith(home))
    mkdirSync(path('a'))
    writeFileSync(path('a/b'), 'x')
    symlinkSync('x', path('a/link'))
    await read()
    const failing: TreeVisitor = {
      directory: () => {},
      file: () => {
        expect(openHere()).not.toEqual([])
        throw new Error('disk full')
      },
    }
    await expect(read(failing)).rejects.toThrow('disk full')
    expect(openHere()).toEqual([])
  })
})
