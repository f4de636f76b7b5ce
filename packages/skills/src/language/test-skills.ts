import fc from 'fast-check'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { skillIdSchema } from '../base/index.ts'
import { skillTreeSchema, type DefinitionNode, type SkillTree, type SourceText } from './index.ts'

type Effect = NonNullable<SkillTree['effects']>[number]
type Property = NonNullable<SkillTree['tool']>['input'][number]

/** Texts that TypeScript could take for something else. */
const nasty = fc.constantFrom(
  '',
  "it's",
  '\\',
  '\\n\n',
  '`',
  '`${x}`\n',
  '${x}',
  '$',
  '$\n{',
  '\\${\n',
  '*/ })',
  '\r\n',
  'a\rb\n',
  '\u0000\u0007\t\u007f\u0085\n',
  '\u2028\u2029',
  '\u202e\u2066\ufeff',
  '漢字 😀 👩‍👩‍👧\n',
)
const words = fc.string({ unit: 'binary', maxLength: 12 })
const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.array(fc.oneof(nasty, words), { maxLength: 4 }).map((parts) => parts.join('')),
)
const names = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'constructor', 'hasOwnProperty', 'name', 'a/b', 'a~1b', '0', "it's\n", '日本'),
  words.filter((name) => name !== ''),
)
const keys = names.filter((name) => name !== '__proto__' && name !== 'source_span')
const lists = fc.array(texts, { maxLength: 4 })
const numbers = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => (value === 0 ? 0 : value))

const { value: values, object: objects } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, true, false), numbers, texts),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(keys, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}))

const mandatory = new Map<string, fc.Arbitrary<JsonObject>>([
  ['Check', fc.record({ condition: fc.oneof(texts, values) })],
  ['Plan', fc.record({ steps: fc.oneof(lists, values) })],
  ['ToolCall', fc.record({ command: fc.oneof(texts, values) })],
  ['SemanticReasoning', fc.record({ prompt: fc.oneof(texts, values) })],
])

const nodes: fc.Arbitrary<DefinitionNode> = fc
  .constantFrom('Constraint', 'Check', 'Plan', 'ToolCall', 'SemanticReasoning', 'Own type', 'constructor')
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      name: names,
      options: fc
        .tuple(objects, fc.oneof(mandatory.get(type) ?? fc.constant({}), fc.constant({})))
        .map(([object, must]) => ({ ...object, ...must })),
      source_span: fc.oneof(fc.constant(null), texts, values),
    }),
  )

/** Bodies of methods: braces, templates, regular expressions and comments that only a parser reads rightly. */
const bodies = [
  '() {}',
  '(kairos) { return { a: { b: [] } } }',
  '(kairos: Kairos): Promise<Map<string, number[]>> {\n    return f<string>(kairos)\n  }',
  '(a, { b = "}" } = {}, ...rest) { return `}${`${"}"}`}` }',
  "(x) {\r\n  // }\r\n  /* } */ return /[}/]\\}/.test('}') ? x : '\\ud800'\r\n}",
  '<T,>(this: unknown, x: T) { return x satisfies T as unknown as T }',
  '(\n) { class A { #b = 1; static { } get c() { return this.#b } } return new A().c }',
] as const

function codes(name: string): fc.Arbitrary<SourceText> {
  const methods = fc
    .tuple(fc.constantFrom('', 'async ', 'async /* ( */ '), fc.constantFrom(...bodies))
    .map(([before, body]) => `${before}${name}${body}`)
  return fc.oneof(
    methods.map((text) => ({ language: 'typescript', text }) as const),
    texts.map((text) => ({ language: 'ruby', text }) as const),
  )
}

const effects: fc.Arbitrary<Effect> = fc.record(
  { name: names, requires: lists, records: lists, run: codes('run') },
  { requiredKeys: ['name', 'requires', 'records'] },
)

const properties: fc.Arbitrary<Property> = fc.record(
  { name: names, type: fc.constantFrom('string', 'number', ''), description: texts, required: fc.boolean() },
  { requiredKeys: ['name', 'type', 'required'] },
)

const tools = fc.record(
  { name: names, description: texts, input: named(properties), execute: codes('execute') },
  { requiredKeys: ['input'] },
)

const evolve = fc.record(
  {
    allow: fc.array(fc.oneof(fc.constantFrom('content', 'all'), texts), { maxLength: 3 }),
    deny: fc.array(fc.oneof(fc.constantFrom('behavior', 'all'), texts), { maxLength: 3 }),
    conditions: named(fc.record({ name: names, source: texts.map((text) => ({ language: 'ruby', text }) as const) })),
  },
  { requiredKeys: ['allow', 'deny'] },
)

function named<T extends { readonly name: string }>(entry: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 6 })
}

/**
 * Any skill that can be written in TypeScript, with every field now and then absent, empty, or full of what a printer gets
 * wrong.
 */
export function skillTrees(): fc.Arbitrary<SkillTree> {
  const trees = fc.record(
    {
      id: fc.constantFrom('a', 'core_safety', `Z${'-'.repeat(63)}`).map((id) => skillIdSchema.parse(id)),
      version: texts,
      title: texts,
      use_when: texts,
      inputs: lists,
      requires: values,
      depends_on: values,
      guarantees: lists,
      content: texts,
      formalization_notes: texts,
      evolve,
      definition: named(nodes),
      behavior: codes('behavior'),
      effects: named(effects),
      tool: tools,
    },
    { requiredKeys: ['id'] },
  )
  return trees.map((tree) => skillTreeSchema.parse(JSON.parse(JSON.stringify(tree))))
}
