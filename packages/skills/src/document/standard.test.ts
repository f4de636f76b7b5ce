import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DocumentId } from './id.ts'
import { checkStandard, planExport, planImport } from './standard.ts'
import { testFolder } from './test-folder.ts'

const good = (name: string) => `---\nname: ${name}\ndescription: d\n---\n`
const all = { path: '', into: { layer: 'L1', session: null } } as const

describe('planImport', () => {
  it('takes each child folder with a SKILL.md, each on its own', () => {
    const source = testFolder({
      'README.md': 'x',
      'a/SKILL.md': good('a'),
      'b/SKILL.md': good('b'),
      'Bad Name/SKILL.md': good('x'),
      'docs/other.md': 'x',
      'deep/er/SKILL.md': good('er'),
      'linked/SKILL.md': good('linked'),
      'linked/out@': '',
      'huge/SKILL.md': 'x'.repeat(1024 * 1024 + 1),
      '.hidden/SKILL.md': good('hidden'),
    })
    const target = testFolder({ 'knowledge/b/b.md': 'x' })
    const { documents } = planImport(source, target, all)
    expect(
      documents.map(({ name, outcome }) => [name, outcome.ok ? outcome.value.action : outcome.error.code]),
    ).toEqual([
      ['Bad Name', 'import.name'],
      ['a', 'create'],
      ['b', 'knowledge.exists'],
      ['huge', 'import.too_large'],
      ['linked', 'import.foreign'],
    ])
  })

  it('takes the folder itself under the name it is given', () => {
    const source = testFolder({ 'SKILL.md': good('a'), 'x/SKILL.md': 'not a skill of its own' })
    const into = { layer: 'L2', session: 'monday' } as const
    const { documents } = planImport(source, testFolder({}), { path: '', rootName: 'a', into })
    expect(documents).toMatchObject([{ name: 'a', warnings: [], outcome: { value: { changes: { length: 2 } } } }])
    const named = planImport(testFolder({ 'x/a/SKILL.md': good('a') }), testFolder({}), { path: 'x/a', into })
    expect(named.documents).toMatchObject([
      { name: 'a', outcome: { value: { id: { layer: 'L2', session: 'monday' } } } },
    ])
  })

  it('is undone by an export: the same files, bytes and marks', () => {
    const path = fc.stringMatching(/^(scripts|assets|references)\/[a-z]{1,3}\.[a-z]{2}\*?$/)
    const files = fc.dictionary(path, fc.uint8Array(), { noNullPrototype: true })
    fc.assert(
      fc.property(files, fc.uint8Array(), (others, main) => {
        const unique = new Map(
          Object.entries(others).map(([name, bytes]) => [name.replace('*', ''), [name, bytes] as const]),
        )
        const source = testFolder(
          Object.fromEntries([
            ['pets/SKILL.md', main],
            ...[...unique.values()].map(([name, bytes]) => [`pets/${name}`, bytes]),
          ]),
        )
        const target = testFolder({})
        const imported = planImport(source, target, all).documents[0]?.outcome
        if (imported?.ok) target.apply(imported.value.changes)
        const id: DocumentId = { layer: 'L1', session: null, name: 'pets' }
        const exported = planExport(target, id)
        const bytes = exported.ok
          ? Object.fromEntries(
              exported.value.files.map((file) => [
                `pets/${file.path}${file.isExecutable ? '*' : ''}`,
                Buffer.from(file.bytes).toString('hex'),
              ]),
            )
          : exported
        expect(bytes).toEqual(source.bytes())
      }),
    )
  })
})

describe('planExport', () => {
  const id: DocumentId = { layer: 'L1', session: null, name: 'pets' }

  it('calls the main file SKILL.md', () => {
    const folder = testFolder({ 'knowledge/pets/pets.md': '# Pets', 'knowledge/pets/A.txt': 'a' })
    expect(planExport(folder, id)).toMatchObject({
      value: { files: [{ path: 'A.txt' }, { path: 'SKILL.md' }], warnings: [{ code: 'standard.front_matter' }] },
    })
  })

  it('refuses what has no main file or is not there', () => {
    expect(planExport(testFolder({ 'knowledge/pets/a.txt': 'a' }), id)).toMatchObject({
      error: { code: 'knowledge.invalid' },
    })
    expect(planExport(testFolder({}), id)).toMatchObject({ error: { code: 'knowledge.unknown' } })
  })
})

describe('checkStandard', () => {
  it.each([
    ['nothing', 'a-1', 'name: a-1\ndescription: d', []],
    ['no name', 'a', 'description: d', ['name', 'folder']],
    ['capitals', 'A', 'name: A\ndescription: d', ['name']],
    ['two hyphens', 'a--b', 'name: a--b\ndescription: d', ['name']],
    ['65 letters', 'a'.repeat(65), `name: ${'a'.repeat(65)}\ndescription: d`, ['name']],
    ['another name', 'a', 'name: b\ndescription: d', ['folder']],
    ['no description', 'a', 'name: a', ['description']],
    ['an empty one', 'a', 'name: a\ndescription: " "', ['description']],
    ['a long one', 'a', `name: a\ndescription: ${'x'.repeat(1025)}`, ['description']],
    ['a long compatibility', 'a', `name: a\ndescription: d\ncompatibility: ${'x'.repeat(501)}`, ['compatibility']],
  ])('warns of %s', (...[, name, head, rules]) => {
    const warnings = checkStandard(name, Buffer.from(`---\n${head}\n---\n`))
    expect(warnings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(
      rules.map((rule) => `warning standard.${rule}`),
    )
  })
})
