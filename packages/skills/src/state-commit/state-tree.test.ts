import { canonicalJson, sha256Hex } from '@rumi/kernel/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffStates, type StateChange } from './diff.ts'
import { folderObjectDomain, writeFolderObject, type FolderEntry } from './folder-object.ts'
import { isPathName } from './path.ts'
import { planRestore } from './restore.ts'
import { buildState, readState, type ReadObject, type StateFile } from './state-tree.ts'

const file = (path: string, content = path, isExecutable = false): StateFile => ({
  path,
  hash: sha256Hex(content),
  sizeBytes: Buffer.byteLength(content),
  isExecutable,
})
const inOrder = (files: readonly StateFile[]): readonly StateFile[] =>
  files.toSorted((left, right) => (left.path < right.path ? -1 : 1))

const name = fc.constantFrom(
  'a',
  'b',
  'a-b',
  'A',
  '.x',
  'あ',
  '😀',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(200),
)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
const anyFile = fc.record({ path, content: fc.constantFrom('', '1', '2'), isExecutable: fc.boolean() })
/** Sets of files that a folder can hold: of a file and a folder of one name, the first stays. */
const files = fc.array(anyFile, { maxLength: 12 }).map((all) => {
  const kept: StateFile[] = []
  for (const { path, content, isExecutable } of all) {
    const stands = kept.some(
      (other) => path === other.path || path.startsWith(`${other.path}/`) || other.path.startsWith(`${path}/`),
    )
    if (!stands) kept.push(file(path, content, isExecutable))
  }
  return kept
})

/** Some states with one store for all their objects. */
function store(...sets: readonly (readonly StateFile[])[]): { roots: readonly string[]; read: ReadObject } {
  const built = sets.map(buildState)
  const objects = new Map(built.flatMap(({ objects }) => [...objects]))
  return { roots: built.map(({ root }) => root), read: (hash) => objects.get(hash) }
}

describe('a state', () => {
  it('is one canonical object for each folder', () => {
    const { root, objects } = buildState([file('b/c', 'x', true), file('a', '')])
    const inner = canonicalJson({
      v: 1,
      entries: [{ name: 'c', kind: 'file', hash: sha256Hex('x'), size: 1, executable: true }],
    })
    const outer = canonicalJson({
      v: 1,
      entries: [
        { name: 'a', kind: 'file', hash: sha256Hex(''), size: 0 },
        { name: 'b', kind: 'folder', hash: sha256Hex(folderObjectDomain + inner) },
      ],
    })
    expect(root).toBe(sha256Hex(folderObjectDomain + outer))
    expect(new Map(objects)).toEqual(
      new Map([
        [sha256Hex(folderObjectDomain + inner), inner],
        [root, outer],
      ]),
    )
  })

  it('is read back, in order of path', () => {
    fc.assert(
      fc.property(files, (set) => {
        const { roots, read } = store(set)
        expect(readState(roots[0]!, read)).toEqual({ ok: true, value: inOrder(set) })
      }),
    )
  })

  it('has one root whatever the order, and another when any path, byte or flag differs', () => {
    fc.assert(
      fc.property(files, files, (left, right) => {
        const { roots } = store(left, left.toReversed(), right)
        expect(roots[1]).toBe(roots[0])
        expect(roots[2] === roots[0]).toBe(canonicalJson(plain(left)) === canonicalJson(plain(right)))
      }),
    )
  })

  it('shares every folder that did not change', () => {
    const before = buildState([file('a/b/c'), file('d/e'), file('d/f/g')])
    const after = buildState([file('a/b/c'), file('d/e', 'new'), file('d/f/g')])
    expect([...after.objects.keys()].filter((hash) => !before.objects.has(hash))).toHaveLength(2)
  })

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a\nb',
    'a\u0000',
    '\ud800',
    'x'.repeat(201),
    'あ'.repeat(67),
    'd/'.repeat(16) + 'f',
  ])('is not made of the path %j', (bad) => {
    expect(() => buildState([file(bad)])).toThrow(TypeError)
  })

  it('is canonical JSON, whatever its names are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), fc.boolean(), (name, isExecutable) => {
        fc.pre(isPathName(name))
        for (const text of buildState([file(name), file(`${name}2/${name}`, 'x', isExecutable)]).objects.values()) {
          expect(canonicalJson(JSON.parse(text))).toBe(text)
        }
      }),
    )
  })

  it.each([
    { hash: '' },
    { hash: 'A'.repeat(64) },
    { hash: `${'a'.repeat(64)}\n` },
    { hash: `${'a'.repeat(63)}"` },
    { sizeBytes: -1 },
    { sizeBytes: 0.5 },
    { sizeBytes: Infinity },
  ])('is not made of a file with %j', (part) => {
    expect(() => buildState([{ ...file('a'), ...part }])).toThrow(TypeError)
  })

  it('is not made of a path that is there twice, or is a file and a folder', () => {
    for (const set of [
      ['a', 'a'],
      ['a', 'a/b'],
      ['a/b', 'a'],
      ['a/b/c', 'a/b'],
    ]) {
      expect(() => buildState(set.map((path) => file(path)))).toThrow(TypeError)
    }
  })
})

