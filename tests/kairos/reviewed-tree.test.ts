import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { skillIdSchema } from '@rumi/skills/base'
import { hashSkill, printSkill, type SkillTree } from '@rumi/skills/language'
import { skillTrees } from '../../packages/skills/src/language/test-skills.ts'
import { probeGovernance } from '../support/probe-governance.ts'
import { startKairos, type KairosSystem } from './kairos-system.ts'

const id = skillIdSchema.parse('probe')

let kairos: KairosSystem
beforeAll(async () => {
  kairos = await startKairos({
    init: false,
    evolution: false,
    files: {
      '.kairos/skills/l0_governance.skill.ts': probeGovernance,
      '.kairos/skills/config.yml': 'evolution_enabled: true\nmax_evolutions_per_session: 1000\n',
    },
  })
  await kairos.must('POST', '/api/kairos/init', {})
})
afterAll(async () => kairos.close())

/** Its rules let everything change, so that whatever comes next can follow. */
const free = (tree: SkillTree): SkillTree => {
  const { evolve: _evolve, guarantees: _guarantees, ...rest } = tree
  return { ...rest, id }
}

it('a proposal that is approved and applied yields exactly the reviewed tree, whatever it was before', async () => {
  const { evolution, proposals, law } = kairos.rumi.system.services.kairos
  await fc.assert(
    fc.asyncProperty(skillTrees().map(free), async (tree) => {
      const before = await law.current()
      if (!before.ok) throw new Error(before.error.message)
      fc.pre(before.value.skills.get(id)?.treeHash !== hashSkill(tree))
      const source = { language: 'typescript' as const, text: printSkill(tree) }
      const proposed = await evolution.proposeSkill({ source, reason: 'r' }, { by: 'test', isDryRun: false })
      if (!proposed.ok) throw new Error(proposed.error.message)
      const { proposal } = proposed.value
      expect((await law.current()).ok && before.value.record.revision).toBe(before.value.record.revision)
      expect(await proposals.approve(proposal.id, proposal.hash, 'test')).toMatchObject({ ok: true })
      expect(await evolution.apply(proposal.id, 'test')).toMatchObject({ ok: true })
      const after = await law.current()
      if (!after.ok) throw new Error(after.error.message)
      const skill = after.value.skills.get(id)
      expect([skill?.treeHash, skill?.tree]).toEqual([proposal.hash, tree])
      const others = (skills: typeof after.value.skills) =>
        [...skills].filter(([other]) => other !== id).map(([other, { treeHash }]) => [other, treeHash])
      expect(others(after.value.skills)).toEqual(others(before.value.skills))
    }),
    { numRuns: 40 },
  )
})
