import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashSkill, skillToJson, type SkillTree } from './index.ts'
import { skillTrees } from './test-skills.ts'

const tree = (fields: object) => ({ id: 'a', ...fields }) as SkillTree
const keys = [
  'id',
  'version',
  'title',
  'use_when',
  'inputs',
  'requires',
  'guarantees',
  'depends_on',
  'content',
  'behavior',
  'effects',
  'evolution_rules',
  'tool_config',
  'definition',
  'formalization_notes',
  'tree_hash',
]

describe('skillToJson', () => {
  it('has every field, null where nothing was written', () => {
    expect(skillToJson(tree({}))).toStrictEqual({
      ...Object.fromEntries(keys.map((key) => [key, null])),
      id: 'a',
      tree_hash: hashSkill(tree({})),
    })
  })

  it('gives rules and the definition the names of the transport', () => {
    const node = { type: 'Check', name: 'x', options: { condition: 'c' }, source_span: null }
    const source = { language: 'ruby', text: 'true' }
    const skill = tree({
      evolve: { allow: ['content'], deny: ['all'], conditions: [{ name: 'c', source }] },
      definition: [node],
      behavior: source,
      tool: { input: [] },
    })
    expect(skillToJson(skill)).toMatchObject({
      evolution_rules: { allowed: ['content'], denied: ['all'], conditions: [{ name: 'c', source }] },
      definition: { nodes: [node] },
      behavior: source,
      tool_config: { input: [] },
    })
    expect(skillToJson(tree({ evolve: { allow: [], deny: [] }, definition: [] }))).toMatchObject({
      evolution_rules: { allowed: [], denied: [] },
      definition: { nodes: [] },
    })
  })

  it('is JSON with the same keys for every skill', () => {
    fc.assert(
      fc.property(skillTrees(), (skill) => {
        const json = skillToJson(skill)
        expect(Object.keys(json)).toEqual(keys)
        expect(JSON.parse(JSON.stringify(json))).toEqual(json)
      }),
    )
  })
})
