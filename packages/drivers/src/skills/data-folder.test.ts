import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DataFolder, FileChange } from '@rumi/skills/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataFolderFault } from './data-folder-apply.ts'
import { openDataFolder } from './data-folder.ts'

let home = ''
let folder: DataFolder
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-data-'))
  mkdirSync(join(home, 'root'))
  mkdirSync(join(home, 'outside'))
  writeFileSync(join(home, 'outside/secret'), 'secret')
  folder = openDataFolder(join(home, 'root'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const at = (path: string): string => join(home, 'root', path)
const put = (path: string, text = path): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}
const write = (path: string, text = path, isExecutable = false): FileChange => ({
  kind: 'write',
  path,
  bytes: Buffer.from(text),
  isExecutable,
})
const remove = (path: string): FileChange => ({ kind: 'remove', path })
const read = (path: string, limitBytes = 100): string => {
  const bytes = folder.read(path, limitBytes)
  return bytes.ok ? Buffer.from(bytes.value).toString() : `! ${bytes.error}`
}
const list = (path = ''): unknown => {
  const { files, diagnostics } = folder.list(path)
  return [files.map((file) => file.path), diagnostics.map(({ code, file = '' }) => `${code} ${file}`).sort()]
}
const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8)
const outside = (): unknown => [readdirSync(join(home, 'outside')), readFileSync(join(home, 'outside/secret'), 'utf8')]
const untouched = [['secret'], 'secret']

describe('listing a data folder', () => {
  it('gives every file in order of path, hidden ones too, at a folder and below it', () => {
    for (const path of ['b', 'a/b/c', 'a-b', 'a/B', 'a/.archived/x', 'あ/い', 'constructor/__proto__']) put(path)
    mkdirSync(at('empty/empty'), { recursive: true })
    const all = ['a-b', 'a/.archived/x', 'a/B', 'a/b/c', 'b', 'constructor/__proto__', 'あ/い']
    expect(list()).toEqual([all, []])
    expect(list('a')).toEqual([['a/.archived/x', 'a/B', 'a/b/c'], []])
    expect([list('a/b'), list('nothing/here'), list('empty')]).toEqual([
      [['a/b/c'], []],
      [[], []],
      [[], []],
    ])
  })

  it('tells size, executable bit and time, and a stamp that follows the content whatever the time says', () => {
    put('a', '12345')
    chmodSync(at('a'), 0o700)
    utimesSync(at('a'), 1_000_000, 1_000_000.5)
    const [before] = folder.list('').files
    expect(before).toMatchObject({ path: 'a', sizeBytes: 5, isExecutable: true, modifiedAtMs: 1_000_000_500 })
    expect(folder.list('').files).toEqual([before])
    writeFileSync(at('b'), '54321')
    renameSync(at('b'), at('a'))
    utimesSync(at('a'), 1_000_000, 1_000_000.5)
    const [after] = folder.list('').files
    expect(after).toMatchObject({ sizeBytes: 5, modifiedAtMs: 1_000_000_500, isExecutable: false })
    expect(after?.stamp).not.toBe(before?.stamp)
  })

  it('follows no link, opens no pipe, and says what it leaves out', () => {
    put('good')
    symlinkSync(join(home, 'outside'), at('folder'))
    symlinkSync(join(home, 'outside/secret'), at('file'))
    symlinkSync('/nowhere', at('dangling'))
    symlinkSync('.', at('circle'))
    linkSync(join(home, 'outside/secret'), at('second'))
    execFileSync('mkfifo', [at('pipe')])
    writeFileSync(at('half.tmp-0123456789abcdef'), 'half')
    expect(list()).toEqual([
      ['good'],
      [
        'data.hard_link second',
        'data.leftover half.tmp-0123456789abcdef',
        'data.link circle',
        'data.link dangling',
        'data.link file',
        'data.link folder',
        'data.special_file pipe',
      ],
    ])
    expect(list('folder')).toEqual([[], ['data.link folder']])
    expect(list('good')).toEqual([[], ['data.link good']])
  })

  it.skipIf(process.getuid?.() !== 0)('opens no device', () => {
    execFileSync('mknod', [at('null'), 'c', '1', '3'])
    expect([list(), read('null')]).toEqual([[[], ['data.special_file null']], '! not-a-file'])
  })

  it('refuses names that no path may have', () => {
    put('a/good')
    for (const name of [Buffer.from([0x7a, 0xff]), Buffer.from('new\nline'), Buffer.from('x'.repeat(201))]) {
      writeFileSync(Buffer.concat([Buffer.from(at('a/')), name]), '')
    }
    expect(list()).toEqual([['a/good'], ['data.name a', 'data.name a', 'data.name a']])
  })

  it('goes 16 names deep and no deeper', () => {
    const deep = Array.from({ length: 15 }, (_, depth) => `d${depth}`).join('/')
    put(`${deep}/file`)
    put(`${deep}/deeper/file`)
    expect(list()).toEqual([[`${deep}/file`], [`data.too_deep ${deep}/deeper`]])
    expect([read(`${deep}/file`), read(`${deep}/deeper/file`)]).toEqual([`${deep}/file`, '! not-a-file'])
  })

  it('gives up with a word about it when there is too much wrong', () => {
    for (let count = 0; count < 1100; count += 1) symlinkSync('x', at(`l${count}`))
    const { diagnostics } = folder.list('')
    expect(diagnostics).toHaveLength(1001)
    expect(diagnostics.at(-1)).toMatchObject({ severity: 'error', code: 'data.too_many' })
  })

  it('finds nothing in a root that is not there, and refuses one that is a link', () => {
    folder = openDataFolder(join(home, 'none'))
    expect([list(), list('a'), read('a')]).toEqual([[[], []], [[], []], '! missing'])
    symlinkSync(join(home, 'outside'), join(home, 'none'))
    expect([list(), read('secret')]).toEqual([[[], ['data.link ']], '! not-a-file'])
    expect(() => folder.apply([write('a')])).toThrow(DataFolderFault)
    expect(outside()).toEqual(untouched)
  })
})

