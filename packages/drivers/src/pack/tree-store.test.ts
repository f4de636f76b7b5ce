import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { sha256Hex, treeHashSchema, type TreeHash } from '@rumi/kernel/base'
import { treeHash, type StoredTree } from '@rumi/kernel/pack'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintFolder } from './fingerprint.ts'
import { readTree } from './read-tree.ts'
import { deleteTree } from './tree-files.ts'
import { directoryTreeStore } from './tree-store.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-store-'))
  mkdirSync(join(home, 'pack/backend/blocks'), { recursive: true })
  mkdirSync(join(home, 'pack/empty'))
  writeFileSync(join(home, 'pack/backend/ecosystem.json'), '{}')
  writeFileSync(join(home, 'pack/backend/blocks/hello.py'), 'def run(i, c=None):\n    return 1\n')
})
afterEach(() => {
  deleteTree(home)
})
const path = (...parts: string[]): string => join(home, 'pack', ...parts)
const open = () => directoryTreeStore(join(home, 'user_data/trees'))
const source = () => ({ directory: path(), location: 'ecosystem/pack' })
const stored = (name: string): string => join(home, 'user_data/trees', name)
const hex = (hash: TreeHash): string => hash.slice('sha256:'.length)
const none = treeHashSchema.parse(`sha256:${'0'.repeat(64)}`)

