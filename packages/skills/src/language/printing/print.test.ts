import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashSkill, parseSkillSource, printSkill, type SkillTree } from '../index.ts'
import { skillTrees } from '../test-skills.ts'

function parse(text: string): SkillTree {
  const parsed = parseSkillSource(text, 'a.skill.ts')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value.tree
}

const tree = (fields: object) => ({ id: 'a', ...fields }) as SkillTree

describe('printSkill', () => {
  it('prints a source that is read as the same tree', () => {
    fc.assert(
      fc.property(skillTrees(), (skill) => {
        const read = parse(printSkill(skill))
        expect(JSON.stringify(read)).toBe(JSON.stringify(skill))
        expect(hashSkill(read)).toBe(hashSkill(skill))
      }),
      { numRuns: 200 },
    )
  })

  it('prints what it has printed', () => {
    fc.assert(
      fc.property(skillTrees(), (skill) => {
        const text = printSkill(skill)
        expect(printSkill(parse(text))).toBe(text)
      }),
    )
  })

  it('prints only visible characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        expect(printSkill(tree({ title }))).not.toMatch(
          // eslint-disable-next-line no-misleading-character-class
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/,
        )
      }),
    )
  })

  it('has one form, with fields in their order', () => {
    const source = `import { skill } from '@rumi/skills'
      export default skill("core", { // comments go
        tool: tool(null, { execute(args) {
      return args } , input: [property("n", { type: 'string' })] }),
        definition: [constraint('a'), node('Check', 'b', { condition: 'x == true' }), node('Plan', 'c', {steps: [1]})],
        effects: [effect('e')],
        evolve: {},
        'content': "two\\nlines",
        inputs: [\`one\`, "it's"],
        requires: { 'a b': -0x10, $c: [[]], d: {} },
        behavior: ruby('a { |b|\\n}'),
      });`
    expect(printSkill(parse(source))).toBe(`export default skill('core', {
  inputs: ['one', 'it\\'s'],
  requires: {
    'a b': -16,
    $c: [[]],
    d: {},
  },
  evolve: {
    allow: [],
    deny: [],
  },
  content: \`two
lines\`,
  definition: [
    constraint('a', {}),
    check('b', {
      condition: 'x == true',
    }),
    node('Plan', 'c', {
      steps: [1],
    }),
  ],
  behavior: ruby(\`a { |b|
}\`),
  effects: [
    effect('e', {
      requires: [],
      records: [],
    }),
  ],
  tool: tool({
    input: [
      property('n', {
        type: 'string',
        required: false,
      }),
    ],
    execute(args) {
      return args },
  }),
})
`)
  })

  it.each([
    ['closes the object and adds a field', "behavior() {}, content: 'evil'"],
    ['ends the source', 'behavior() {} }) ; evil({ a() {}'],
    ['ends in a comment', 'behavior() {} //'],
    ['begins with a comment', '/* */ behavior() {}'],
    ['has another name', 'execute() {}'],
    ['writes its name with an escape', 'behavi\\u006fr() {}'],
    ['is a getter', 'get behavior() { return 1 }'],
    ['is a generator', '*behavior() {}'],
    ['is a value', 'behavior: 1'],
    ['is computed', '["behavior"]() {}'],
    ['hides a character', 'behavior() { /* \u202e */ }'],
    ['is no code', '{'],
    ['is nothing', ''],
  ])('refuses a method text that %s', (_, text) => {
    expect(() => printSkill(tree({ behavior: { language: 'typescript', text } }))).toThrow('no method of that name')
  })

  it('refuses a condition in another language than Ruby', () => {
    const source = { language: 'typescript', text: 'a() {}' }
    expect(() => printSkill(tree({ evolve: { allow: [], deny: [], conditions: [{ name: 'a', source }] } }))).toThrow(
      'only Ruby',
    )
  })
})
