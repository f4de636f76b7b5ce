import { describe, expect, it } from 'vitest'
import type { DocumentId } from './id.ts'
import { listDocuments, readDocument, readDocumentFile } from './read.ts'
import { formatResourceUri, parseResourceUri } from './resource-uri.ts'
import { scanDocuments } from './scan.ts'
import { testFolder } from './test-folder.ts'

const pets: DocumentId = { layer: 'L1', session: null, name: 'pets' }

const folder = testFolder({
  'knowledge/README.md': 'no document',
  'knowledge/pets/pets.md': '---\nname: Pets\ndescription: Cats and dogs\nversion: 1.10\ntags: [a]\n---\n# Body\n',
  'knowledge/pets/scripts/count.py*': 'print(1)',
  'knowledge/pets/assets/cat.bin': new Uint8Array([0xff]),
  'knowledge/pets/references/a/b.md': 'deep',
  'knowledge/pets/notes.txt': 'other',
  'knowledge/pets/secret.txt@': '',
  'knowledge/standard/SKILL.md': '---\nname: standard\ndescription: d\n---\n',
  'knowledge/standard/standard.md': 'not the main file',
  'knowledge/only/any-name.md': '# Only one\n',
  'knowledge/broken/broken.md': '---\nname: [\n---\n# Still here\n',
  'knowledge/latin/latin.md': new Uint8Array([0xe9]),
  'knowledge/two/a.md': 'a',
  'knowledge/two/b.md': 'b',
  'knowledge/pets.bak.1/pets.md': '---\n[\n---\n',
  'knowledge/backup_workflow/backup_workflow.md': '# Backups\n',
  'knowledge/.git/git.md': 'x',
  'knowledge/.archived/old/old.md': '# Old\n',
  'knowledge/.archived/old/.archive_meta.yml': 'archived_reason: x\n',
  'knowledge/猫/猫.md': 'x',
  'context/monday/log/log.md': '# Log\n',
  'context/tuesday/log/log.md': '# Log 2\n',
  'context/stray.md': 'x',
})

describe('listDocuments', () => {
  const listed = listDocuments(folder, 'L1')

  it('lists every document, the broken ones with their problem', () => {
    expect(
      listed.documents.map(({ name, title, main, problem }) => [name, title, main, problem?.code ?? null]),
    ).toEqual([
      ['backup_workflow', 'Backups', 'backup_workflow.md', null],
      ['broken', 'Still here', 'broken.md', 'document.front_matter_yaml'],
      ['latin', 'latin', 'latin.md', 'document.utf8'],
      ['only', 'Only one', 'any-name.md', null],
      ['pets', 'Pets', 'pets.md', null],
      ['standard', 'standard', 'SKILL.md', null],
      ['two', 'two', null, 'document.no_main'],
    ])
    expect(listed.documents.find(({ name }) => name === 'broken')?.problem).toMatchObject({
      file: 'knowledge/broken/broken.md',
      line: 3,
    })
  })

  it('tells of folders that cannot be documents and of what is no file', () => {
    expect(listed.diagnostics.map(({ code, file }) => [code, file])).toEqual([
      ['data.link', 'knowledge/pets/secret.txt'],
      ['document.name', 'knowledge/猫'],
    ])
  })

  it('sums up a document with its files by kind', () => {
    const { stamp, ...summary } = listed.documents[4]!
    expect(stamp).toMatch(/^[0-9a-f]{64}$/)
    expect(summary).toEqual({
      layer: 'L1',
      session: null,
      name: 'pets',
      title: 'Pets',
      description: 'Cats and dogs',
      version: '1.10',
      tags: ['a'],
      isPublic: false,
      path: 'knowledge/pets',
      main: 'pets.md',
      files: [
        { path: 'assets/cat.bin', kind: 'asset', sizeBytes: 1, isExecutable: false },
        { path: 'notes.txt', kind: 'other', sizeBytes: 5, isExecutable: false },
        { path: 'pets.md', kind: 'main', sizeBytes: 77, isExecutable: false },
        { path: 'references/a/b.md', kind: 'reference', sizeBytes: 4, isExecutable: false },
        { path: 'scripts/count.py', kind: 'script', sizeBytes: 8, isExecutable: true },
      ],
      modifiedAtMs: 1000,
      isArchived: false,
    })
  })

  it.each([
    ['all of L2', 'L2', {}, ['monday/log', 'tuesday/log']],
    ['one session', 'L2', { session: 'monday' }, ['monday/log']],
    ['a session that is a step up', 'L2', { session: '..' }, []],
    ['the archive', 'L1', { state: 'archived' }, ['null/old']],
    ['no archive of L2', 'L2', { state: 'archived' }, []],
    ['another root', 'L1', { root: 'context/monday' }, ['null/log']],
  ] as const)('lists %s', (...[, layer, options, expected]) => {
    const { documents } = listDocuments(folder, layer, options)
    expect(documents.map(({ session, name }) => `${session}/${name}`)).toEqual(expected)
  })

  it('gives another stamp when any file changes', () => {
    const changing = testFolder({ 'knowledge/a/a.md': '# A', 'knowledge/a/scripts/x.py': '1' })
    const stampOf = () => scanDocuments(changing, 'L1').folders[0]?.stamp
    const before = stampOf()
    expect(stampOf()).toBe(before)
    const path = 'knowledge/a/scripts/x.py'
    changing.apply([{ kind: 'write', path, bytes: Buffer.from('2'), isExecutable: false }])
    expect(stampOf()).not.toBe(before)
  })
})