async function put(): Promise<StoredTree> {
  const result = await open().put(source())
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
const codes = (result: Awaited<ReturnType<ReturnType<typeof open>['put']>>): readonly string[] =>
  result.ok ? [] : result.error.map(({ code }) => code)
/** Does to a stored file what only its owner, or a broken disk, could. */
const tamper = (file: string, content: string): void => {
  chmodSync(file, 0o600)
  writeFileSync(file, content)
}

describe('directoryTreeStore', () => {
  it('stores a folder under the hash of its content, readable and unwritable for everyone', async () => {
    const { treeHash: hash, tree, fingerprint } = await put()
    expect(treeHash(tree)).toBe(hash)
    expect(fingerprint).toBe(fingerprintFolder(path()))
    expect(open().path(hash)).toBe(stored(hex(hash)))
    expect(open().has(hash)).toBe(true)
    expect(readdirSync(stored('.')).sort()).toEqual([hex(hash), `${hex(hash)}.json`].sort())
    const modes = ['', 'backend', 'backend/blocks', 'empty', 'backend/blocks/hello.py'].map(
      (name) => lstatSync(join(stored(hex(hash)), name)).mode & 0o7777,
    )
    expect(modes).toEqual([0o555, 0o555, 0o555, 0o555, 0o444])
    expect(lstatSync(stored('.')).mode & 0o7777).toBe(0o700)
    expect(readFileSync(join(stored(hex(hash)), 'backend/blocks/hello.py'))).toEqual(
      readFileSync(path('backend/blocks/hello.py')),
    )
  })

  it('gives the same folder the same hash and keeps one copy', async () => {
    const first = await put()
    const inode = lstatSync(stored(hex(first.treeHash))).ino
    expect(await put()).toEqual(first)
    expect(lstatSync(stored(hex(first.treeHash))).ino).toBe(inode)
    expect(readdirSync(stored('.'))).toHaveLength(2)
  })

  it('does not notice what happens to the folder afterwards', async () => {
    const { treeHash: hash, tree } = await put()
    writeFileSync(path('backend/blocks/hello.py'), 'import os\n')
    writeFileSync(path('added.py'), '')
    rmSync(path('empty'), { recursive: true })
    expect(await open().verify(hash)).toEqual({ ok: true, value: tree })
    const file = open().readFile(hash, 'backend/blocks/hello.py')
    expect(file.ok && file.value.toString()).toContain('return 1')
    expect((await put()).treeHash).not.toBe(hash)
  })

  it('stores the empty folder and folders side by side', async () => {
    const hashes = [(await put()).treeHash]
    rmSync(path('backend'), { recursive: true })
    rmSync(path('empty'), { recursive: true })
    hashes.push((await put()).treeHash)
    expect(await Promise.all(hashes.map(async (hash) => (await open().verify(hash)).ok))).toEqual([true, true])
  })

  it('stores the same folder twice at the same time', async () => {
    const store = open()
    const results = await Promise.all([store.put(source()), store.put(source()), store.put(source())])
    expect(new Set(results.map((result) => result.ok && result.value.treeHash)).size).toBe(1)
    expect(readdirSync(stored('.'))).toHaveLength(2)
  })

  it('stores nothing of a folder that holds something refused', async () => {
    symlinkSync('/etc/passwd', path('backend/passwd'))
    expect(codes(await open().put(source()))).toEqual(['tree.symlink'])
    expect(existsSync(stored('.'))).toBe(false)
  })

  it('stores nothing when a folder changes while it is copied', async () => {
    writeFileSync(path('a-large'), Buffer.alloc(12 * 1024 * 1024, 1))
    const putting = open().put(source())
    let edits = 0
    for (let done = false; !done;) {
      writeFileSync(path('empty/late'), String(edits))
      edits += 1
      done = await Promise.race([putting.then(() => true), setImmediate(false)])
    }
    expect(edits).toBeGreaterThan(1)
    expect(codes(await putting)).toContain('tree.changed')
    expect(existsSync(stored('.')) ? readdirSync(stored('.')) : []).toEqual([])
  })

  it('leaves nothing behind when it is told to stop', async () => {
    writeFileSync(path('a-large'), Buffer.alloc(24 * 1024 * 1024, 1))
    const controller = new AbortController()
    const putting = open().put(source(), controller.signal)
    const tmp = (): readonly string[] =>
      existsSync(stored('.')) ? readdirSync(stored('.')).filter((name) => name.startsWith('tmp-')) : []
    while (tmp().length === 0) await setImmediate()
    controller.abort(new Error('enough'))
    await expect(putting).rejects.toThrow('enough')
    expect(readdirSync(stored('.'))).toEqual([])
  })

  it('never stores bytes under a hash that is not theirs, however a racer writes', async () => {
    for (let at = 0; at < 20; at += 1) writeFileSync(path(`f${at}`), 'x'.repeat(5_000))
    const racer = spawn(process.execPath, ['-e', racerScript, path()], {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const store = open()
    const seen = new Set<TreeHash>()
    const ended = once(racer, 'exit')
    let refused = 0
    try {
      await once(racer.stdout, 'data')
      for (let round = 0; round < 60; round += 1) {
        const result = await store.put(source())
        if (result.ok) seen.add(result.value.treeHash)
        else refused += 1
      }
    } finally {
      racer.kill('SIGKILL')
      await ended
    }
    for (const name of readdirSync(stored('.')).filter((entry) => !entry.endsWith('.json'))) {
      const read = await readTree({ directory: stored(name), location: name })
      expect(read.ok && hex(treeHash(read.value))).toBe(name)
      expect(seen).toContain(`sha256:${name}`)
    }
    expect(refused).toBeGreaterThan(0)
  })
})

/** Edits, renames and removes files of a folder as fast as it can, with pauses that let some readings through. */
const racerScript = `
const fs = require('node:fs'), folder = process.argv[1], pause = new Int32Array(new SharedArrayBuffer(4))
process.stdout.write('ready')
for (let i = 0; ; i++) {
  const file = folder + '/f' + (i % 20)
  if (i % 3 === 0) fs.writeFileSync(file, String(i % 7).repeat(5000))
  if (i % 3 === 1) { fs.renameSync(file, file + '.x'); fs.renameSync(file + '.x', file) }
  if (i % 3 === 2) { const fd = fs.openSync(file, 'r+'); fs.writeSync(fd, 'evil', 100); fs.closeSync(fd) }
  if (i % 50 === 0) Atomics.wait(pause, 0, 0, 25)
}`

describe('readManifest and readFile', () => {
  it('reads what is stored', async () => {
    const { treeHash: hash, tree } = await put()
    expect(open().readManifest(hash)).toEqual({ ok: true, value: tree })
    const file = open().readFile(hash, 'backend/ecosystem.json')
    expect(file.ok && file.value.toString()).toBe('{}')
  })

  it.each(['missing', 'backend', '', '../x', 'backend/../backend/ecosystem.json', '/etc/passwd'])(
    'has no file called %j',
    async (name) => {
      const { treeHash: hash } = await put()
      expect(open().readFile(hash, name)).toMatchObject({ ok: false, error: { code: 'tree.no_file' } })
    },
  )

  it('knows nothing of a tree that is not stored', async () => {
    expect(open().has(none)).toBe(false)
    expect(open().readManifest(none)).toMatchObject({ ok: false, error: { code: 'tree.unknown' } })
    expect(open().readFile(none, 'a')).toMatchObject({ ok: false, error: { code: 'tree.unknown' } })
    expect(await open().verify(none)).toMatchObject({ ok: false, error: [{ code: 'tree.unknown' }] })
    await put()
    expect(open().readManifest(none)).toMatchObject({ ok: false, error: { code: 'tree.unknown' } })
  })

  it.each([
    ['no JSON', () => '{'],
    ['another shape', () => '[]'],
    ['another tree', () => JSON.stringify({ entries: [] })],
    [
      'another digest',
      ({ tree }: StoredTree) => JSON.stringify(tree).replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`),
    ],
    [
      'a way out',
      ({ tree }: StoredTree) =>
        JSON.stringify({
          entries: [{ kind: 'file', path: '../../../etc/passwd', size: 1, sha256: '0'.repeat(64) }, ...tree.entries],
        }),
    ],
  ])('does not trust a list that is %s', async (_name, content) => {
    const tree = await put()
    tamper(stored(`${hex(tree.treeHash)}.json`), content(tree))
    expect(open().readManifest(tree.treeHash)).toMatchObject({ ok: false, error: { code: 'tree.damaged' } })
    expect(open().readFile(tree.treeHash, 'backend/ecosystem.json')).toMatchObject({ ok: false })
  })
})

describe('a damaged tree', () => {
  it.each([
    ['other bytes of the same length', (root: string) => tamper(join(root, 'backend/ecosystem.json'), '[]')],
    [
      'a file more',
      (root: string) => {
        chmodSync(root, 0o700)
        writeFileSync(join(root, 'sitecustomize.py'), '')
      },
    ],
    [
      'a directory less',
      (root: string) => {
        chmodSync(root, 0o700)
        rmSync(join(root, 'empty'), { recursive: true })
      },
    ],
    [
      'a link',
      (root: string) => {
        chmodSync(join(root, 'backend'), 0o700)
        renameSync(join(root, 'backend/ecosystem.json'), join(home, 'moved'))
        symlinkSync(join(home, 'moved'), join(root, 'backend/ecosystem.json'))
      },
    ],
  ])('with %s is noticed, never replaced, and can be removed', async (_name, damage) => {
    const { treeHash: hash } = await put()
    const store = open()
    damage(store.path(hash))
    const verified = await store.verify(hash)
    expect(verified.ok ? [] : verified.error.map(({ code }) => code)).toContain('tree.damaged')
    expect(codes(await store.put(source()))).toContain('tree.damaged')
    expect(store.remove(hash)).toBe(true)
    expect(codes(await store.put(source()))).toEqual([])
    expect((await store.verify(hash)).ok).toBe(true)
  })

  it('gives no file whose bytes are not those of its list', async () => {
    const { treeHash: hash } = await put()
    const file = join(open().path(hash), 'backend/ecosystem.json')
    tamper(file, '[]')
    expect(open().readFile(hash, 'backend/ecosystem.json')).toMatchObject({
      ok: false,
      error: { code: 'tree.damaged' },
    })
    tamper(file, '{} and more')
    expect(open().readFile(hash, 'backend/ecosystem.json')).toMatchObject({
      ok: false,
      error: { code: 'tree.damaged' },
    })
  })

  it('gets its list back by a scan of the same folder', async () => {
    const { treeHash: hash } = await put()
    rmSync(stored(`${hex(hash)}.json`), { force: true })
    expect(open().has(hash)).toBe(false)
    await put()
    expect(open().readManifest(hash).ok).toBe(true)
  })
})

describe('remove and sweep', () => {
  it('removes a tree with its list, once', async () => {
    const { treeHash: hash } = await put()
    expect([open().remove(hash), open().remove(hash), open().has(hash)]).toEqual([true, false, false])
    expect(readdirSync(stored('.'))).toEqual([])
  })

  it('keeps what is to be kept and what it does not know, and deletes what was interrupted', async () => {
    expect(open().sweep(new Set())).toEqual([])
    const kept = (await put()).treeHash
    writeFileSync(path('more'), '')
    const dropped = (await put()).treeHash
    mkdirSync(stored('tmp-0123456789abcdef/a'), { recursive: true })
    chmodSync(stored('tmp-0123456789abcdef/a'), 0o555)
    chmodSync(stored('tmp-0123456789abcdef'), 0o555)
    mkdirSync(stored('1'.repeat(64)))
    writeFileSync(stored(`${'2'.repeat(64)}.json`), '{}')
    writeFileSync(stored(`${'3'.repeat(64)}.json.tmp-0123456789abcdef`), '{}')
    writeFileSync(stored('notes.txt'), 'mine')
    const keep = new Set([kept, treeHashSchema.parse(`sha256:${'1'.repeat(64)}`)])
    expect(open().sweep(keep)).toEqual(
      [
        '1'.repeat(64),
        `${'2'.repeat(64)}.json`,
        `${'3'.repeat(64)}.json.tmp-0123456789abcdef`,
        hex(dropped),
        'tmp-0123456789abcdef',
      ].sort(),
    )
    expect(readdirSync(stored('.')).sort()).toEqual([hex(kept), `${hex(kept)}.json`, 'notes.txt'].sort())
    expect((await open().verify(kept)).ok).toBe(true)
  })

  it('does not touch a copy that is being made', async () => {
    writeFileSync(path('a-large'), Buffer.alloc(24 * 1024 * 1024, 1))
    const store = open()
    const putting = store.put(source())
    while (!existsSync(stored('.')) || readdirSync(stored('.')).length === 0) await setImmediate()
    expect(store.sweep(new Set())).toEqual([])
    expect(codes(await putting)).toEqual([])
  })

  it('stores a deep and wide folder and deletes it again', async () => {
    const names = Array.from({ length: 300 }, (_, at) => `d${at % 10}/e${at % 5}/f${at}`)
    for (const name of names) {
      mkdirSync(path(name, '..'), { recursive: true })
      writeFileSync(path(name), sha256Hex(name))
    }
    const { treeHash: hash, tree } = await put()
    expect(tree.entries.filter((entry) => entry.kind === 'file')).toHaveLength(302)
    expect((await open().verify(hash)).ok).toBe(true)
    expect(open().remove(hash)).toBe(true)
    expect(readdirSync(stored('.'))).toEqual([])
  })
})
