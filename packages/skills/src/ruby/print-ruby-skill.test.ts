import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { skillIdSchema } from '../base/index.ts'
import { toJson, type DefinitionNode, type SkillTree, type SourceText } from '../language/index.ts'
import { loadRubyParser, parseRubySkills, printRubySkill, type RubyParser } from './index.ts'
import { kairosRb } from './test-kairos-rb.ts'

let parser: RubyParser
beforeAll(async () => {
  parser = await loadRubyParser()
})
const read = (text: string) => parseRubySkills(parser, text, 'kairos.rb')

/** Texts that Ruby could take for something else: code, ends of heredocs and blocks, quotes, margins. */
const nasty = fc.constantFrom(
  '#{system("x")}',
  '#@a #$b',
  'MD',
  'MD\n',
  '  MD\nx\n',
  'end\nskill :x do\n',
  'it\'s "quoted" \\ \\n\n',
  ' indented\n\tx\n',
  'x\n\n  y\n   \nz\n',
  'a\r\nb\r',
  '漢字 and 😀\n',
  '__END__\n',
  '=begin\n',
  '\u0000\u0004\u007f\u2028',
  '',
)
const words = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text.isWellFormed())
const texts = fc.oneof(
  nasty,
  fc.array(fc.oneof(nasty, words), { maxLength: 4 }).map((parts) => parts.join('')),
)
const names = fc.oneof(
  fc.constantFrom('a', 'end', 'constructor', 'hasOwnProperty', 'it', 'A b', '日本', 'x-y', 'source'),
  words.filter((name) => name !== ''),
)
const keys = names.filter((name) => name !== '__proto__' && name !== 'source_span' && name !== 'type')
const lists = fc.array(names, { maxLength: 3 })
const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
)

const { value: values } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    numbers.map((value) => (value === 0 ? 0 : value)),
    texts,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(keys, tie('value')), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)),
}))

const objects: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(keys, values), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs))

const mandatory = new Map([
  ['Check', 'condition'],
  ['Plan', 'steps'],
  ['ToolCall', 'command'],
])

const nodes: fc.Arbitrary<DefinitionNode> = fc
  .record({
    type: fc.constantFrom('Constraint', 'Check', 'Plan', 'ToolCall', 'SemanticReasoning', 'My type'),
    name: names,
    options: objects,
    value: values,
    span: fc.oneof(fc.constant(null), texts),
  })
  .map(({ type, name, options, value, span }) => {
    const key = type === 'Constraint' ? undefined : (mandatory.get(type) ?? 'prompt')
    return { type, name, options: key === undefined ? options : { ...options, [key]: value }, source_span: span }
  })

/** Code that is kept as it is. */
const codes: fc.Arbitrary<SourceText> = fc
  .constantFrom(
    ' x ',
    '',
    '|a| a',
    ' |a|\n  a.map { |b| b }\n  ',
    '\n  # end\n',
    ' <<~A\n  text\nA\n',
    ';begin;1;end;',
    '\n  a\nrescue\n  b\n',
    '(1)',
  )
  .map((text) => ({ language: 'ruby', text }))

const evolves: fc.Arbitrary<NonNullable<SkillTree['evolve']>> = fc
  .record({
    allow: lists,
    deny: lists,
    conditions: fc.array(fc.record({ name: names, source: codes }), { maxLength: 2 }),
  })
  .map(({ conditions, ...rest }) => (conditions.length === 0 ? rest : { ...rest, conditions }))

const effects = fc.uniqueArray(
  fc.record(
    { name: names, requires: lists, records: lists, run: codes },
    { requiredKeys: ['name', 'requires', 'records'] },
  ),
  { minLength: 1, maxLength: 2, selector: ({ name }) => name },
)

const inputs = fc.uniqueArray(
  fc.record(
    { name: names, type: texts, description: texts, required: fc.boolean() },
    { requiredKeys: ['name', 'type', 'required'] },
  ),
  { maxLength: 3, selector: ({ name }) => name },
)