describe('reading from a data folder', () => {
  it('reads a whole file up to the limit', () => {
    put('a/b', '0123456789')
    expect([read('a/b', 10), read('a/b', 9), read('a/c'), read('x/y'), read('a'), read('a/b/c')]).toEqual([
      '0123456789',
      '! too-large',
      '! missing',
      '! missing',
      '! not-a-file',
      '! not-a-file',
    ])
  })

  it('reads through no link, and waits for no pipe', () => {
    symlinkSync(join(home, 'outside'), at('folder'))
    symlinkSync(join(home, 'outside/secret'), at('file'))
    symlinkSync('/nowhere', at('dangling'))
    linkSync(join(home, 'outside/secret'), at('second'))
    execFileSync('mkfifo', [at('pipe')])
    const paths = ['folder/secret', 'folder', 'file', 'dangling', 'second', 'pipe', 'pipe/x']
    expect(paths.map((path) => read(path))).toEqual(paths.map(() => '! not-a-file'))
  })

  it.skipIf(process.getuid?.() === 0)('says when it may not', () => {
    put('a')
    put('b/c')
    chmodSync(at('a'), 0)
    chmodSync(at('b'), 0)
    expect([read('a'), read('b/c'), list('b')]).toEqual(['! unreadable', '! unreadable', [[], ['data.unreadable b']]])
    chmodSync(at('b'), 0o700)
  })
})

const hostilePaths = [
  '..',
  '../outside/secret',
  'a/../../outside/secret',
  '/etc/passwd',
  '',
  '.',
  'a//b',
  'a/',
  './a',
  'a\0b',
  'a\nb',
]

describe.each(hostilePaths)('the path %j', (path) => {
  it('leads nowhere', () => {
    put('a/b')
    expect(read(path)).toBe('! not-a-file')
    expect(() => folder.apply([write('first'), write(path, 'bad')])).toThrow(TypeError)
    expect(() => folder.apply([remove(path)])).toThrow(TypeError)
    if (path !== '') expect(() => folder.list(path)).toThrow(TypeError)
    // Not even the change before it.
    expect([list(), outside()]).toEqual([[['a/b'], []], untouched])
  })
})