describe('readDocument', () => {
  it('gives text, body and hash, also of an archived and of a broken document', () => {
    expect(readDocument(folder, pets)).toMatchObject({
      ok: true,
      value: { body: '# Body\n', bodyLine: 7, contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect(readDocument(folder, { ...pets, name: 'old', isArchived: true })).toMatchObject({
      ok: true,
      value: { isArchived: true, files: [{ path: 'old.md' }] },
    })
    expect(readDocument(folder, { ...pets, name: 'broken' })).toMatchObject({
      ok: true,
      value: { body: '# Still here\n', text: '---\nname: [\n---\n# Still here\n' },
    })
  })

  it.each([
    '..',
    '.',
    '',
    './pets',
    'pets/..',
    '../knowledge/pets',
    '/etc',
    '%2e%2e',
    'pets%2f..',
    '.archived',
    'pets.bak.1',
    'no',
    'a\0',
  ])('does not find %j', (name) => {
    expect(readDocument(folder, { ...pets, name })).toMatchObject({
      ok: false,
      error: { code: 'knowledge.unknown', status: 404 },
    })
    expect(readDocument(folder, { layer: 'L2', session: name, name: 'log' })).toMatchObject({
      ok: false,
      error: { status: 404 },
    })
  })
})

describe('readDocumentFile', () => {
  it('reads files of every depth', () => {
    expect(readDocumentFile(folder, pets, 'references/a/b.md')).toEqual({ ok: true, value: Buffer.from('deep') })
  })

  it.each([
    '../only/any-name.md',
    'scripts/../pets.md',
    './pets.md',
    '/pets.md',
    'scripts',
    'secret.txt',
    'scripts%2fcount.py',
    '',
  ])('does not find %j', (path) => {
    expect(readDocumentFile(folder, pets, path)).toMatchObject({ ok: false, error: { status: 404 } })
  })
})

describe('parseResourceUri', () => {
  it.each([
    ['l0://kairos.md', { kind: 'l0', file: 'kairos.md' }],
    ['knowledge://pets', { kind: 'document', id: pets, path: null }],
    ['knowledge://pets/scripts/a/x.py', { kind: 'document', id: pets, path: 'scripts/a/x.py' }],
    ['context://monday/log', { kind: 'document', id: { layer: 'L2', session: 'monday', name: 'log' }, path: null }],
    [
      'context://monday/log/a.md',
      { kind: 'document', id: { layer: 'L2', session: 'monday', name: 'log' }, path: 'a.md' },
    ],
  ])('reads %s, and writes it the same', (uri, expected) => {
    const parsed = parseResourceUri(uri)
    expect(parsed).toEqual({ ok: true, value: expected })
    if (parsed.ok && parsed.value.kind === 'document')
      expect(formatResourceUri(parsed.value.id, parsed.value.path)).toBe(uri)
  })

  it.each([
    'knowledge://..',
    'knowledge://./',
    'knowledge://',
    'knowledge:///etc/passwd',
    'knowledge://pets/../../file',
    'knowledge://pets/./pets.md',
    'knowledge://pets//pets.md',
    'knowledge://pets/',
    'knowledge://pets/%2e%2e/x',
    'knowledge://%2e%2e',
    'knowledge://pets/a\\b',
    'knowledge://pets?x',
    'knowledge://pets/a#b',
    'knowledge://.archived/old',
    'knowledge://pets.bak',
    'context://s',
    'context://s/.',
    'context://../log',
    'l0://../kairos.md',
    'l0://a/b',
    'l0://',
    'file:///etc/passwd',
    'pets',
    '',
  ])('finds nothing at %j', (uri) => {
    expect(parseResourceUri(uri)).toMatchObject({ ok: false, error: { status: 404 } })
  })
})