const tools: fc.Arbitrary<NonNullable<SkillTree['tool']>> = fc.record(
  { name: texts, description: texts, input: inputs, execute: codes },
  { requiredKeys: ['input'] },
)

/** Trees that the Ruby form can say. */
const rubyTrees: fc.Arbitrary<SkillTree> = fc.record(
  {
    id: fc.constantFrom('a', 'core_safety', 'x-1', 'End').map((id) => skillIdSchema.parse(id)),
    version: texts,
    title: texts,
    use_when: texts,
    inputs: lists,
    requires: values,
    depends_on: values,
    guarantees: lists,
    content: texts,
    formalization_notes: texts,
    evolve: evolves,
    definition: fc.uniqueArray(nodes, { maxLength: 4, selector: ({ name }) => name }),
    behavior: codes,
    effects,
    tool: tools,
  },
  { requiredKeys: ['id'] },
)

describe('printing', () => {
  it('what is printed reads back as the same tree', () => {
    fc.assert(
      fc.property(rubyTrees, (tree) => {
        const printed = printRubySkill(parser, tree)
        if (!printed.ok) throw new Error(printed.error)
        const { skills, diagnostics } = read(`# 漢\n\n${printed.value}\n`)
        expect(diagnostics).toEqual([])
        expect(skills.map((skill) => toJson(skill.tree))).toEqual([toJson(tree)])
      }),
      { numRuns: 50 },
    )
  })

  it('prints the skills of a file of rules as a person would write them', () => {
    const { skills } = read(kairosRb)
    for (const { tree } of skills) {
      const printed = printRubySkill(parser, tree)
      expect(printed.ok && read(printed.value).skills.map((skill) => skill.tree)).toEqual([tree])
    }
    const printed = printRubySkill(parser, skills[1]!.tree)
    expect(printed.ok && printed.value).toMatchInlineSnapshot(`
      "skill :core_safety do
        version "1.1"
        title "Safety at the core"
        use_when "Before anything that changes a rule"
        guarantees do
          immutable
          always_enforced
        end
        evolve do
          deny :all
        end
        content <<~MD
          ## What always holds

          1. Explicit enablement: evolution is off until a person turns it on.
          2. Human approval: a person agrees to each change of the first layer.
          3. Blockchain recording: each change leaves a record that stays.
          4. Immutability: this skill is the one that does not change.
        MD
        definition do
          constraint :explicit_enablement, required: true, condition: "evolution_enabled == true", timing: "before_any_evolution"
          constraint :human_approval, required: true, scope: "l0_changes", approver: "human"
          constraint :blockchain_recording, required: true, fields: ["skill_id", "prev_ast_hash", "next_ast_hash", "timestamp", "reason_ref"]
          constraint :immutability, target: "core_safety", condition: "evolve deny :all"
        end
        formalization_notes <<~MD
          All four sentences are invariants, so each became a constraint. Nothing was left to judgment.
        MD
      end"
    `)
  })

  const id = 'a' as SkillTree['id']
  const node = (type: string, options: Record<string, string>) => ({ type, name: 'n', options, source_span: null })
  it.each<[string, SkillTree]>([
    ['TypeScript code', { id, behavior: { language: 'typescript', text: '() => 1' } }],
    ['code that ends its block', { id, behavior: { language: 'ruby', text: '\nend\nend\nskill :b do\nevolve do\n' } }],
    ['code that ends the file', { id, behavior: { language: 'ruby', text: '\n__END__\n' } }],
    ['code that adds a field', { id, behavior: { language: 'ruby', text: ' end; title "x"; evolve do ' } }],
    ['half a character', { id, title: '\ud800' }],
    ['a byte order mark', { id, title: '\uFEFFx' }],
    ['a plan without steps', { id, definition: [node('Plan', {})] }],
    ['an option that is no option in Ruby', { id, definition: [node('Constraint', { source_span: 'x' })] }],
    ['an empty name', { id, inputs: [''] }],
  ])('refuses %s', (_, tree) => {
    expect(printRubySkill(parser, tree).ok).toBe(false)
  })
})