describe('changing a data folder', () => {
  it('writes and removes in order, with folders that come and go', () => {
    folder.apply([write('a/b/c', 'one'), write('a/d', 'two', true), write('a/b/c', 'three')])
    expect([read('a/b/c'), read('a/d')]).toEqual(['three', 'two'])
    const modes = ['a', 'a/b', 'a/b/c', 'a/d'].map((path) => modeOf(at(path)))
    expect(modes).toEqual(['700', '700', '600', '700'])
    folder.apply([remove('a/b/c')])
    expect([existsSync(at('a/b')), list()]).toEqual([false, [['a/d'], []]])
    folder.apply([remove('a/d'), write('a', 'a file now')])
    expect(list()).toEqual([['a'], []])
    folder.apply([remove('a')])
    expect([list(), existsSync(at(''))]).toEqual([[[], []], true])
  })

  it('changes nothing the second time', () => {
    put('old/x/y')
    put('keep/x')
    const changes = [write('new/a', '1'), remove('old/x/y'), remove('never/was'), write('keep/b', '2', true)]
    folder.apply(changes)
    const once = [list(), read('new/a'), read('keep/b')]
    folder.apply(changes)
    expect([list(), read('new/a'), read('keep/b')]).toEqual(once)
    expect(existsSync(at('old'))).toBe(false)
  })

  it('takes away the folders of a removal that was cut short', () => {
    mkdirSync(at('a/b'), { recursive: true })
    folder.apply([remove('a/b/c/d')])
    expect(readdirSync(at(''))).toEqual([])
  })

  it('makes a root that is not there', () => {
    folder = openDataFolder(join(home, 'new'))
    folder.apply([remove('a')])
    expect(existsSync(join(home, 'new'))).toBe(false)
    folder.apply([write('a')])
    expect([list(), modeOf(join(home, 'new'))]).toEqual([[['a'], []], '700'])
  })

  it('replaces a link in the place of the file, and writes nothing through it', () => {
    symlinkSync(join(home, 'outside/secret'), at('a'))
    symlinkSync(join(home, 'outside/new'), at('b'))
    execFileSync('mkfifo', [at('c')])
    linkSync(join(home, 'outside/secret'), at('d'))
    folder.apply(['a', 'b', 'c', 'd'].map((path) => write(path, 'mine')))
    expect([list(), read('a'), read('b'), read('c'), read('d')]).toEqual([
      [['a', 'b', 'c', 'd'], []],
      ...['mine', 'mine', 'mine', 'mine'],
    ])
    expect(outside()).toEqual(untouched)
  })

  it('removes a link, not what it leads to', () => {
    symlinkSync(join(home, 'outside/secret'), at('a'))
    symlinkSync(join(home, 'outside'), at('b'))
    folder.apply([remove('a'), remove('b')])
    expect([readdirSync(at('')), outside()]).toEqual([[], untouched])
  })

  it.each(['folder/secret', 'folder/new', 'folder/deep/new', 'dangling/new', 'pipe/x', 'file/x'])(
    'goes no way through what is no folder: %s',
    (path) => {
      symlinkSync(join(home, 'outside'), at('folder'))
      symlinkSync(join(home, 'outside/none'), at('dangling'))
      execFileSync('mkfifo', [at('pipe')])
      put('file')
      for (const change of [write(path), remove(path)]) {
        expect(() => folder.apply([change])).toThrow(new DataFolderFault('not-a-folder', path.split('/')[0]!))
      }
      expect([outside(), readlinkSync(at('folder'))]).toEqual([untouched, join(home, 'outside')])
    },
  )

  it('takes no folder for a file', () => {
    put('a/b')
    expect(() => folder.apply([write('a')])).toThrow(new DataFolderFault('not-a-file', 'a'))
    expect(() => folder.apply([remove('a')])).toThrow(new DataFolderFault('not-a-file', 'a'))
    expect(list()).toEqual([['a/b'], []])
  })

  it('leaves no temporary file, and writes none that looks like one', () => {
    folder.apply([write('a/b')])
    expect(readdirSync(at('a'))).toEqual(['b'])
    expect(() => folder.apply([write('a/b.tmp-0123456789abcdef')])).toThrow(TypeError)
  })

  it.skipIf(process.getuid?.() === 0)('throws what the file system throws', () => {
    put('a/b')
    chmodSync(at('a'), 0o500)
    expect(() => folder.apply([write('a/c')])).toThrow('EACCES')
    expect(() => folder.apply([remove('a/b')])).toThrow('EACCES')
    chmodSync(at('a'), 0o700)
    expect(list()).toEqual([['a/b'], []])
  })
})

/** Puts a link to the outside in the place of a folder, and the folder back, as fast as it can, until told to stop. */
const swapper = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  const { workerData, parentPort } = require('node:worker_threads')
  const { path, aside, target, stop } = workerData
  parentPort.postMessage('started')
  while (Atomics.load(stop, 0) === 0) {
    try {
      renameSync(path, aside); symlinkSync(target, path); unlinkSync(path); renameSync(aside, path)
    } catch { /* the folder under test made a new one meanwhile */ try { unlinkSync(path) } catch {} try { renameSync(aside, path) } catch {} }
    Atomics.add(stop, 1, 1)
  }
`

describe('a folder that turns into a link while it is used', () => {
  it('never leads out', async () => {
    put('a/file', 'inside')
    put('a/secret', 'inside')
    writeFileSync(join(home, 'outside/stranger'), '')
    const stop = new Int32Array(new SharedArrayBuffer(8))
    const paths = { path: at('a'), aside: join(home, 'aside'), target: join(home, 'outside') }
    const worker = new Worker(swapper, { eval: true, workerData: { ...paths, stop } })
    await new Promise((resolve) => worker.once('message', resolve))
    const seen = new Set<string>()
    for (let turn = 0; turn < 3000 || Atomics.load(stop, 1) < 300; turn += 1) {
      seen.add(read('a/secret'))
      for (const file of folder.list('a').files) seen.add(file.path)
      const change = turn % 2 === 0 ? write('a/new') : remove('a/new')
      if (turn % 20 < 2) attemptChange(change)
    }
    Atomics.store(stop, 0, 1)
    await new Promise((resolve) => worker.once('exit', resolve))
    expect([seen.has('inside'), seen.has('secret'), seen.has('a/stranger')]).toEqual([true, false, false])
    expect(outside()).toEqual([['secret', 'stranger'], 'secret'])
  })
})

/** What the swapping makes impossible is refused, or fails in the file system; anything else is a bug. */
function attemptChange(change: FileChange): void {
  try {
    folder.apply([change])
  } catch (error) {
    if (!(error instanceof DataFolderFault) && !(error instanceof Error && 'code' in error)) throw error
  }
}
