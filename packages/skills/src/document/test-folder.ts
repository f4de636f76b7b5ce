import { err, ok, sha256Hex } from '@rumi/kernel/base'
import type { DataFolder, FileFacts } from '../base/index.ts'

/** A data folder in memory, for tests of rules: the port's promises and nothing else. */
export interface TestFolder extends DataFolder {
  /** Every file as text, `*` behind the path of an executable one. */
  texts(): { readonly [path: string]: string }
  /** Every file as hex digits, the same way. */
  bytes(): { readonly [path: string]: string }
}

interface Kept {
  readonly bytes: Uint8Array
  readonly isExecutable: boolean
  readonly modifiedAtMs: number
}

/**
 * Makes a folder of texts and bytes by path; `*` behind a path makes the file executable, `@` makes it a link that nobody
 * follows.
 */
export function testFolder(content: { readonly [path: string]: string | Uint8Array }): TestFolder {
  const files = new Map<string, Kept>()
  const links = new Set<string>()
  for (const [key, value] of Object.entries(content)) {
    const isExecutable = key.endsWith('*')
    const path = isExecutable || key.endsWith('@') ? key.slice(0, -1) : key
    if (key.endsWith('@')) links.add(path)
    else files.set(path, { bytes: Buffer.from(value), isExecutable, modifiedAtMs: 1000 })
  }
  const show = (encoding: 'utf8' | 'hex') =>
    Object.fromEntries(
      [...files]
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([path, { bytes, isExecutable }]) => [
          `${path}${isExecutable ? '*' : ''}`,
          Buffer.from(bytes).toString(encoding),
        ]),
    )
  return {
    list(path) {
      if (path !== '' && !isPath(path)) throw new TypeError(`not a path: ${path}`)
      const isInside = (candidate: string): boolean => path === '' || candidate.startsWith(`${path}/`)
      const found = [...files].filter(([candidate]) => isInside(candidate)).map(([name, kept]) => toFacts(name, kept))
      const diagnostics = [...links]
        .filter((link) => link === path || isInside(link))
        .map((file) => ({ severity: 'warning' as const, code: 'data.link', message: 'a link is not followed', file }))
      return { files: found.sort((left, right) => (left.path < right.path ? -1 : 1)), diagnostics }
    },
    read(path, limitBytes) {
      const kept = files.get(path)
      if (!isPath(path) || links.has(path)) return err('not-a-file')
      if (!kept) return err('missing')
      return kept.bytes.length > limitBytes ? err('too-large') : ok(kept.bytes)
    },
    apply(changes) {
      for (const { path } of changes) if (!isPath(path)) throw new TypeError(`not a path: ${path}`)
      for (const change of changes) {
        if (change.kind === 'remove') files.delete(change.path)
        else files.set(change.path, { bytes: change.bytes, isExecutable: change.isExecutable, modifiedAtMs: 2000 })
      }
    },
    texts: () => show('utf8'),
    bytes: () => show('hex'),
  }
}

function toFacts(path: string, { bytes, isExecutable, modifiedAtMs }: Kept): FileFacts {
  return { path, sizeBytes: bytes.length, isExecutable, stamp: sha256Hex(bytes), modifiedAtMs }
}

function isPath(path: string): boolean {
  const names = path.split('/')
  return names.length <= 16 && names.every((name) => name !== '' && name !== '.' && name !== '..')
}
