import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import type { DocumentId } from './id.ts'
import { planArchive, planDelete, planUnarchive } from './plan-remove.ts'
import { testFolder } from './test-folder.ts'

const pets: DocumentId = { layer: 'L1', session: null, name: 'pets' }
const content = {
  'knowledge/pets/pets.md': '# Pets\n',
  'knowledge/pets/scripts/x.py*': 'x',
  'knowledge/pets/.hidden': 'h',
  'knowledge/dogs/dogs.md': '# Dogs\n',
}
const wish = { id: pets, reason: 'old: "news"', supersededBy: 'dogs', at: 0 }

describe('planDelete', () => {
  it('removes every file and gives all their bytes', () => {
    const folder = testFolder(content)
    const plan = planDelete(folder, pets)
    if (plan.ok) folder.apply(plan.value.changes)
    expect(folder.texts()).toEqual({ 'knowledge/dogs/dogs.md': '# Dogs\n' })
    expect(plan).toMatchObject({
      value: {
        prevHash: sha256Hex('# Pets\n'),
        nextHash: null,
        before: [
          { path: '.hidden', bytes: Buffer.from('h') },
          { path: 'pets.md', bytes: Buffer.from('# Pets\n') },
          { path: 'scripts/x.py', isExecutable: true, bytes: Buffer.from('x') },
        ],
      },
    })
  })

  it.each([
    ['what is not there', content, { ...pets, name: 'cats' }, 'knowledge.unknown'],
    ['a step up', content, { ...pets, name: '..' }, 'knowledge.unknown'],
    ['what holds a link', { ...content, 'knowledge/pets/l@': '' }, pets, 'knowledge.foreign'],
    ['what is too large to keep', { 'knowledge/pets/a': new Uint8Array(10_485_761) }, pets, 'knowledge.too_large'],
  ])('refuses %s', (...[, files, id, code]) => {
    expect(planDelete(testFolder(files as never), id)).toMatchObject({ error: { code } })
  })

  it('deletes an archived document with the record of its archive', () => {
    const folder = testFolder(content)
    const archive = planArchive(folder, wish)
    if (archive.ok) folder.apply(archive.value.changes)
    const plan = planDelete(folder, { ...pets, isArchived: true })
    if (plan.ok) folder.apply(plan.value.changes)
    expect(folder.texts()).toEqual({ 'knowledge/dogs/dogs.md': '# Dogs\n' })
    expect(plan).toMatchObject({ value: { prevHash: null, before: { length: 4 } } })
  })
})

describe('planArchive', () => {
  it('moves all files and records when, why and what', () => {
    const folder = testFolder(content)
    const plan = planArchive(folder, wish)
    expect(plan).toMatchObject({ value: { action: 'archive', prevHash: sha256Hex('# Pets\n'), nextHash: null } })
    if (plan.ok) folder.apply(plan.value.changes)
    expect(folder.texts()).toEqual({
      'knowledge/.archived/pets/.archive_meta.yml': [
        'archived_at: 1970-01-01T00:00:00.000Z',
        `archived_reason: 'old: "news"'`,
        'superseded_by: dogs',
        'original_path: knowledge/pets',
        `content_hash: ${sha256Hex('# Pets\n')}`,
        '',
      ].join('\n'),
      'knowledge/.archived/pets/.hidden': 'h',
      'knowledge/.archived/pets/pets.md': '# Pets\n',
      'knowledge/.archived/pets/scripts/x.py*': 'x',
      'knowledge/dogs/dogs.md': '# Dogs\n',
    })
  })

  it.each([
    ['L2', content, { ...wish, id: { layer: 'L2', session: 's', name: 'a' } }, 'context.not_archivable'],
    ['the archive', content, { ...wish, id: { ...pets, isArchived: true } }, 'knowledge.not_archivable'],
    ['no reason', content, { ...wish, reason: ' \n' }, 'knowledge.reason_required'],
    ['an endless reason', content, { ...wish, reason: 'x'.repeat(2001) }, 'knowledge.reason_required'],
    ['itself in its place', content, { ...wish, supersededBy: 'pets' }, 'knowledge.superseded_by'],
    ['a path in its place', content, { ...wish, supersededBy: '../x' }, 'knowledge.superseded_by'],
    ['what is not there', {}, wish, 'knowledge.unknown'],
    ['a name of the archive', { ...content, 'knowledge/.archived/pets/x': '' }, wish, 'knowledge.archived_exists'],
    ['a record of its own', { ...content, 'knowledge/pets/.archive_meta.yml': '' }, wish, 'knowledge.file_path'],
  ] as const)('refuses %s', (...[, files, given, code]) => {
    expect(planArchive(testFolder(files as never), given)).toMatchObject({ error: { code } })
  })
})

describe('planUnarchive', () => {
  const archived = () => {
    const folder = testFolder(content)
    const plan = planArchive(folder, wish)
    if (plan.ok) folder.apply(plan.value.changes)
    return folder
  }

  it('says what it restores', () => {
    expect(planUnarchive(archived(), 'pets')).toMatchObject({
      value: { action: 'unarchive', id: pets, prevHash: null, nextHash: sha256Hex('# Pets\n'), warnings: [] },
    })
  })

  it('refuses a name that is in use, and what the archive has not', () => {
    const folder = archived()
    folder.apply([{ kind: 'write', path: 'knowledge/pets/pets.md', bytes: Buffer.from('new'), isExecutable: false }])
    expect(planUnarchive(folder, 'pets')).toMatchObject({ error: { code: 'knowledge.exists' } })
    expect(planUnarchive(folder, 'cats')).toMatchObject({ error: { code: 'knowledge.unknown' } })
    expect(planUnarchive(folder, '..')).toMatchObject({ error: { code: 'knowledge.unknown' } })
  })

  it('warns when the archive was edited', () => {
    const folder = archived()
    const path = 'knowledge/.archived/pets/pets.md'
    folder.apply([{ kind: 'write', path, bytes: Buffer.from('edited'), isExecutable: false }])
    expect(planUnarchive(folder, 'pets')).toMatchObject({
      value: { nextHash: sha256Hex('edited'), warnings: [{ code: 'knowledge.archive_changed' }] },
    })
    folder.apply([{ kind: 'remove', path: 'knowledge/.archived/pets/.archive_meta.yml' }])
    expect(planUnarchive(folder, 'pets')).toMatchObject({ value: { warnings: [{ code: 'knowledge.archive_meta' }] } })
  })

  it('restores every byte that was archived', () => {
    const path = fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3}){0,3}\.[a-z]{2}\*?$/)
    fc.assert(
      fc.property(fc.dictionary(path, fc.uint8Array(), { minKeys: 1, noNullPrototype: true }), (files) => {
        const unique = new Map(
          Object.entries(files).map(([name, bytes]) => [name.replace('*', ''), [name, bytes]] as const),
        )
        const folder = testFolder(
          Object.fromEntries([...unique.values()].map(([name, bytes]) => [`knowledge/pets/${name}`, bytes])),
        )
        const before = folder.bytes()
        const archive = planArchive(folder, wish)
        if (archive.ok) folder.apply(archive.value.changes)
        expect(Object.keys(folder.bytes()).every((name) => name.startsWith('knowledge/.archived/'))).toBe(true)
        const restore = planUnarchive(folder, 'pets')
        if (restore.ok) folder.apply(restore.value.changes)
        expect(folder.bytes()).toEqual(before)
      }),
    )
  })
})
