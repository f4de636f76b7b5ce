import { describe, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import type { DocumentId } from './id.ts'
import { planCreate, planSave, planUpdate } from './plan-write.ts'
import { testFolder } from './test-folder.ts'

const pets: DocumentId = { layer: 'L1', session: null, name: 'pets' }
const log: DocumentId = { layer: 'L2', session: 'monday', name: 'log' }
const written = '---\nname: pets\ndescription: About pets\ntags:\n  - a\n---\n\n# Pets\n'
const file = (path: string, text: string, isExecutable = false) => ({ path, bytes: Buffer.from(text), isExecutable })

describe('planCreate', () => {
  it('writes a text with front matter to the byte, and names it by its hash', () => {
    const folder = testFolder({})
    const plan = planCreate(folder, { id: pets, content: written, files: [file('scripts/x.py', 'x', true)] })
    expect(plan).toMatchObject({
      ok: true,
      value: { action: 'create', id: pets, prevHash: null, nextHash: sha256Hex(written), before: [], warnings: [] },
    })
    if (plan.ok) folder.apply(plan.value.changes)
    expect(folder.texts()).toEqual({ 'knowledge/pets/pets.md': written, 'knowledge/pets/scripts/x.py*': 'x' })
  })

  it.each([
    ['what was given', { content: '# Pets\n', description: 'About pets', tags: ['a'] }, written],
    ['the first heading', { content: 'Hello\n\n## All of them ##\n' }, 'All of them ##'],
    ['the first line', { content: '\n***\n  Hello you\nmore\n' }, 'Hello you'],
    ['the name', { content: '***\n' }, 'description: pets\n'],
  ])('makes a front matter of name and %s', (_, wish, expected) => {
    const folder = testFolder({})
    const plan = planCreate(folder, { id: pets, ...wish })
    if (plan.ok) folder.apply(plan.value.changes)
    const text = folder.texts()['knowledge/pets/pets.md']
    expect(text).toContain(expected)
    expect(text?.endsWith(wish.content)).toBe(true)
    expect(text?.startsWith('---\nname: pets\ndescription: ')).toBe(true)
  })

  it('refuses what is there already, in every state', () => {
    const folder = testFolder({ 'knowledge/pets/only-a-file.txt': 'x' })
    expect(planCreate(folder, { id: pets, content: 'x' })).toMatchObject({
      error: { code: 'knowledge.exists', status: 409 },
    })
  })

  it.each(['..', '.hidden', 'a/b', '/a', '', 'a.bak', 'x'.repeat(65), '__proto__/a'])('refuses the name %j', (name) => {
    const folder = testFolder({})
    expect(planCreate(folder, { id: { ...pets, name }, content: 'x' })).toMatchObject({ error: { status: 404 } })
    expect(planCreate(folder, { id: { ...log, session: name }, content: 'x' })).toMatchObject({
      error: { status: 404 },
    })
  })

  it.each([
    ['a broken front matter', '---\nname: [\n---\n', 'knowledge.invalid'],
    ['an endless front matter', '---\nname: a\n', 'knowledge.invalid'],
    ['nothing', ' \n', 'knowledge.invalid'],
    ['half a character', 'a\uD800', 'knowledge.invalid'],
    ['too much', 'x'.repeat(1024 * 1024 + 1), 'knowledge.too_large'],
    ['too much with its front matter', 'x'.repeat(1024 * 1024), 'knowledge.too_large'],
  ])('refuses a text with %s', (_, content, code) => {
    expect(planCreate(testFolder({}), { id: pets, content })).toMatchObject({ error: { code } })
  })

  it.each([
    ['a step up', ['../x']],
    ['an absolute path', ['/x']],
    ['a backslash', ['a\\b']],
    ['an empty name', ['a//b']],
    ['a line end', ['a\nb']],
    ['the record of an archive', ['.archive_meta.yml']],
    ['a name of a write that goes on', ['x.tmp-0123456789abcdef']],
    ['too many folders', ['a/'.repeat(12) + 'b']],
    ['a name that is too long', ['x'.repeat(201)]],
    ['a path twice', ['a', 'a']],
    ['a file that is a folder', ['a', 'a/b']],
    ['the main file', ['pets.md']],
    ['another main file', ['SKILL.md']],
  ])('refuses files with %s', (_, paths) => {
    const files = paths.map((path) => file(path, 'x'))
    expect(planCreate(testFolder({}), { id: pets, content: 'x', files })).toMatchObject({
      error: { code: 'knowledge.file_path', status: 422 },
    })
  })

  it('refuses more files, larger files and more bytes than a document has', () => {
    const big = { path: 'big', bytes: new Uint8Array(10 * 1024 * 1024), isExecutable: false }
    const refusal = { error: { code: 'knowledge.too_large', status: 413 } }
    const create = (files: readonly { path: string; bytes: Uint8Array; isExecutable: boolean }[]) =>
      planCreate(testFolder({}), { id: pets, content: 'x', files })
    expect(create(Array.from({ length: 1000 }, (_, at) => file(`f${at}`, '')))).toMatchObject(refusal)
    expect(create(Array.from({ length: 999 }, (_, at) => file(`f${at}`, '')))).toMatchObject({ ok: true })
    expect(create([{ ...big, bytes: new Uint8Array(big.bytes.length + 1) }])).toMatchObject(refusal)
    expect(create(Array.from({ length: 7 }, (_, at) => ({ ...big, path: `b${at}` })))).toMatchObject(refusal)
  })

  it('refuses a folder that holds a link, also when it holds nothing else', () => {
    for (const path of ['knowledge/pets@', 'knowledge/pets/pets.md@']) {
      expect(planCreate(testFolder({ [path]: '' }), { id: pets, content: 'x' })).toMatchObject({
        error: { code: 'knowledge.foreign', status: 422 },
      })
    }
  })
})

describe('planUpdate', () => {
  const folder = () => testFolder({ 'knowledge/pets/pets.md': written, 'knowledge/pets/a.txt': 'a' })

  it('gives both hashes and the bytes that are overwritten', () => {
    const next = '---\nname: pets\n---\nnew\n'
    const plan = planUpdate(folder(), { id: pets, content: next })
    expect(plan).toEqual({
      ok: true,
      value: {
        action: 'update',
        id: pets,
        changes: [{ kind: 'write', path: 'knowledge/pets/pets.md', bytes: Buffer.from(next), isExecutable: false }],
        prevHash: sha256Hex(written),
        nextHash: sha256Hex(next),
        before: [file('pets.md', written)],
        warnings: [],
      },
    })
  })

  it('keeps the front matter for a text without one', () => {
    const plan = planUpdate(folder(), { id: pets, content: 'new\n' })
    const next = written.replace('# Pets', 'new')
    expect(plan).toMatchObject({ value: { nextHash: sha256Hex(next) } })
  })

  it.each([written, '# Pets\n'])('answers "No changes detected" to the same text %#', (content) => {
    expect(planUpdate(folder(), { id: pets, content })).toMatchObject({
      error: { code: 'knowledge.unchanged', status: 409, message: 'No changes detected' },
    })
  })

  it('writes only the files that differ', () => {
    const files = [file('a.txt', 'a', true), file('b.txt', 'b')]
    const plan = planUpdate(folder(), { id: pets, content: written, files })
    expect(plan).toMatchObject({
      value: {
        changes: [{ path: 'knowledge/pets/a.txt', isExecutable: true }, { path: 'knowledge/pets/b.txt' }],
        before: [file('a.txt', 'a')],
        prevHash: sha256Hex(written),
        nextHash: sha256Hex(written),
      },
    })
  })

  it('writes to the main file that is there, also to a broken one', () => {
    const standard = testFolder({ 'knowledge/pets/SKILL.md': '---\n[\n---\n' })
    expect(planUpdate(standard, { id: pets, content: 'x' })).toMatchObject({
      value: { changes: [{ path: 'knowledge/pets/SKILL.md' }] },
    })
  })

  it('refuses a file by which the main file would no longer be it', () => {
    const only = testFolder({ 'knowledge/pets/any.md': '# Any\n' })
    const wish = { id: pets, content: 'x' }
    expect(planUpdate(only, { ...wish, files: [file('other.md', 'x')] })).toMatchObject({
      error: { code: 'knowledge.file_path' },
    })
    expect(planUpdate(only, { ...wish, files: [file('references/other.md', 'x')] })).toMatchObject({ ok: true })
  })

  it('does not find what is not there, and writes nothing into the archive', () => {
    const archived = testFolder({ 'knowledge/.archived/pets/pets.md': 'x' })
    for (const id of [pets, { ...pets, isArchived: true }]) {
      expect(planUpdate(archived, { id, content: 'y' })).toMatchObject({
        error: { code: 'knowledge.unknown', status: 404 },
      })
    }
  })
})

describe('planSave', () => {
  it('creates, then updates', () => {
    const folder = testFolder({})
    const first = planSave(folder, { id: log, content: 'one\n' })
    if (first.ok) folder.apply(first.value.changes)
    expect(Object.keys(folder.texts())).toEqual(['context/monday/log/log.md'])
    expect(first).toMatchObject({ value: { action: 'create' } })
    expect(planSave(folder, { id: log, content: 'two\n' })).toMatchObject({ value: { action: 'update' } })
    expect(planSave(folder, { id: log, content: 'one\n' })).toMatchObject({ error: { code: 'context.unchanged' } })
  })
})