describe('reading a state that somebody kept', () => {
  const set = [file('a/b/c'), file('d')]
  const { root, objects } = buildState(set)
  const fault = (read: ReadObject, hash = root): unknown => {
    const result = readState(hash, read)
    return result.ok ? 'read' : [result.error.kind, result.error.path]
  }
  const [inner] = [...objects.keys()]

  it('says what is missing, and where', () => {
    expect(fault((hash) => (hash === inner ? undefined : objects.get(hash)))).toEqual(['missing', 'a/b'])
    expect(fault(() => undefined)).toEqual(['missing', ''])
    expect(fault((hash) => objects.get(hash), sha256Hex('no state'))).toEqual(['missing', ''])
  })

  it('sees each changed character of an object', () => {
    const text = objects.get(inner!)!
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', '1', ' ', '"'), (at, character) => {
        fc.pre(text[at] !== character)
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        expect(fault((hash) => (hash === inner ? changed : objects.get(hash)))).toEqual(['damaged', 'a/b'])
      }),
    )
  })

  const hash = sha256Hex('')
  const good = { name: 'a', kind: 'file', hash, size: 0 }
  it.each<[string, string]>([
    ['no JSON', '{'],
    ['not its one text', `{"entries":[], "v":1}`],
    ['not its one text, a key twice', `{"entries":[],"v":1,"v":1}`],
    ['of another version', canonicalJson({ v: 2, entries: [] })],
    ['with a word that is not known', canonicalJson({ v: 1, entries: [], more: 1 })],
    ['out of order', canonicalJson({ v: 1, entries: [{ ...good, name: 'b' }, good] })],
    ['with a name twice', canonicalJson({ v: 1, entries: [good, good] })],
    ['with a name that leads out', canonicalJson({ v: 1, entries: [{ ...good, name: '..' }] })],
    ['with a name of two', canonicalJson({ v: 1, entries: [{ ...good, name: 'a/b' }] })],
    ['with a flag that says nothing', canonicalJson({ v: 1, entries: [{ ...good, executable: false }] })],
    ['with a size below zero', canonicalJson({ v: 1, entries: [{ ...good, size: -1 }] })],
    ['with a hash that is none', canonicalJson({ v: 1, entries: [{ ...good, hash: 'A'.repeat(64) }] })],
    ['with a folder that has a size', canonicalJson({ v: 1, entries: [{ ...good, kind: 'folder' }] })],
  ])('refuses an object that is %s', (_, text) => {
    expect(fault(() => text, sha256Hex(folderObjectDomain + text))).toEqual(['malformed', ''])
  })

  it('refuses a folder without files, one too deep, and one that unfolds without end', () => {
    const kept = new Map<string, string>()
    const keep = (entries: readonly FolderEntry[]): string => {
      const { hash, text } = writeFolderObject(entries)
      kept.set(hash, text)
      return hash
    }
    const read: ReadObject = (hash) => kept.get(hash)
    const names = 'abcdefghijklmnopqrstuvwxyz'.split('')
    const empty = keep([])
    expect([fault(read, empty), fault(read, keep([{ name: 'a', kind: 'folder', hash: empty }]))]).toEqual([
      'read',
      ['malformed', 'a'],
    ])
    const leaf = keep([{ name: 'f', kind: 'file', hash, size: 0 }])
    const nest = (depth: number): string =>
      depth === 0 ? leaf : keep([{ name: 'd', kind: 'folder', hash: nest(depth - 1) }])
    expect([fault(read, nest(15)), fault(read, nest(16))]).toEqual([
      'read',
      ['malformed', Array(16).fill('d').join('/')],
    ])
    const unfold = (depth: number): string =>
      depth === 0 ? leaf : keep(names.map((name) => ({ name, kind: 'folder', hash: unfold(depth - 1) })))
    expect(fault(read, unfold(3))).toBe('read')
    expect(
      (fault(read, keep(names.map((name) => ({ name, kind: 'folder' as const, hash: unfold(3) })))) as string[])[0],
    ).toBe('too-large')
  })
})

