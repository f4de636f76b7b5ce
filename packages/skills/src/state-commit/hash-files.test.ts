import { sha256Hex } from '@rumi/kernel/base'
import { describe, expect, it } from 'vitest'
import type { DataFolder } from '../base/index.ts'
import { hashFiles, type FileHashes, type HashedFiles } from './hash-files.ts'

const nowMs = 1_000_000
const old = nowMs - 2000

/** Files in memory: a content, or a `FileRefusal`. A stamp is the time. */
interface Kept {
  readonly content: string
  readonly modifiedAtMs: number
}

function scene(): {
  readonly kept: Map<string, Kept>
  readonly cached: Map<string, string>
  readonly listed: string[]
  readonly take: () => HashedFiles & { readonly read: readonly string[] }
} {
  const [kept, cached, listed] = [new Map<string, Kept>(), new Map<string, string>(), new Array<string>()]
  const read: string[] = []
  const folder: DataFolder = {
    list: (name) => {
      listed.push(name)
      const files = [...kept]
        .filter(([path]) => path.startsWith(`${name}/`))
        .map(([path, { content, modifiedAtMs }]) => ({
          path,
          sizeBytes: content.length,
          isExecutable: false,
          stamp: String(modifiedAtMs),
          modifiedAtMs,
        }))
      const diagnostics =
        name === 'config' ? [{ severity: 'warning', code: 'data.link', message: 'a link' } as const] : []
      return { files, diagnostics }
    },
    read: (path) => {
      read.push(path)
      const content = kept.get(path)?.content ?? 'missing'
      const isRefusal =
        content === 'missing' || content === 'too-large' || content === 'unreadable' || content === 'not-a-file'
      return isRefusal ? { ok: false, error: content } : { ok: true, value: Buffer.from(content) }
    },
    apply: () => expect.fail('nothing is changed'),
  }
  const cache: FileHashes = {
    find: (path, stamp) => cached.get(`${path} ${stamp}`),
    put: (path, stamp, hash) => cached.set(`${path} ${stamp}`, hash),
  }
  const take = (): HashedFiles & { readonly read: readonly string[] } => {
    read.length = 0
    return { ...hashFiles({ folder, cache, nowMs, limitBytes: 100 }), read: [...read] }
  }
  return { kept, cached, listed, take }
}

describe('hashing the files of a state', () => {
  it('reads each file once, as long as its stamp stays', () => {
    const { kept, take } = scene()
    kept.set('skills/a', { content: 'one', modifiedAtMs: old })
    const file = { path: 'skills/a', hash: sha256Hex('one'), sizeBytes: 3, isExecutable: false }
    expect([take(), take()]).toMatchObject([
      { files: [file], read: ['skills/a'] },
      { files: [file], read: [] },
    ])
    kept.set('skills/a', { content: 'two', modifiedAtMs: old - 1 })
    expect(take()).toMatchObject({ files: [{ hash: sha256Hex('two') }], read: ['skills/a'] })
  })

  it.each([old + 1, nowMs, nowMs + 1_000_000])('never trusts a file that was modified at %d', (modifiedAtMs) => {
    const { kept, cached, take } = scene()
    kept.set('skills/a', { content: 'one', modifiedAtMs })
    take()
    // The same size, the same tick of the clock: the stamp stays.
    kept.set('skills/a', { content: 'two', modifiedAtMs })
    expect(take().files).toMatchObject([{ hash: sha256Hex('two') }])
    expect(cached.size).toBe(0)
    cached.set(`skills/a ${modifiedAtMs}`, 'put by somebody')
    expect(take().files).toMatchObject([{ hash: sha256Hex('two') }])
  })

  it('looks only where the state is, and hands on what is wrong there', () => {
    const { kept, listed, take } = scene()
    for (const path of ['skills/a', 'storage/b', 'c', 'knowledge/d/d.md'])
      kept.set(path, { content: 'x', modifiedAtMs: old })
    const { files, diagnostics } = take()
    expect([files.map(({ path }) => path), listed]).toEqual([
      ['knowledge/d/d.md', 'skills/a'],
      ['config', 'context', 'knowledge', 'skills', 'skillsets'],
    ])
    expect(diagnostics.map(({ code }) => code)).toEqual(['data.link'])
  })

  it('says which file it had to leave out, but not of one that is gone', () => {
    const { kept, cached, take } = scene()
    for (const content of ['missing', 'too-large', 'unreadable', 'not-a-file'] as const)
      kept.set(`skills/${content}`, { content, modifiedAtMs: old })
    const { files, diagnostics } = take()
    expect([files, cached.size]).toEqual([[], 0])
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code, file }) => [code, file])).toEqual([
      ['state.unreadable', 'skills/too-large'],
      ['state.unreadable', 'skills/unreadable'],
      ['state.unreadable', 'skills/not-a-file'],
    ])
  })
})
