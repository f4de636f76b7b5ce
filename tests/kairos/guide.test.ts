import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCondition } from '@rumi/skills/condition'
import { parseSkillSource } from '@rumi/skills/language'
import { shippedFiles } from '@rumi/skills/setup'
import { detectDrift } from '@rumi/skills/verification'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

describe.each(['docs/SKILLS.md', 'docs/SKILLS.ja.md'])('%s', (path) => {
  const text = read(path)
  const block = (language: string): string => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? ''

  it('shows a skill that can be read, and whose text and definition agree', () => {
    const parsed = parseSkillSource(block('ts'), 'greeting.skill.ts')
    expect(parsed).toMatchObject({ ok: true, value: { tree: { id: 'greeting' } } })
    if (parsed.ok) expect(detectDrift(parsed.value.tree).items).toEqual([])
  })

  it('shows conditions that can be read', () => {
    const conditions = block('text').trim().split('\n')
    expect(conditions.length).toBeGreaterThan(3)
    expect(conditions.filter((condition) => !parseCondition(condition).ok)).toEqual([])
  })

  it('names every check of a change', () => {
    const source = read('packages/skills/src/governance/checks.ts')
    const ids = [...source.matchAll(/\bid: '([a-z]+\.[a-z]+)'/g)].map(([, id]) => id ?? '')
    expect(ids).toContain('evolve.field')
    expect(ids.filter((id) => !text.includes(`\`${id}\``))).toEqual([])
  })

  it('names every name that the system binds', () => {
    const source = read('packages/app/src/kairos/bindings.ts')
    const live = /const live[^=]*= \{(.*?)\n {2}\}/s.exec(source)?.[1] ?? ''
    const names = [...live.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name ?? '')
    expect(names).toContain('evolution_count')
    expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([])
  })

  it('names every setting', () => {
    const settings = shippedFiles.get('skills/config.yml') ?? ''
    const names = [...settings.matchAll(/^ *([a-z_0-9]+): *\S/gm)].map(([, name]) => name ?? '')
    expect(names).toContain('evolution_enabled')
    expect(names.filter((name) => !text.includes(`${name}\``))).toEqual([])
  })
})

describe('docs/compatibility.md', () => {
  const text = read('docs/compatibility.md')

  it('has one row for each behaviour of the older system', () => {
    const ids = [...text.matchAll(/^\| ([A-J]\d\d) \|/gm)].map(([, id]) => id ?? '')
    expect(ids.length).toBeGreaterThan(50)
    expect(ids).toEqual([...new Set(ids)])
  })

  it('names no test that is not there', () => {
    const cells = [...text.matchAll(/`((?:packages|tests)\/[\w/.-]+\.test\.ts)`(?: › ([A-K]\d\d)\b)?/g)]
    expect(cells.length).toBeGreaterThan(50)
    const wrong = cells.filter(([, file = '', id = '']) => !existsSync(new URL(file, root)) || !read(file).includes(id))
    expect(wrong.map(([cell]) => cell)).toEqual([])
  })
})