describe('the difference of two states', () => {
  it('is nothing for equal states, and reads none of their objects', () => {
    const { root } = buildState([file('a')])
    const unread: ReadObject = () => expect.fail('read')
    expect([diffStates(root, root, unread), diffStates(null, null, unread)]).toEqual([
      { ok: true, value: [] },
      { ok: true, value: [] },
    ])
  })

  it('leads from one to the other, and back', () => {
    fc.assert(
      fc.property(files, files, (left, right) => {
        const { roots, read } = store(left, right)
        expect(apply(left, changesOf(roots[0]!, roots[1]!, read))).toEqual(inOrder(right))
        expect(apply(right, changesOf(roots[1]!, roots[0]!, read))).toEqual(inOrder(left))
        expect(apply([], changesOf(null, roots[1]!, read))).toEqual(inOrder(right))
        expect(apply(left, changesOf(roots[0]!, null, read))).toEqual([])
      }),
    )
  })

  it('reads only folders that differ', () => {
    const before = buildState([file('same/deep/a'), file('other/b')])
    const after = buildState([file('same/deep/a'), file('other/b', 'new')])
    const asked = new Set<string>()
    const read: ReadObject = (hash) => {
      asked.add(hash)
      return before.objects.get(hash) ?? after.objects.get(hash)
    }
    expect(changesOf(before.root, after.root, read)).toHaveLength(1)
    expect(asked.size).toBe(4)
  })

  it('tells which folder came or went as a whole', () => {
    const { roots, read } = store([file('a/b/c'), file('d/e'), file('x')], [file('d/e'), file('d/f'), file('x/y/z')])
    expect(changesOf(roots[0]!, roots[1]!, read)).toEqual([
      { path: 'a/b/c', kind: 'removed', before: file('a/b/c'), whole: 'a' },
      { path: 'd/f', kind: 'added', after: file('d/f') },
      { path: 'x', kind: 'removed', before: file('x') },
      { path: 'x/y/z', kind: 'added', after: file('x/y/z'), whole: 'x' },
    ])
  })

  it('is a fault when an object is missing', () => {
    const { roots, read } = store([file('a/b')], [file('a/c')])
    const [before, after] = roots
    const without =
      (missing: string | undefined): ReadObject =>
      (hash) =>
        hash === missing ? undefined : read(hash)
    expect(diffStates(before!, after!, without(after))).toEqual({
      ok: false,
      error: { kind: 'missing', hash: after, path: '' },
    })
    const inner = buildState([file('c', 'a/c')]).root
    for (const from of [before!, null]) {
      expect(diffStates(from, after!, (hash) => (hash === inner ? undefined : read(hash)))).toMatchObject({
        ok: false,
        error: { kind: 'missing' },
      })
    }
  })
})

