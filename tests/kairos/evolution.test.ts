import { afterEach, describe, expect, it } from 'vitest'
import { expectProblem } from '../http/system.ts'
import { enableEvolution, entriesOf, startKairos, type KairosOptions, type KairosSystem } from './kairos-system.ts'

let kairos: KairosSystem
const start = async (options: KairosOptions = {}): Promise<void> => {
  kairos = await startKairos(options)
}
afterEach(async () => kairos.close())

const clearer = [
  ["version: '1.0'", "version: '1.1'"],
  ['Begin in L2.', 'Begin in L2, always.'],
] as const

describe('a change of L0', () => {
  it('changes nothing when it is proposed, and exactly what was reviewed when it is applied', async () => {
    await start()
    const before = await kairos.must('GET', '/api/skills/layer_awareness')
    const source = await kairos.edit('layer_awareness', clearer)
    const proposed = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'clearer' })
    const { proposal, skills, ready } = proposed.body.data
    expect([proposal.status, ready, skills.map(({ id }: { id: string }) => id)]).toEqual([
      'open',
      true,
      ['layer_awareness'],
    ])
    expect(skills[0].changes.map(({ field }: { field: string }) => field).toSorted()).toEqual(['content', 'version'])
    expect((await kairos.must('GET', '/api/skills/layer_awareness')).tree_hash).toBe(before.tree_hash)
    await kairos.approve(proposal.proposal_id, proposal.hash)
    const applied = await kairos.askDelegate('POST', `/api/skills/proposals/${proposal.proposal_id}/apply`, {})
    expect(applied.body.data.proposal).toMatchObject({ status: 'applied', revision: 2, approved_by: 'operator/http' })
    const after = await kairos.must('GET', '/api/skills/layer_awareness')
    expect([after.tree_hash, after.version, after.source]).toEqual([proposal.hash, '1.1', source])
    expect(kairos.read('skills/layer_awareness.skill.ts')).toBe(source)
    const [entry] = entriesOf(kairos, 'kairos.skill-change')
    expect(entry).toMatchObject({
      actor: 'delegate/http',
      subject: 'layer_awareness',
      data: {
        reason: 'clearer',
        approved_by: 'operator/http',
        prev_ast_hash: before.tree_hash.slice(7),
        next_ast_hash: after.tree_hash.slice(7),
        fields: ['version', 'content'],
      },
    })
    const texts = [entry?.data['before'], entry?.data['after']].map((pieces) => (pieces as string[]).join(''))
    expect(texts.map((text) => text.includes('Begin in L2, always.'))).toEqual([false, true])
  })

  it('needs the operator: a delegate neither approves nor rejects nor begins a new session', async () => {
    await start()
    const proposed = await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', clearer))
    const { proposal_id: id, hash } = proposed.body.data.proposal
    const path = `/api/skills/proposals/${id}`
    expectProblem(await kairos.askDelegate('POST', `${path}/approve`, { hash }), 403, 'auth.forbidden')
    expectProblem(await kairos.askDelegate('POST', `${path}/reject`, {}), 403, 'auth.forbidden')
    expectProblem(await kairos.askDelegate('POST', '/api/skills/reset', {}), 403, 'auth.forbidden')
    expectProblem(await kairos.askDelegate('POST', `${path}/apply`, { approved: true }), 400, 'request.invalid')
    expectProblem(await kairos.askDelegate('POST', `${path}/apply`, {}), 403, 'proposal.unapproved')
  })

  it('is approved by the hash that was reviewed and by no other', async () => {
    await start()
    const one = await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', clearer))
    const other = await kairos.propose(
      'audit_rules',
      await kairos.edit('audit_rules', [["version: '1.0'", "version: '1.1'"]]),
    )
    const { proposal_id: id } = one.body.data.proposal
    expectProblem(await kairos.approve(id, other.body.data.proposal.hash), 409, 'proposal.hash')
    expectProblem(await kairos.apply(id), 403, 'proposal.unapproved')
  })

  it('is applied once, and not when what it was compared with has changed', async () => {
    await start()
    const first = await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', clearer))
    const second = await kairos.propose(
      'layer_awareness',
      await kairos.edit('layer_awareness', [["version: '1.0'", "version: '2.0'"]]),
    )
    for (const { body } of [first, second])
      await kairos.approve(body.data.proposal.proposal_id, body.data.proposal.hash)
    expect((await kairos.apply(first.body.data.proposal.proposal_id)).status).toBe(200)
    expectProblem(await kairos.apply(second.body.data.proposal.proposal_id), 409, 'proposal.outdated')
    expectProblem(await kairos.apply(first.body.data.proposal.proposal_id), 409, 'proposal.closed')
    expect((await kairos.must('GET', '/api/skills/layer_awareness')).version).toBe('1.1')
  })

  it('does not happen while evolution is disabled, also when it was approved before', async () => {
    await start({ evolution: false })
    const proposed = await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', clearer))
    const { proposal, ready } = proposed.body.data
    expect(ready).toBe(false)
    await kairos.approve(proposal.proposal_id, proposal.hash)
    const refused = await kairos.apply(proposal.proposal_id)
    expectProblem(refused, 403, 'proposal.refused')
    expect(refused.body.error).toContain('evolution.enabled')
    enableEvolution(kairos)
    expect((await kairos.apply(proposal.proposal_id)).status).toBe(200)
  })

  it('does not happen when the settings cannot be read', async () => {
    await start()
    const proposed = await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', clearer))
    const { proposal } = proposed.body.data
    await kairos.approve(proposal.proposal_id, proposal.hash)
    kairos.write('skills/config.yml', 'evolution_enabled: true\nevolution_enabled: true\n')
    expectProblem(await kairos.apply(proposal.proposal_id), 403, 'proposal.refused')
  })

  it('to an earlier version is a proposal like any other, and brings that version back', async () => {
    await start()
    const before = await kairos.must('GET', '/api/skills/layer_awareness')
    await kairos.evolve('layer_awareness', clearer)
    const back = await kairos.askDelegate('POST', '/api/skills/layer_awareness/rollback', {
      version: '1',
      reason: 'back',
    })
    const { proposal } = back.body.data
    expect([proposal.status, proposal.hash]).toEqual(['open', before.tree_hash])
    expectProblem(await kairos.apply(proposal.proposal_id), 403, 'proposal.unapproved')
    await kairos.approve(proposal.proposal_id, proposal.hash)
    await kairos.apply(proposal.proposal_id)
    const after = await kairos.must('GET', '/api/skills/layer_awareness')
    expect([after.tree_hash, after.source]).toEqual([before.tree_hash, before.source])
    expect(after.versions.map(({ revision }: { revision: number }) => revision)).toEqual([3, 2, 1])
    expect(entriesOf(kairos, 'kairos.skill-change')).toHaveLength(2)
  })

  it('that would change nothing is refused, as a proposal and as a way back', async () => {
    await start()
    const { source } = await kairos.must('GET', '/api/skills/layer_awareness')
    const same = await kairos.propose('layer_awareness', source)
    expectProblem(same, 403, 'proposal.refused')
    expect(same.body.error).toContain('change.present')
    const back = await kairos.ask('POST', '/api/skills/layer_awareness/rollback', { version: '1', reason: 'r' })
    expectProblem(back, 403, 'proposal.refused')
  })

  it('is told beforehand of conditions that nobody can evaluate', async () => {
    await start({ evolution: false })
    const source = await kairos.edit('layer_awareness', [['"layers.L0.record == \'full\'"', '"layers.L0.record =="']])
    const { ok, diagnostics } = await kairos.must('POST', '/api/skills/parse', { source })
    expect([ok, diagnostics]).toMatchObject([true, [{ severity: 'warning', code: 'skill.condition', line: 34 }]])
  })

  it('that somebody makes in the file is seen, and changes nothing until it is proposed', async () => {
    await start()
    const before = await kairos.must('GET', '/api/skills/layer_awareness')
    const edited = await kairos.edit('layer_awareness', clearer)
    kairos.write('skills/layer_awareness.skill.ts', edited)
    const { skills, diagnostics } = await kairos.must('GET', '/api/skills')
    expect(skills.find(({ id }: { id: string }) => id === 'layer_awareness').tree_hash).toBe(before.tree_hash)
    expect(diagnostics).toMatchObject([{ code: 'skill.edited', file: '.kairos/skills/layer_awareness.skill.ts' }])
    const proposed = await kairos.propose('layer_awareness', edited)
    await kairos.approve(proposed.body.data.proposal.proposal_id, proposed.body.data.proposal.hash)
    await kairos.apply(proposed.body.data.proposal.proposal_id)
    expect((await kairos.must('GET', '/api/skills')).diagnostics).toEqual([])
    kairos.write('skills/layer_awareness.skill.ts', 'nonsense')
    const repaired = await kairos.must('POST', '/api/kairos/init', { repair: true })
    expect([repaired.kind, repaired.written]).toEqual(['repaired', ['skills/layer_awareness.skill.ts']])
    expect(kairos.read('skills/layer_awareness.skill.ts')).toBe(edited)
  })

  it('is there after a restart, with its proposals and its count', async () => {
    await start()
    await kairos.evolve('layer_awareness', clearer)
    await kairos.restart()
    const facts = await kairos.must('POST', '/api/skills/core_safety/verify', {})
    expect((await kairos.must('GET', '/api/skills/layer_awareness')).version).toBe('1.1')
    expect((await kairos.must('GET', '/api/skills/proposals')).count).toBe(1)
    const rules = await kairos.must('POST', '/api/skills/evolution_rules/verify', {})
    const limit = rules.nodes.find(({ name }: { name: string }) => name === 'session_limit')
    expect([facts.verdict, limit.used]).toEqual(['satisfied', { evolution_count: 1, max_evolutions_per_session: 3 }])
  })
})
