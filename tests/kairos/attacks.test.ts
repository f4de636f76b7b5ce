import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '@rumi/kernel/base'
import { entriesOf, startKairos, type KairosSystem } from './kairos-system.ts'

let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos()
})
afterAll(async () => kairos.close())

const encode = (text: string): string => Buffer.from(text).toString('base64')
/** A document of a session with files beside it, saved by a delegate. */
const save = async (name: string, files: readonly (readonly [string, string])[], text = 'text') =>
  kairos.askDelegate('POST', `/api/context/hostile/${name}`, {
    content: `# ${name}\n\n${text}\n`,
    files: files.map(([path, content]) => ({ path, content: encode(content) })),
  })
/** A state with a document, which a delegate wants back after it removed the document; approved by the operator. */
const approveReturn = async (name: string): Promise<string> => {
  await save(name, [['x', 'committed']])
  const commit = await kairos.must('POST', '/api/state/commit', { reason: 'r', force: true })
  await kairos.must('DELETE', `/api/context/hostile/${name}`)
  const wish = { commit: commit.commit_id, paths: [`context/hostile/${name}/x`], reason: 'r' }
  const review = await kairos.askDelegate('POST', '/api/state/restore', wish)
  const { proposal_id: id, hash } = review.body.data.proposal
  await kairos.must('POST', `/api/skills/proposals/${id}/approve`, { hash })
  return id
}
const applyAsDelegate = async (id: string) => kairos.askDelegate('POST', `/api/skills/proposals/${id}/apply`, {})

describe('what a reviewer sees', () => {
  it('is every character of the text, also a comment that is no part of the skill and that agents would read', async () => {
    const source = await kairos.edit('audit_rules', [["version: '1.0'", "version: '1.1' /* obey this note */"]])
    const { body } = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'r' })
    expect(body.data.skills[0].text).not.toContain('obey this note')
    const shown = await kairos.must('GET', `/api/skills/proposals/${body.data.proposal.proposal_id}`)
    const file = { path: 'skills/audit_rules.skill.ts', change: 'changed', executable: false }
    expect(shown.files).toEqual([{ ...file, text: expect.stringContaining("+   version: '1.1' /* obey this note */") }])
  })

  it('is a change of the skill: a text that only its comments tell from the one in force is refused', async () => {
    const source = await kairos.edit('audit_rules', [["version: '1.0'", "version: '1.0' /* obey this note */"]])
    const answer = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'r' })
    expect(answer).toMatchObject({ status: 403, body: { error: expect.stringContaining('change.present') } })
  })

  it('is shown in full for a source that is larger than a file that is no rule', async () => {
    const note = `// ${'x'.repeat(200)}\n`.repeat(800)
    const source = `${note}// obey\n${await kairos.edit('audit_rules', [["version: '1.0'", "version: '1.2'"]])}`
    const { body } = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'r', dry_run: true })
    expect(body.data.files[0].text).toContain('+ // obey')
  })

  it.each([
    ['tags, which spell a text that only a machine reads', '\u{e0049}\u{e0067}', '<U+E0049><U+E0067>'],
    ['variation selectors', '\ufe01\u{e0105}', '<U+FE01><U+E0105>'],
    ['fillers', '\u3164\u115f', '<U+3164><U+115F>'],
    ['marks without a width', '\u200b\u034f', '<U+200B><U+034F>'],
  ])('names %s', async (_name, hidden, seen) => {
    const source = await kairos.edit('audit_rules', [
      ["version: '1.0'", "version: '1.3'"],
      ['## ', `## Read${hidden} this `],
    ])
    const { body } = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'r', dry_run: true })
    expect(body.data.skills[0].text).toContain(`Read${seen} this`)
    expect(body.data.files[0].text).toContain(`Read${seen} this`)
  })
})

describe('a file in the way of a change', () => {
  it('that a delegate puts where an approved state returns to refuses it, before anything is recorded', async () => {
    const id = await approveReturn('folder')
    expect((await save('folder', [['x/y', 'in the way']])).status).toBe(200)
    const before = entriesOf(kairos, 'kairos.files').length
    expect(await applyAsDelegate(id)).toMatchObject({ status: 409, body: { problem: { code: 'proposal.outdated' } } })
    expect(entriesOf(kairos, 'kairos.files')).toHaveLength(before)
    // What was recorded and could never be written would have stopped every later change.
    expect((await save('later', [])).status).toBe(200)
  })

  it('that stands where it needs a folder does so as well', async () => {
    await save('file', [['x/y', 'committed']])
    const commit = await kairos.must('POST', '/api/state/commit', { reason: 'r', force: true })
    await kairos.must('DELETE', '/api/context/hostile/file')
    const wish = { commit: commit.commit_id, paths: ['context/hostile/file/x/y'], reason: 'r' }
    const { proposal } = await kairos.must('POST', '/api/state/restore', wish)
    await kairos.must('POST', `/api/skills/proposals/${proposal.proposal_id}/approve`, { hash: proposal.hash })
    expect((await save('file', [['x', 'in the way']])).status).toBe(200)
    expect((await applyAsDelegate(proposal.proposal_id)).status).toBe(409)
    expect((await save('later', [], 'still')).status).toBe(200)
  })

  it('is gone when it is an empty folder', async () => {
    expect((await save('hollow', [])).status).toBe(200)
    mkdirSync(join(kairos.home, '.kairos/context/hostile/hollow/x'))
    expect((await save('hollow', [['x', 'a file']], 'more')).status).toBe(200)
    expect(kairos.read('context/hostile/hollow/x')).toBe('a file')
  })

  it('that is saved while an application is worked out is not overwritten by it', async () => {
    const id = await approveReturn('race')
    const { documents, evolution } = kairos.rumi.system.services.kairos
    const files = [{ path: 'x', bytes: Buffer.from('saved'), isExecutable: false }]
    const wish = { id: { layer: 'L2' as const, session: 'hostile', name: 'race' }, content: '# race\n', files }
    // The application reads the file before the other change, which is on its way already, has written it.
    const [saved, applied] = await Promise.all([
      documents.save(wish, { by: 'delegate/http', reason: 'r' }),
      evolution.apply(id, 'delegate/http'),
    ])
    expect([saved.ok, applied.ok, kairos.read('context/hostile/race/x')]).toEqual([true, false, 'saved'])
    expect(applied).toMatchObject({ error: { code: 'proposal.outdated' } })
  })
})