describe('a restore', () => {
  const selection = fc.array(path, { maxLength: 4 })
  const covers = (selected: readonly string[], path: string): boolean =>
    selected.some((one) => path === one || path.startsWith(`${one}/`))

  it('of everything gives exactly the target, and then nothing more to do', () => {
    fc.assert(
      fc.property(files, files, (current, target) => {
        const restored = perform(current, target, planRestore(current, target, 'all'))
        expect(restored).toEqual(inOrder(target))
        expect(planRestore(restored, target, 'all')).toEqual([])
      }),
    )
  })

  it('of some paths gives the target there, and leaves every other file that can stay', () => {
    fc.assert(
      fc.property(files, files, selection, (current, target, selected) => {
        const restored = perform(current, target, planRestore(current, target, selected))
        const chosen = (set: readonly StateFile[]): unknown => inOrder(set.filter(({ path }) => covers(selected, path)))
        expect(chosen(restored)).toEqual(chosen(target))
        const others = inOrder(current.filter(({ path }) => !covers(selected, path)))
        const inTheWay = others.filter((file) => !restored.some(({ path }) => path === file.path))
        // What had to go stood where a restored file needs a folder, or where a folder has to make room for one.
        for (const { path } of inTheWay) {
          expect(restored.some((file) => file.path.startsWith(`${path}/`) || path.startsWith(`${file.path}/`))).toBe(
            true,
          )
        }
        expect(inOrder(restored.filter(({ path }) => !covers(selected, path)))).toEqual(
          others.filter((file) => !inTheWay.includes(file)),
        )
      }),
    )
  })

  it('removes first and writes only what differs', () => {
    const current = [file('keep'), file('flag', 'x'), file('old'), file('place')]
    const target = [file('keep'), file('flag', 'x', true), file('place/new')]
    expect(planRestore(current, target, 'all')).toEqual([
      { kind: 'remove', path: 'old' },
      { kind: 'remove', path: 'place' },
      { kind: 'write', path: 'flag', hash: sha256Hex('x'), isExecutable: true },
      { kind: 'write', path: 'place/new', hash: sha256Hex('place/new'), isExecutable: false },
    ])
    expect([planRestore(current, target, []), planRestore(current, target, ['nothing', 'kee'])]).toEqual([[], []])
  })
})

function plain(set: readonly StateFile[]): readonly Record<string, string | number | boolean>[] {
  return inOrder(set).map((one) => ({ ...one }))
}

function changesOf(before: string | null, after: string | null, read: ReadObject): readonly StateChange[] {
  const changes = diffStates(before, after, read)
  if (!changes.ok) throw new Error(changes.error.kind)
  return changes.value
}

function apply(set: readonly StateFile[], changes: readonly StateChange[]): readonly StateFile[] {
  const found = new Map(set.map((one) => [one.path, one]))
  for (const change of changes) {
    if (change.kind !== 'added') expect(found.get(change.path)).toEqual(change.before)
    else expect(found.has(change.path)).toBe(false)
    if (change.kind === 'removed') found.delete(change.path)
    else found.set(change.path, change.after)
  }
  return inOrder([...found.values()])
}

/** As a folder would: a file cannot be written where a folder is, or below a file. */
function perform(
  current: readonly StateFile[],
  target: readonly StateFile[],
  steps: ReturnType<typeof planRestore>,
): readonly StateFile[] {
  const found = new Map(current.map((one) => [one.path, one]))
  for (const step of steps) {
    if (step.kind === 'remove') {
      expect(found.delete(step.path)).toBe(true)
      continue
    }
    const stands = [...found.keys()].some(
      (path) => step.path.startsWith(`${path}/`) || path.startsWith(`${step.path}/`),
    )
    expect(stands).toBe(false)
    const wanted = target.find(({ path }) => path === step.path)!
    expect([step.hash, step.isExecutable]).toEqual([wanted.hash, wanted.isExecutable])
    found.set(step.path, wanted)
  }
  return inOrder([...found.values()])
}
