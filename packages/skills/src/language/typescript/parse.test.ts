import { describe, expect, it } from 'vitest'
import { parseSkillSource, printSkill, skillTreeSchema, sourceLimits } from '../index.ts'

const parse = (text: string) => parseSkillSource(text, 'a.skill.ts')
const skill = (fields: string) => `export default skill('a', {\n${fields}\n})\n`
const places = (text: string) => {
  const parsed = parse(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return Object.fromEntries(
    [...parsed.value.places].map(([pointer, { line, column }]) => [pointer, `${line}:${column}`]),
  )
}
/** `line:column code message | hint` of every problem. */
const problems = (text: string) => {
  const parsed = parse(text)
  return parsed.ok ? [] : parsed.error.map((d) => `${d.line}:${d.column} ${d.code} ${d.message} | ${d.hint}`)
}

describe('parseSkillSource', () => {
  it('reads every field', () => {
    const text = `// comments are for readers
import { skill, constraint } from '@rumi/skills'
export default skill('core_safety', {
  version: '1.0', title: "T", use_when: \`u\`, inputs: ['a'], requires: { x: [1, -2.5, null, true] }, depends_on: 'b',
  guarantees: ['immutable'],
  evolve: { allow: ['content'], deny: ['all'], conditions: [condition('c', ruby('true'))] },
  content: \`one
two\`,
  definition: [
    constraint('a', { required: true, source_span: { line: 1 } }), check('b', { condition: '' }), plan('c', { steps: [] }),
    toolCall('d', { command: 'x', more: 1 }), semanticReasoning('e', { prompt: 'p' }), node('Own', 'f'), constraint('g'),
  ],
  formalization_notes: 'n',
  async behavior(kairos: Kairos) { return { \`}\`: 1 } },
  effects: [effect('notify', { requires: ['x'], records: ['y'], run() { return 1 } }), effect('log', { run: ruby('p') })],
  tool: tool('t', { description: 'd', input: [property('n', { type: 'string', required: true })], execute(args) { } }),
})
`.replace('`}`: 1', "'}': `}`")
    const parsed = parse(text)
    expect(parsed).toMatchObject({ ok: true })
    if (!parsed.ok) return
    const { tree, region } = parsed.value
    expect(text.slice(region.start, region.end)).toMatch(/^skill\('core_safety'[^]*\}\)$/)
    expect(tree).toStrictEqual({
      id: 'core_safety',
      version: '1.0',
      title: 'T',
      use_when: 'u',
      inputs: ['a'],
      requires: { x: [1, -2.5, null, true] },
      depends_on: 'b',
      guarantees: ['immutable'],
      evolve: {
        allow: ['content'],
        deny: ['all'],
        conditions: [{ name: 'c', source: { language: 'ruby', text: 'true' } }],
      },
      content: 'one\ntwo',
      definition: [
        { type: 'Constraint', name: 'a', options: { required: true }, source_span: { line: 1 } },
        { type: 'Check', name: 'b', options: { condition: '' }, source_span: null },
        { type: 'Plan', name: 'c', options: { steps: [] }, source_span: null },
        { type: 'ToolCall', name: 'd', options: { command: 'x', more: 1 }, source_span: null },
        { type: 'SemanticReasoning', name: 'e', options: { prompt: 'p' }, source_span: null },
        { type: 'Own', name: 'f', options: {}, source_span: null },
        { type: 'Constraint', name: 'g', options: {}, source_span: null },
      ],
      formalization_notes: 'n',
      behavior: { language: 'typescript', text: "async behavior(kairos: Kairos) { return { '}': `}` } }" },
      effects: [
        {
          name: 'notify',
          requires: ['x'],
          records: ['y'],
          run: { language: 'typescript', text: 'run() { return 1 }' },
        },
        { name: 'log', requires: [], records: [], run: { language: 'ruby', text: 'p' } },
      ],
      tool: {
        name: 't',
        description: 'd',
        input: [{ name: 'n', type: 'string', required: true }],
        execute: { language: 'typescript', text: 'execute(args) { }' },
      },
    })
    expect(skillTreeSchema.parse(tree)).toEqual(tree)
    expect(parse(printSkill(tree))).toMatchObject({ ok: true, value: { tree } })
  })

  it('knows where each part stands', () => {
    const text = skill(
      "  requires: { 'a/b~': [\n 1] },\n  definition: [check('x', { condition: 'c', source_span: 's' })],\n  tool: tool({ execute() {} }),",
    )
    expect(places(text)).toEqual({
      '': '1:16',
      '/id': '1:22',
      '/requires': '2:13',
      '/requires/a~1b~0': '2:23',
      '/requires/a~1b~0/0': '3:2',
      '/definition': '4:15',
      '/definition/0': '4:16',
      '/definition/0/type': '4:16',
      '/definition/0/name': '4:22',
      '/definition/0/options': '4:27',
      '/definition/0/options/condition': '4:40',
      '/definition/0/source_span': '4:58',
      '/tool': '5:9',
      '/tool/execute': '5:16',
    })
  })

  it('counts lines as editors do', () => {
    expect(problems('\r\n\r1').map((text) => text.slice(0, 3))).toEqual(['3:1', '3:2'])
  })

  it.each([
    ["tool: tool('t')", { tool: { name: 't', input: [] } }],
    ['tool: tool({})', { tool: { input: [] } }],
    ['tool: tool(null, {})', { tool: { input: [] } }],
    ["effects: [effect('e')]", { effects: [{ name: 'e', requires: [], records: [] }] }],
    ['evolve: {}', { evolve: { allow: [], deny: [] } }],
    ['requires: -0', { requires: 0 }],
    ['requires: 0x1_0', { requires: 16 }],
    ['requires: null', { requires: null }],
    ['inputs: []', { inputs: [] }],
    ['requires: { constructor: 1, "hasOwnProperty": 2 }', { requires: { constructor: 1, hasOwnProperty: 2 } }],
    ["title: 'a\\u{1f600}\\x00'", { title: 'a😀\u0000' }],
    [
      'behavior\n (a /* } */) { return /}/ }',
      { behavior: { language: 'typescript', text: 'behavior\n (a /* } */) { return /}/ }' } },
    ],
  ])('reads %s', (fields, expected) => {
    expect(parse(skill(fields))).toMatchObject({ ok: true, value: { tree: { id: 'a', ...expected } } })
  })

  it('reads a file with a byte order mark', () => {
    expect(parse(`\ufeff${skill('')}`).ok).toBe(true)
  })

  it('tells every problem, in the order of the text', () => {
    const text = `import { skil } from '@rumi/skills'
const x = 1
export default skill('9', {
  titel: 1, title: 2, ...x, definition: [plan('a', {}), plan('b', { steps: [1] }), chekc('c')],
})
`
    expect(problems(text).map((problem) => problem.split(' |')[0])).toEqual([
      '1:10 skill.form "skil" is no constructor of the language',
      '2:1 skill.form a "const" declaration is not allowed',
      '3:22 skill.field this is no skill id',
      '4:3 skill.field there is no field "titel" here',
      '4:20 skill.field a number is not allowed here',
      '4:23 skill.form a spread "…" is not allowed here',
      '4:42 skill.field "plan" needs the option "steps"',
      '4:77 skill.field must be a list of texts',
      '4:84 skill.form "chekc" cannot be called here',
    ])
  })

  it.each(['skill', 'constraint', 'tool', 'ruby'])('lets a source import %s', (name) => {
    expect(problems(`import { ${name} } from '@rumi/skills'\n${skill('')}`)).toEqual([])
  })

  it('tells at most a hundred problems', () => {
    const found = problems(skill(Array.from({ length: 1000 }, (_, index) => `x${index}: 1`).join(',')))
    expect(found).toHaveLength(101)
    expect(found.at(-1)).toContain('900 more problems')
  })

  it('bounds texts, statements and depth, and takes what is just within', () => {
    const deep = (depth: number) => `requires: ${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(problems(skill(deep(sourceLimits.depth)))).toEqual([])
    expect(problems(skill(deep(sourceLimits.depth + 1)))[0]).toContain('skill.limit the value is nested deeper than 32')
    const long = (bytes: number) => `title: '${'é'.repeat(bytes / 2)}'`
    expect(problems(skill(long(sourceLimits.textBytes)))).toEqual([])
    expect(problems(skill(long(sourceLimits.textBytes + 2)))[0]).toContain('skill.limit the text is larger')
    const many = (count: number) =>
      `definition: [${Array.from({ length: count }, (_, index) => `node('T', 'n${index}')`).join()}]`
    expect(problems(skill(many(sourceLimits.nodes)))).toEqual([])
    expect(problems(skill(many(sourceLimits.nodes + 1)))[0]).toContain('skill.limit "definition" has more than 500')
    expect(problems(skill(`requires: [${'1,'.repeat(sourceLimits.values)}]`))).toHaveLength(1)
    expect(problems(skill(`behavior() { /*${'x'.repeat(sourceLimits.textBytes)}*/ }`))[0]).toContain('skill.limit')
    expect(problems(skill(`requires: { ${'k'.repeat(129)}: 1 }`))[0]).toContain('skill.limit the key is too long')
    expect(problems(skill(`definition: [node('T', '${'k'.repeat(129)}')]`))[0]).toContain('skill.limit the name is too')
  })
})
