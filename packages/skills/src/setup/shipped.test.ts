import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { defaultSkillSources, shippedFiles } from './shipped.ts'

const textOf = (path: string): string => shippedFiles.get(path) ?? ''

describe('the philosophy', () => {
  it.each(['skills/kairos.md', 'skills/kairos_ja.md'])('%s lists its sections as they are', (path) => {
    const sections = [...textOf(path).matchAll(/^## \[(KAI-\d{3})\] (.+)$/gm)].map(([, id, title]) => [id, title])
    const table = [...textOf(path).matchAll(/^\| (KAI-\d{3}) \| (.+?) \| (.+?) \|$/gm)]
    expect(table.map(([, id, title]) => [id, title])).toEqual(sections)
    expect(sections).toHaveLength(9)
  })

  it('has the same sections in both languages', () => {
    const ids = (path: string): string[] => textOf(path).match(/\[KAI-\d{3}\]/g) ?? []
    expect(ids('skills/kairos_ja.md')).toEqual(ids('skills/kairos.md'))
  })
})

describe('the example documents', () => {
  it.each(['kairos_guide', 'persona_definitions'])('%s has a front matter with its own name', (name) => {
    const [, head = '', body = ''] = textOf(`knowledge/${name}/${name}.md`).split('---\n')
    expect(parse(head)).toMatchObject({ name, layer: 'L1', version: '1.0', description: expect.any(String) as string })
    expect(body).toMatch(/^\n# /)
  })

  it('define every persona that assemblies are known to ask for', () => {
    const names = [...textOf('knowledge/persona_definitions/persona_definitions.md').matchAll(/^### (.+)$/gm)]
    expect(names.map(([, name]) => name)).toEqual([
      'kairos',
      'conservative',
      'radical',
      'pragmatic',
      'optimistic',
      'skeptic',
      'archivist',
      'guardian',
      'promoter',
    ])
  })
})

it('every file ends with one line end and has no line end of another system', () => {
  for (const text of shippedFiles.values()) expect(text).toMatch(/^[^\r]*[^\r\n]\n$/)
})

it('the eight skills are named by their files', () => {
  expect([...defaultSkillSources.keys()]).toEqual([
    'l0_governance',
    'core_safety',
    'evolution_rules',
    'layer_awareness',
    'approval_workflow',
    'self_inspection',
    'chain_awareness',
    'audit_rules',
  ])
})
