import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '@rumi/kernel/base'
import { buildState, diffStates, hashFiles, type HashedFiles } from '@rumi/skills/state-commit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDataFolder } from './data-folder.ts'
import { openFileHashes, type OpenFileHashes } from './file-cache.ts'

let home = ''
let cache: OpenFileHashes
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rumi-hashes-'))
  cache = openFileHashes(join(home, 'hashes.db'))
})
afterEach(() => {
  cache.close()
  rmSync(home, { recursive: true, force: true })
})

const reopen = (): void => {
  cache.close()
  cache = openFileHashes(join(home, 'hashes.db'))
}

it('finds a hash by path and stamp, also when it is opened again', () => {
  cache.put('a', '1', 'hash of a')
  cache.put('b', '1', 'before')
  cache.put('b', '2', 'after')
  cache.put('__proto__', '1', 'plain')
  const found = (): unknown => [
    cache.find('a', '1'),
    cache.find('a', '2'),
    cache.find('b', '1'),
    cache.find('b', '2'),
    cache.find('__proto__', '1'),
    cache.find('constructor', '1'),
  ]
  const expected = ['hash of a', undefined, undefined, 'after', 'plain', undefined]
  expect(found()).toEqual(expected)
  reopen()
  expect(found()).toEqual(expected)
})

it('keeps what was flushed when nobody closes it', () => {
  cache.put('a', '1', 'hash')
  cache.flush()
  cache.flush()
  cache.put('a', '2', 'newer')
  reopen()
  expect(cache.find('a', '2')).toBe('newer')
})

it('makes a state of real files, and reads again only what changed', () => {
  const path = (name: string): string => join(home, 'data', name)
  for (const folder of ['data/knowledge/pets', 'data/skills', 'data/storage'])
    mkdirSync(join(home, folder), { recursive: true })
  for (const name of ['knowledge/pets/pets.md', 'skills/law.rb', 'storage/none']) writeFileSync(path(name), name)
  const nowMs = Date.now() + 10_000
  const take = (): HashedFiles & { readonly read: number } => {
    let read = 0
    const folder = openDataFolder(join(home, 'data'))
    const hashed = hashFiles({ folder, cache, nowMs, limitBytes: 1000, keep: () => (read += 1) })
    return { ...hashed, read }
  }
  const first = take()
  expect(first.files).toEqual([
    { path: 'knowledge/pets/pets.md', hash: sha256Hex('knowledge/pets/pets.md'), sizeBytes: 22, isExecutable: false },
    { path: 'skills/law.rb', hash: sha256Hex('skills/law.rb'), sizeBytes: 13, isExecutable: false },
  ])
  reopen()
  expect([first.read, take().read]).toEqual([2, 0])
  appendFileSync(path('knowledge/pets/pets.md'), '!')
  chmodSync(path('skills/law.rb'), 0o700)
  const second = take()
  expect([second.read, second.diagnostics]).toEqual([2, []])
  const [before, after] = [buildState(first.files), buildState(second.files)]
  const changes = diffStates(before.root, after.root, (hash) => before.objects.get(hash) ?? after.objects.get(hash))
  expect(changes.ok && changes.value.map(({ path, kind }) => [path, kind])).toEqual([
    ['knowledge/pets/pets.md', 'changed'],
    ['skills/law.rb', 'changed'],
  ])
})

it('sees a change of the same size whose time was set back', () => {
  mkdirSync(join(home, 'data/skills'), { recursive: true })
  const path = join(home, 'data/skills/law.rb')
  const hash = (): unknown => {
    const source = { folder: openDataFolder(join(home, 'data')), cache, nowMs: Date.now(), limitBytes: 1000 }
    return hashFiles(source).files.map((file) => file.hash)
  }
  writeFileSync(path, 'one')
  utimesSync(path, 1000, 1000)
  expect([hash(), hash()]).toEqual([[sha256Hex('one')], [sha256Hex('one')]])
  rmSync(path)
  writeFileSync(path, 'two')
  utimesSync(path, 1000, 1000)
  expect(hash()).toEqual([sha256Hex('two')])
})
