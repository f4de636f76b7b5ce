import { describe, expect, it } from 'vitest'
import { checkTree, foldPath, maxTreeDiagnostics, treeDiagnostic, treeLimits } from './check-tree.ts'
import type { TreeEntry } from './file-tree.ts'

const file = (path: string, size = 1): TreeEntry => ({ kind: 'file', path, size, sha256: '0'.repeat(64) })
const directory = (path: string): TreeEntry => ({ kind: 'directory', path })
const chain = (depth: number, name = 'd'): TreeEntry[] =>
  Array.from({ length: depth }, (_, at) => directory(Array.from({ length: at + 1 }, () => name).join('/')))
const problems = (entries: readonly TreeEntry[]): string[] => {
  const checked = checkTree(entries)
  return checked.ok ? [] : checked.error.map(({ code, file: path }) => `${code} ${path ?? ''}`.trim())
}

describe('checkTree', () => {
  it('sorts entries by the bytes of their path', () => {
    const entries = [file('\u{10000}'), file('\uffee'), directory('a'), file('a/b'), file('a-b'), file('B')]
    const checked = checkTree(entries)
    expect(checked.ok && checked.value.entries.map((entry) => entry.path)).toEqual([
      'B',
      'a',
      'a-b',
      'a/b',
      '\uffee',
      '\u{10000}',
    ])
  })

  it('accepts a tree at its limits', () => {
    const total = treeLimits.maxTotalBytes / treeLimits.maxFileBytes
    const large = Array.from({ length: total }, (_, at) => file(`f${at}`, treeLimits.maxFileBytes))
    const deep = chain(treeLimits.maxDepth)
    const rest = Array.from({ length: treeLimits.maxEntries - total - deep.length }, (_, at) => directory(`e${at}`))
    expect(problems([...large, ...deep, ...rest])).toEqual([])
  })

  it.each([
    ['a bad name', [file('a:b')], ['tree.name a:b']],
    ['a way out', [directory('..'), file('../x')], ['tree.name ..', 'tree.name ../x']],
    ['an absolute path', [file('/etc')], ['tree.name /etc', 'tree.parent /etc']],
    ['a file as a parent', [file('a'), file('a/b')], ['tree.parent a/b']],
    ['a parent that is not listed', [file('a/b')], ['tree.parent a/b']],
    ['a path twice', [file('a'), directory('a')], ['tree.collision a']],
    ['case twins', [file('Blocks.py'), file('blocks.py')], ['tree.collision blocks.py']],
    [
      'twins of a directory',
      [directory('Blocks'), file('Blocks/A.py'), directory('blocks'), file('blocks/a.py')],
      ['tree.collision blocks', 'tree.collision blocks/a.py'],
    ],
    ['twins by full folding', [file('STRASSE'), file('straße')], ['tree.collision straße']],
    ['a file too large', [file('a', treeLimits.maxFileBytes + 1)], ['tree.file_too_large a']],
    [
      'too much in all',
      Array.from({ length: 5 }, (_, at) => file(`f${at}`, treeLimits.maxFileBytes)),
      ['tree.too_large'],
    ],
    ['too many', Array.from({ length: treeLimits.maxEntries + 1 }, (_, at) => file(`f${at}`)), ['tree.too_many']],
  ] as [string, TreeEntry[], string[]][])('refuses %s', (_name, entries, expected) => {
    expect(problems(entries)).toEqual(expected)
  })

  it('refuses what is deeper or longer than allowed', () => {
    expect(problems(chain(treeLimits.maxDepth + 1))).toEqual([expect.stringContaining('tree.too_deep d/d')])
    const long = chain(5, 'n'.repeat(250))
    expect(problems(long)).toEqual([expect.stringContaining('tree.path_too_long')])
  })

  it('reports every problem, but not endlessly', () => {
    const many = Array.from({ length: 3_000 }, (_, at) => file(`bad:${at}`))
    expect(problems(many)).toHaveLength(maxTreeDiagnostics)
  })

  it('writes hidden characters of a path as escapes', () => {
    expect(treeDiagnostic('tree.name', 'a/\u001b[2J\u202eb\ud800', 'm').file).toBe('a/\\u{1b}[2J\\u{202e}b\ufffd')
    expect(treeDiagnostic('tree.too_large', '', 'm')).toEqual({
      severity: 'error',
      code: 'tree.too_large',
      message: 'm',
    })
  })

  it.each([
    ['\u212b', '\u00e5'],
    ['ẞ', 'ss'],
    ['ſ', 'S'],
    ['\u212a', 'k'],
    ['Σ', 'ς'],
    ['e\u0301', 'É'],
  ])('folds %s and %s together', (left, right) => {
    expect(foldPath(left)).toBe(foldPath(right))
  })
})
