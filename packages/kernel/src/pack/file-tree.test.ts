import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import vectorsFile from '../../../../vectors/tree-hash.json' with { type: 'json' }
import { sha256Hex } from '../base/index.ts'
import { diffTrees, fileTreeSchema, treeHash, type FileTree, type TreeEntry } from './file-tree.ts'

const vectorsSchema = z.object({
  vectors: z.array(z.object({ name: z.string(), tree: fileTreeSchema, input: z.string(), hash: z.string() })).min(1),
})
const { vectors } = vectorsSchema.parse(vectorsFile)

const file = (path: string, content: string): TreeEntry => ({
  kind: 'file',
  path,
  size: Buffer.byteLength(content),
  sha256: sha256Hex(content),
})
const directory = (path: string): TreeEntry => ({ kind: 'directory', path })
const tree = (...entries: TreeEntry[]): FileTree => ({ entries })

const entryArbitrary: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.string({ maxLength: 8 }).map(directory),
  fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map(([path, content]) => file(path, content)),
)
const treeArbitrary = fc
  .uniqueArray(entryArbitrary, { selector: (entry) => entry.path, maxLength: 6 })
  .map((entries) => tree(...entries))

describe('treeHash', () => {
  it.each(vectors)('is what the vector says: $name', (vector) => {
    expect(`sha256:${sha256Hex(Buffer.from(vector.input, 'hex'))}`).toBe(vector.hash)
    expect(treeHash(vector.tree)).toBe(vector.hash)
  })

  it('differs between all vectors', () => {
    expect(new Set(vectors.map((vector) => vector.hash)).size).toBe(vectors.length)
  })

  it.each([
    ['path and content', [file('a', 'bc')], [file('ab', 'c')]],
    ['an empty directory', [file('a', '')], [file('a', ''), directory('b')]],
    ['a directory and an empty file', [directory('a')], [file('a', '')]],
    ['a compiled cache', [directory('__pycache__')], [directory('__pycache__'), file('__pycache__/a.pyc', 'x')]],
    ['a hidden directory', [], [directory('.git')]],
    ['two entries and one', [directory('a'), directory('b')], [directory('ab')]],
    ['size alone', [{ ...file('a', 'x'), size: 1 }], [{ ...file('a', 'x'), size: 2 }]],
  ] as [string, TreeEntry[], TreeEntry[]][])('tells apart %s', (_name, left, right) => {
    expect(treeHash(tree(...left))).not.toBe(treeHash(tree(...right)))
  })

  it('is equal for equal trees only, in whatever order the entries come', () => {
    fc.assert(
      fc.property(treeArbitrary, treeArbitrary, (left, right) => {
        expect(treeHash(tree(...[...left.entries].reverse()))).toBe(treeHash(left))
        const { added, removed, changed } = diffTrees(left, right)
        const isSame = added.length + removed.length + changed.length === 0
        expect(treeHash(left) === treeHash(right)).toBe(isSame)
      }),
    )
  })

  it('refuses a path without bytes of its own', () => {
    expect(() => treeHash(tree(directory('\ud800')))).toThrow('lone surrogate')
  })
})

describe('diffTrees', () => {
  it('names what was added, removed and changed, in path order', () => {
    const before = tree(directory('a'), file('a/x', '1'), file('b', '1'), file('gone', '1'), directory('kind'))
    const after = tree(
      file('z', '1'),
      directory('a'),
      file('a/x', '2'),
      file('b', '1'),
      file('kind', ''),
      file('c', '1'),
    )
    expect(diffTrees(before, after)).toEqual({
      added: [file('c', '1'), file('z', '1')],
      removed: [file('gone', '1')],
      changed: [
        { before: file('a/x', '1'), after: file('a/x', '2') },
        { before: directory('kind'), after: file('kind', '') },
      ],
    })
  })
})

describe('fileTreeSchema', () => {
  it.each([
    { entries: [{ kind: 'file', path: 'a', size: -1, sha256: 'a'.repeat(64) }] },
    { entries: [{ kind: 'file', path: 'a', size: 1, sha256: 'A'.repeat(64) }] },
    { entries: [{ kind: 'symlink', path: 'a' }] },
    { entries: [{ kind: 'directory', path: 'a', mode: 1 }] },
    {},
  ])('refuses %j', (value) => {
    expect(fileTreeSchema.safeParse(value).success).toBe(false)
  })
})
