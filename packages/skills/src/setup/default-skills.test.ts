import { parse } from '@babel/parser'
import { describe, expect, it } from 'vitest'
import { defaultSkillSources } from './shipped.ts'

interface ReadSkill {
  readonly id: unknown
  readonly fields: Readonly<Record<string, unknown>>
  readonly nodes: readonly { readonly type: string; readonly name: string; readonly options: Record<string, unknown> }[]
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

/** Data only: anything that is no literal is a mistake of the source. */
function readLiteral(node: Node): unknown {
  if (node.type === 'ArrayExpression') return (node['elements'] as Node[]).map(readLiteral)
  if (node.type === 'TemplateLiteral') {
    expect(node['expressions']).toEqual([])
    return (node['quasis'] as { value: { cooked: string } }[])[0]?.value.cooked
  }
  if (node.type === 'ObjectExpression') {
    const members = node['properties'] as (Node & { key: { name: string }; value: Node })[]
    return Object.fromEntries(members.map(({ key, value }) => [key.name, readLiteral(value)]))
  }
  expect(['StringLiteral', 'NumericLiteral', 'BooleanLiteral']).toContain(node.type)
  return node['value']
}

function readSkill(source: string): ReadSkill {
  const { body } = parse(source, { sourceType: 'module', plugins: ['typescript'] }).program
  expect(body.map(({ type }) => type)).toEqual(['ExportDefaultDeclaration'])
  const call = (body[0] as unknown as { declaration: { callee: { name: string }; arguments: Node[] } }).declaration
  expect(call.callee.name).toBe('skill')
  const [id, options] = call.arguments as [Node, Node]
  const fields: Record<string, unknown> = {}
  let nodes: ReadSkill['nodes'] = []
  for (const member of options['properties'] as (Node & { key: { name: string }; value: Node })[]) {
    if (member.type === 'ObjectMethod') expect(member.key.name).toBe('behavior')
    else if (member.key.name === 'definition') nodes = (member.value['elements'] as Node[]).map(readNode)
    else fields[member.key.name] = readLiteral(member.value)
  }
  return { id: readLiteral(id), fields, nodes }
}

function readNode(node: Node): ReadSkill['nodes'][number] {
  const [name, options] = node['arguments'] as [Node, Node]
  const type = (node['callee'] as { name: string }).name
  return { type, name: readLiteral(name) as string, options: readLiteral(options) as Record<string, unknown> }
}

const skills = new Map([...defaultSkillSources].map(([id, source]) => [id, readSkill(source)]))
const countTypes = (id: string): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { type } of skills.get(id)?.nodes ?? []) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

describe.each([...skills])('the skill %s', (id, { id: written, fields, nodes }) => {
  it('is data with its own id, a title, an occasion and notes', () => {
    expect(written).toBe(id)
    expect(fields).toMatchObject({ version: '1.0', guarantees: expect.any(Array) as unknown })
    for (const field of ['title', 'use_when', 'content', 'formalization_notes']) expect(fields[field]).toMatch(/\S/)
  })

  it('has a definition with names that occur once, each of which its content knows', () => {
    const names = nodes.map(({ name }) => name)
    expect(names.length).toBeGreaterThanOrEqual(3)
    expect(new Set(names).size).toBe(names.length)
    const content = String(fields['content']).toLowerCase().replaceAll(/\s+/g, ' ')
    for (const name of names) expect(content).toContain(name.replaceAll('_', ' '))
  })

  it('never lets its own rules of evolution change', () => {
    const { deny } = fields['evolve'] as { readonly deny: readonly string[] }
    expect(deny.includes('all') || deny.includes('evolve')).toBe(true)
  })
})

it('core_safety has four constraints and denies all; evolution_rules has six nodes, three of them constraints', () => {
  expect(countTypes('core_safety')).toEqual({ constraint: 4 })
  expect(skills.get('core_safety')?.fields).toMatchObject({
    guarantees: ['immutable', 'always_enforced'],
    evolve: { deny: ['all'] },
  })
  expect(countTypes('evolution_rules')).toEqual({ constraint: 3, check: 1, plan: 1, semanticReasoning: 1 })
  expect(skills.get('layer_awareness')?.fields['content']).toContain('Layer Structure')
})

it('l0_governance holds the policy as values, and names exactly the default skills', () => {
  const nodes = skills.get('l0_governance')?.nodes ?? []
  const values = Object.fromEntries(nodes.map(({ name, options }) => [name, options['value']]))
  expect(values).toMatchObject({
    allowed_skills: [...defaultSkillSources.keys()],
    immutable_skills: ['core_safety'],
    require_human_approval: true,
    recording: { L0: 'full', L1: 'hash_only', L2: 'none' },
    session_limit: 3,
    external_modification: { origin: 'local' },
  })
})
