import { describe, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import { createFixedClock, createMemoryState } from '@rumi/kernel/testing'
import { skillIdSchema, type DataFolder } from '@rumi/skills/base'
import { lawCollection, lawId, type LawRecord } from '@rumi/skills/governance'
import { hashSkill, parseSkillSource } from '@rumi/skills/language'
import { LawLibrary } from './law-library.ts'

const probe = skillIdSchema.parse('probe')
const file = 'skills/probe.skill.ts'
const sourceOf = (version: string): string => `export default skill('probe', { version: '${version}' })\n`
const hashOf = (source: string): string => {
  const parsed = parseSkillSource(source, file)
  if (!parsed.ok) throw new Error('a source of this test')
  return hashSkill(parsed.value.tree)
}
const folder: DataFolder = {
  list: () => ({ files: [], diagnostics: [] }),
  read: () => ({ ok: false, error: 'missing' }),
  apply: () => undefined,
}

/** L0 with one skill; what the record says of it may be something else than what its text says. */
async function start(given: { readonly text: string; readonly agreed: string; readonly skills?: LawRecord['skills'] }) {
  const state = createMemoryState(createFixedClock(0))
  await state.write((writer) => {
    const content = writer.putBlob(Buffer.from(given.text))
    writer.putDocument(lawCollection, lawId, {
      ...{ revision: 1, files: { [file]: content }, shipped: {}, setUpAt: 0 },
      skills: given.skills ?? { [probe]: { treeHash: hashOf(given.agreed), file } },
    })
  })
  return new LawLibrary({ state, folder }).current()
}

describe('L0 in force', () => {
  it('is what was agreed to', async () => {
    const law = await start({ text: sourceOf('1'), agreed: sourceOf('1') })
    expect(law.ok && law.value.skills.get('probe')?.tree.version).toBe('1')
  })

  it.each([
    ['the text says something else than the agreed tree', { text: sourceOf('2'), agreed: sourceOf('1') }],
    ['the text is no skill', { text: 'nonsense', agreed: sourceOf('1') }],
    ['the text has a skill that nobody agreed to', { text: sourceOf('1'), agreed: sourceOf('1'), skills: {} }],
  ])('is nothing at all when %s', async (_, given) => {
    expect(await start(given)).toMatchObject({ ok: false, error: { code: 'kairos.unreadable', status: 500 } })
  })

  it('is nothing at all when a content is not kept, or the record cannot be read', async () => {
    const state = createMemoryState(createFixedClock(0))
    const library = new LawLibrary({ state, folder })
    expect(await library.current()).toMatchObject({ ok: false, error: { code: 'kairos.not_set_up' } })
    const record = { revision: 1, files: { [file]: sha256Hex('gone') }, skills: {}, shipped: {}, setUpAt: 0 }
    await state.write((writer) => writer.putDocument(lawCollection, lawId, record))
    expect(await library.current()).toMatchObject({ ok: false, error: { code: 'kairos.unreadable' } })
    const broken = { name: lawCollection.name, schema: lawCollection.schema }
    await state.write((writer) => writer.putDocument(broken, lawId, { ...record, revision: 0 }))
    expect(await library.current()).toMatchObject({ ok: false, error: { code: 'kairos.unreadable' } })
  })
})
