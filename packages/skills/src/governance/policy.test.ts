import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '@rumi/kernel/base'
import { skillTreeSchema, type SkillTree } from '../language/index.ts'
import { readPolicy, strictestPolicy } from './policy.ts'

const values = {
  allowed_skills: ['l0_governance', 'core_safety', 'mine'],
  immutable_skills: ['core_safety', 'l0_governance'],
  require_human_approval: true,
  recording: { L0: 'full', L1: 'hash_only', L2: 'none' },
  session_limit: 2,
}
const policy = {
  allowedSkills: values.allowed_skills,
  immutableSkills: values.immutable_skills,
  requireHumanApproval: true,
  recording: values.recording,
  evolutionLimit: 2,
}
const older = {
  allowed_skills: ['core_safety', 'mine'],
  immutable_skills: ['core_safety'],
  require_human_approval: true,
  blockchain_mode: 'full',
  purity_requirements: { all_criteria_in_l0: true },
}

function governance(stated: Readonly<Record<string, JsonValue>>, extra: readonly object[] = []) {
  const nodes = Object.entries(stated).map(([name, value]) => node(name, { value }))
  return treesOf([...nodes, ...extra])
}

function node(name: string, options: object, type = 'Constraint') {
  return { type, name, options, source_span: null }
}

function treesOf(definition: readonly object[] | undefined): ReadonlyMap<string, SkillTree> {
  const tree = skillTreeSchema.parse({ id: 'l0_governance', definition })
  return new Map([
    ['l0_governance', tree],
    ['mine', skillTreeSchema.parse({ id: 'mine' })],
  ])
}

describe('the policy', () => {
  it('is what l0_governance says', () => {
    expect(readPolicy(governance(values))).toEqual(policy)
  })

  it('is read from the behavior of an older file, with what was usual then', () => {
    expect(readPolicy(treesOf(undefined), older)).toEqual({
      allowedSkills: ['core_safety', 'mine'],
      immutableSkills: ['core_safety'],
      requireHumanApproval: true,
      recording: { L0: 'full', L1: 'hash_only', L2: 'none' },
      evolutionLimit: 3,
    })
  })

  it('lets approval go only where false is written', () => {
    expect(readPolicy(governance({ ...values, require_human_approval: false })).requireHumanApproval).toBe(false)
    for (const other of [null, 'false', 0, [], {}])
      expect(readPolicy(governance({ ...values, require_human_approval: other })).requireHumanApproval).toBe(true)
  })

  it.each([
    ['there is no l0_governance', new Map<string, SkillTree>()],
    ['it says nothing', treesOf(undefined)],
    ['its definition is empty', treesOf([])],
    ['its values are no constraints', treesOf([node('allowed_skills', { value: ['mine'] }, 'Check')])],
  ])('is the strictest one when %s', (_, trees) => {
    expect(readPolicy(trees)).toMatchObject({
      ...strictestPolicy,
      immutableSkills: expect.arrayContaining(['core_safety']),
    })
  })

  it.each<[string, Partial<Record<keyof typeof values, JsonValue>>, object]>([
    ['a text for a list', { allowed_skills: 'mine' }, { allowedSkills: [] }],
    ['a name that is none', { allowed_skills: ['mine', '../x'] }, { allowedSkills: [] }],
    [
      'an unreadable list of immutable skills',
      { immutable_skills: 7 },
      { immutableSkills: ['core_safety', 'l0_governance', 'mine'] },
    ],
    ['no immutable skill at all', { immutable_skills: [] }, { immutableSkills: ['core_safety'] }],
    ['unknown modes', { recording: { L0: 'none', L1: 'some' } }, { recording: { L0: 'full', L1: 'full', L2: 'full' } }],
    [
      'a record without L0',
      { recording: { L0: 'none', L1: 'none', L2: 'none' } },
      { recording: { L0: 'full', L1: 'none', L2: 'none' } },
    ],
    ['a negative limit', { session_limit: -1 }, { evolutionLimit: 0 }],
    ['no end', { session_limit: 1e9 }, { evolutionLimit: 0 }],
  ])('takes the strictest value for %s', (_, change, expected) => {
    expect(readPolicy(governance({ ...values, ...change }))).toEqual({ ...policy, ...expected })
  })

  it('takes the strictest value for a constraint that says nothing', () => {
    const { allowed_skills: _, ...others } = values
    expect(readPolicy(governance(others)).allowedSkills).toEqual([])
    expect(readPolicy(governance(others, [node('allowed_skills', { required: true })]), older).allowedSkills).toEqual(
      [],
    )
    expect(readPolicy(governance(others, [node('allowed_skills', { __proto__: null })]), older).allowedSkills).toEqual(
      [],
    )
  })

  it('believes none of two that differ', () => {
    const second = node('allowed_skills', { value: ['evil'] })
    expect(readPolicy(governance(values, [second])).allowedSkills).toEqual([])
    expect(readPolicy(governance(values), older)).toMatchObject({ allowedSkills: [], requireHumanApproval: true })
    expect(
      readPolicy(governance({ require_human_approval: true }), { require_human_approval: false }).requireHumanApproval,
    ).toBe(true)
  })

  it('takes nothing from a prototype', () => {
    const value: JsonValue = JSON.parse('{"__proto__":{"allowed_skills":["evil"]},"constructor":1}') as JsonValue
    expect(readPolicy(treesOf(undefined), value)).toMatchObject({ allowedSkills: [], evolutionLimit: 0 })
  })

  it('whatever it says, core_safety is immutable and L0 is recorded', () => {
    const names = fc.constantFrom(...Object.keys(values), 'other')
    const json = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(values)))
    fc.assert(
      fc.property(fc.dictionary(names, json), fc.option(json), (stated, behavior) => {
        const read = readPolicy(
          governance(stated as Record<string, JsonValue>),
          (behavior ?? undefined) as JsonValue | undefined,
        )
        expect(read.immutableSkills).toContain('core_safety')
        expect(read.recording.L0).toBe('full')
        expect(read.evolutionLimit).toBeLessThanOrEqual(1000)
      }),
    )
  })
})