describe('what an application overwrites', () => {
  const isKept = (text: string): boolean =>
    kairos.rumi.system.services.state.read((reader) => reader.blobs.has(sha256Hex(Buffer.from(text))))

  it('is kept by its content: a document that was edited by hand, and an edit of a rule that nobody proposed', async () => {
    await save('edited', [['x', 'committed']])
    const commit = await kairos.must('POST', '/api/state/commit', { reason: 'r', force: true })
    kairos.write('context/hostile/edited/x', 'by hand')
    const wish = { commit: commit.commit_id, paths: ['context/hostile/edited'], reason: 'r' }
    const { proposal } = await kairos.must('POST', '/api/state/restore', wish)
    await kairos.must('POST', `/api/skills/proposals/${proposal.proposal_id}/approve`, { hash: proposal.hash })
    kairos.write('skills/chain_awareness.skill.ts', '// an edit')
    await kairos.evolve('chain_awareness', [["version: '1.0'", "version: '1.1'"]])
    expect((await applyAsDelegate(proposal.proposal_id)).status).toBe(200)
    expect(kairos.read('context/hostile/edited/x')).toBe('committed')
    expect(kairos.read('skills/chain_awareness.skill.ts')).toContain("version: '1.1'")
    expect([isKept('by hand'), isKept('// an edit'), isKept('never written')]).toEqual([true, true, false])
  })
})

describe('consent', () => {
  it('is used once, however many apply at a time and whoever rejects meanwhile', async () => {
    const source = await kairos.edit('layer_awareness', [["version: '1.0'", "version: '1.1'"]])
    const { proposal } = await kairos.must('POST', '/api/skills/propose', { source, reason: 'r' })
    const path = `/api/skills/proposals/${proposal.proposal_id}`
    expect((await kairos.askDelegate('POST', `${path}/approve`, { hash: proposal.hash })).status).toBe(403)
    expect((await applyAsDelegate(proposal.proposal_id)).status).toBe(403)
    await kairos.must('POST', `${path}/approve`, { hash: proposal.hash })
    const before = entriesOf(kairos, 'kairos.skill-change').length
    const answers = await Promise.all([
      ...[1, 2, 3, 4].map(async () => applyAsDelegate(proposal.proposal_id)),
      kairos.ask('POST', `${path}/reject`, { reason: 'no' }),
    ])
    const done = answers.filter(({ status }) => status === 200)
    expect([done.length, answers.filter(({ status }) => status === 409).length]).toEqual([1, 4])
    const rejected = answers.at(-1)?.status === 200 ? 0 : 1
    expect(entriesOf(kairos, 'kairos.skill-change')).toHaveLength(before + rejected)
  })
})

describe('proposals of very many files', () => {
  it('are refused when all that wait would no longer fit into the memory, and counted until somebody decides', async () => {
    const { proposals } = kairos.rumi.system.services.kairos
    const hash = 'a'.repeat(64)
    const changes = Array.from({ length: 19_990 }, (_, index) => ({
      ...{ path: `context/hostile/${index}`, before: null, after: hash, isExecutable: false },
    }))
    const keep = async () => {
      const wish = { kind: 'files' as const, purpose: 'restore' as const, changes }
      const drafted = { wish, subject: 's', hash: `sha256:${hash}`, reason: 'r', by: 'delegate/http', checks: [] }
      return proposals.keep(proposals.draft(drafted), [])
    }
    const kept = [await keep(), await keep()].map((one) => (one.ok ? one.value.id : ''))
    expect(kept).not.toContain('')
    expect(await keep()).toMatchObject({ ok: false, error: { code: 'proposal.too_many', status: 409 } })
    for (const id of kept) await proposals.reject(id, 'no', 'operator/cli')
    expect(await keep()).toMatchObject({ ok: true })
  })
})
