import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { kairosRb } from '../../packages/skills/src/ruby/test-kairos-rb.ts'
import { expectProblem } from '../http/system.ts'
import { entriesOf, startKairos, type KairosOptions, type KairosSystem } from './kairos-system.ts'

// What was wrong with an older system of this kind, one test each. The numbers are those of docs/compatibility.md.

let kairos: KairosSystem
const start = async (options: KairosOptions = {}): Promise<void> => {
  kairos = await startKairos(options)
}
afterEach(async () => kairos.close())

const raised = [["version: '1.0'", "version: '1.1'"]] as const
/** Code that leaves a trace wherever it runs. */
const trace = (home: string): string => `require('node:fs').writeFileSync('${home}/ran', 'x')`

describe('governance', () => {
  it('K01: a proposal runs no code, neither in TypeScript nor in Ruby, and code outside of a behavior is refused', async () => {
    await start()
    const inBehavior = await kairos.edit('layer_awareness', [
      ["version: '1.0'", "version: '1.1'"],
      ['definition: [', `behavior() { ${trace(kairos.home)} },\n  definition: [`],
    ])
    const outside = await kairos.edit('layer_awareness', [
      ["version: '1.0'", `version: (() => { ${trace(kairos.home)} })()`],
    ])
    const ruby = `File.write("${kairos.home}/ran", "x")\nskill :layer_awareness do\n  version "1.1"\n  title File.write("${kairos.home}/ran", "x")\nend\n`
    await kairos.propose('layer_awareness', inBehavior)
    expectProblem(await kairos.propose('layer_awareness', outside), 422, 'skill.unreadable')
    const proposed = await kairos.ask('POST', '/api/skills/propose', { source: ruby, language: 'ruby', reason: 'r' })
    expectProblem(proposed, 422, 'skill.unreadable')
    await kairos.ask('POST', '/api/skills/parse', { source: ruby, language: 'ruby' })
    expect(existsSync(join(kairos.home, 'ran'))).toBe(false)
  })

  it('K02: a text that also defines an immutable skill, or defines another one than it says, is refused', async () => {
    await start({ files: { '.kairos/skills/kairos.rb': kairosRb } })
    const before = await kairos.must('GET', '/api/skills/core_safety')
    const smuggled = 'skill :layer_awareness do\n  version "9"\nend\nskill :core_safety do\n  version "666"\nend\n'
    for (const [skillId, source, code] of [
      ['layer_awareness', smuggled, 'skill.unreadable'],
      ['layer_awareness', 'skill :core_safety do\n  version "666"\nend\n', 'skill.other'],
      [
        'l0_governance',
        'skill :l0_governance do\n  version "9"\n  skill :core_safety do\n    version "666"\n  end\nend\n',
        'skill.unreadable',
      ],
    ] as const) {
      const answer = await kairos.ask('POST', '/api/skills/propose', {
        skill_id: skillId,
        source,
        language: 'ruby',
        reason: 'r',
      })
      expectProblem(answer, 422, code)
    }
    expect((await kairos.must('GET', '/api/skills/core_safety')).tree_hash).toBe(before.tree_hash)
  })

  it('K03: every field is held against the rules of the skill: a denied one is refused, also beside an allowed one', async () => {
    await start()
    const source = await kairos.edit('l0_governance', [
      ...raised,
      ["guarantees: ['self_referential', 'human_oversight']", "guarantees: ['self_referential']"],
    ])
    const refused = await kairos.propose('l0_governance', source)
    expectProblem(refused, 403, 'proposal.refused')
    expect(refused.body.error).toContain('deny a change of guarantees')
    const loosened = await kairos.edit('layer_awareness', [
      ...raised,
      ["deny: ['guarantees', 'evolve', 'behavior']", 'deny: []'],
    ])
    expectProblem(await kairos.propose('layer_awareness', loosened), 403, 'proposal.refused')
    const unlisted = (await kairos.edit('layer_awareness', raised)).replace(
      "skill('layer_awareness'",
      "skill('back_door'",
    )
    expectProblem(await kairos.propose('back_door', unlisted), 403, 'proposal.refused')
  })

  it('K04: the limit of a session and the list of immutable skills hold when a change is applied', async () => {
    await start()
    const ids = []
    for (const version of ['1.1', '1.2', '1.3', '1.4']) {
      const last = version === '1.1' ? '1.0' : `1.${Number(version.slice(2)) - 1}`
      const source = await kairos.edit('layer_awareness', [[`version: '${last}'`, `version: '${version}'`]])
      const proposed = await kairos.propose('layer_awareness', source)
      const { proposal_id: id, hash } = proposed.body.data.proposal
      await kairos.approve(id, hash)
      ids.push((await kairos.apply(id)).status)
    }
    expect(ids).toEqual([200, 200, 200, 403])
    await kairos.restart()
    const rules = await kairos.must('POST', '/api/skills/l0_governance/verify', {})
    expect(JSON.stringify(rules)).toContain('"evolution_count":3')
    await kairos.must('POST', '/api/skills/reset', {})
    const source = await kairos.edit('layer_awareness', [["version: '1.3'", "version: '1.4'"]])
    const { proposal_id: id, hash } = (await kairos.propose('layer_awareness', source)).body.data.proposal
    await kairos.approve(id, hash)
    const settings = kairos.read('skills/config.yml') ?? ''
    kairos.write('skills/config.yml', settings.replace('  - core_safety', '  - core_safety\n  - layer_awareness'))
    const refused = await kairos.apply(id)
    expectProblem(refused, 403, 'proposal.refused')
    expect(refused.body.error).toContain('governance.immutable')
  })

  it('K05: a rollback needs approval, is on the ledger, and names no file', async () => {
    await start()
    await kairos.evolve('layer_awareness', raised)
    for (const version of ['../config.yml', 'kairos_20260101_000000.rb', '7']) {
      const answer = await kairos.ask('POST', '/api/skills/layer_awareness/rollback', { version, reason: 'r' })
      expectProblem(answer, 404, 'version.unknown')
    }
    const back = await kairos.must('POST', '/api/skills/layer_awareness/rollback', { version: '1', reason: 'back' })
    expectProblem(await kairos.apply(back.proposal.proposal_id), 403, 'proposal.unapproved')
    await kairos.approve(back.proposal.proposal_id, back.proposal.hash)
    await kairos.apply(back.proposal.proposal_id)
    expect(entriesOf(kairos, 'kairos.skill-change').map(({ data }) => data['reason'])).toEqual(['a reason', 'back'])
  })

  it('K06: no version is overwritten, however fast they follow, and a change that fails leaves the files as they were', async () => {
    await start()
    for (const minor of [1, 2, 3])
      await kairos.evolve('layer_awareness', [[`version: '1.${minor - 1}'`, `version: '1.${minor}'`]])
    const { versions, source } = await kairos.must('GET', '/api/skills/layer_awareness')
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(['1.3', '1.2', '1.1', '1.0'])
    const bad = await kairos.propose(
      'layer_awareness',
      source.replace("version: '1.3'", "version: '1.4', version: '1.5'"),
    )
    expectProblem(bad, 422, 'skill.unreadable')
    expect(kairos.read('skills/layer_awareness.skill.ts')).toBe(source)
  })

  it('K07: approval names the hash of what was reviewed, and is no word of the one who applies', async () => {
    await start()
    const source = await kairos.edit('layer_awareness', raised)
    const proposed = await kairos.askDelegate('POST', '/api/skills/propose', { source, reason: 'r', approved: true })
    expectProblem(proposed, 400, 'request.invalid')
    const { proposal_id: id } = (await kairos.propose('layer_awareness', source)).body.data.proposal
    expectProblem(await kairos.ask('POST', `/api/skills/proposals/${id}/approve`, {}), 400, 'request.invalid')
    expectProblem(await kairos.approve(id, `sha256:${'0'.repeat(64)}`), 409, 'proposal.hash')
    expectProblem(await kairos.askDelegate('POST', `/api/skills/proposals/${id}/apply`, {}), 403, 'proposal.unapproved')
  })

  it('K08: the reason is on the ledger, and without one there is no proposal', async () => {
    await start()
    expectProblem(
      await kairos.propose('layer_awareness', await kairos.edit('layer_awareness', raised), ' '),
      400,
      'proposal.reason',
    )
    await kairos.evolve('layer_awareness', raised)
    expect(entriesOf(kairos, 'kairos.propose', 'kairos.skill-change').map(({ data }) => data['reason'])).toEqual([
      'a reason',
      'a reason',
    ])
  })

  it('K09: texts with escapes arrive as they were written, byte for byte', async () => {
    await start()
    const odd = ['\\\\0 \\\\1 \\\\\\\\ $& $1 ', '\\`', ' \\${x} \\u0041'].join('')
    const done = await kairos.evolve('layer_awareness', [...raised, ['Begin in L2.', odd]])
    const after = await kairos.must('GET', '/api/skills/layer_awareness')
    expect([after.tree_hash, after.source.includes(odd)]).toEqual([done.proposal.hash, true])
    expect(kairos.read('skills/layer_awareness.skill.ts')).toBe(after.source)
    expect(after.tree.content).toContain('\\0 \\1 \\\\ $& $1 ` ${x} A')
  })
})
