import { describe, expect, it } from 'vitest'
import type { TreeEntry } from './file-tree.ts'
import { findSubdir, listSubdirCandidates } from './pack-root.ts'

const file = (path: string): TreeEntry => ({ kind: 'file', path, size: 0, sha256: '0'.repeat(64) })
const directory = (path: string): TreeEntry => ({ kind: 'directory', path })

describe('findSubdir', () => {
  it.each([
    ['the directory itself first', [directory('backend'), file('backend/ecosystem.json'), file('ecosystem.json')], ''],
    [
      'then the first child by name',
      [directory('z'), file('z/ecosystem.json'), directory('backend'), file('backend/ecosystem.json')],
      'backend',
    ],
    ['no deeper', [directory('a'), directory('a/b'), file('a/b/ecosystem.json')], undefined],
    ['no hidden child', [directory('.git'), file('.git/ecosystem.json')], undefined],
    ['only a file counts', [directory('ecosystem.json')], undefined],
  ] as [string, TreeEntry[], string | undefined][])('looks at %s', (_name, entries, subdir) => {
    expect(findSubdir({ entries })).toBe(subdir)
  })

  it('leaves out directories with a meaning of their own', () => {
    expect(listSubdirCandidates(['flows', 'b', 'packs', 'a', 'node_modules', '__pycache__', '.venv'])).toEqual([
      '',
      'a',
      'b',
    ])
  })
})
