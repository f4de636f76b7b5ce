import { type CallNode } from '@ruby/prism/src/nodes.js'
import type { JsonValue } from '@rumi/kernel/base'
import { skillIdSchema, type SkillId } from '../base/index.ts'
import { skillFields, type SkillTree } from '../language/index.ts'
import { expectNoValues, readBlock, readCode, readOnlyValue, readValues, valuesOf } from './read-call.ts'
import { readDefinition } from './read-definition.ts'
import { readLiteral, readNames } from './read-literal.ts'
import { readEffect, readEvolve, readGuarantees, readTextField, readTool } from './read-sections.ts'
import { isTextNode, readText } from './read-text.ts'
import { notePlace, report, type Reading } from './reading.ts'

/** The name in `skill :name do`; undefined when it is none, which is reported. */
export function readSkillId(reading: Reading, call: CallNode): SkillId | undefined {
  const [value, extra] = valuesOf(call)
  if (value === undefined || extra !== undefined || !isTextNode(value)) {
    return report(reading, call, {
      code: 'skill.form',
      message: '"skill" takes one name and a block',
      hint: 'Write skill :name do … end.',
    })
  }
  notePlace(reading, value, '/id')
  const text = readText(reading, value)
  const id = skillIdSchema.safeParse(text)
  if (id.success) return id.data
  if (text === undefined) return undefined
  return report(reading, value, { code: 'skill.form', message: id.error.issues[0]?.message ?? 'not a skill id' })
}

/** Reads the block of a skill. It is whole only when the reading has no problems afterwards. */
export function readSkill(reading: Reading, call: CallNode, id: SkillId): SkillTree {
  notePlace(reading, call, '')
  const draft: Draft = {}
  const seen = new Set<string>()
  for (const word of readBlock(reading, call) ?? []) {
    const read = fieldReaders.get(word.name)
    if (read === undefined) refuseWord(reading, word)
    else if (seen.has(word.name) && word.name !== 'effect') {
      // Ruby keeps the last one: a reviewer reads the first.
      report(reading, word, { code: 'skill.duplicate', message: `"${word.name}" is written twice` })
    } else read(reading, word, draft)
    seen.add(word.name)
  }
  return { id, ...draft }
}

type Fields = Omit<SkillTree, 'id'>
type Draft = { -readonly [Field in keyof Fields]: Fields[Field] }
type FieldReader = (reading: Reading, call: CallNode, draft: Draft) => void
type TextField = 'version' | 'title' | 'use_when' | 'content' | 'formalization_notes'

const fieldReaders: ReadonlyMap<string, FieldReader> = new Map<string, FieldReader>([
  ...textFields('version', 'title', 'use_when', 'content', 'formalization_notes'),
  ['requires', (reading, call, draft) => assign(readValue(reading, call), (value) => (draft.requires = value))],
  ['depends_on', (reading, call, draft) => assign(readValue(reading, call), (value) => (draft.depends_on = value))],
  ['inputs', (reading, call, draft) => assign(readInputs(reading, call), (value) => (draft.inputs = value))],
  [
    'guarantees',
    (reading, call, draft) => assign(readGuarantees(reading, call), (value) => (draft.guarantees = value)),
  ],
  ['evolve', (reading, call, draft) => assign(readEvolve(reading, call), (value) => (draft.evolve = value))],
  ['tool', (reading, call, draft) => assign(readTool(reading, call), (value) => (draft.tool = value))],
  ['effect', readEffectField],
  [
    'definition',
    (reading, call, draft) => {
      expectNoValues(reading, call, '/definition')
      assign(readDefinition(reading, call), (value) => (draft.definition = value))
    },
  ],
  [
    'behavior',
    (reading, call, draft) => {
      expectNoValues(reading, call, '/behavior')
      assign(readCode(reading, call, '/behavior'), (value) => (draft.behavior = value))
    },
  ],
])

function textFields(...names: readonly TextField[]): readonly (readonly [string, FieldReader])[] {
  return names.map((name) => [
    name,
    (reading, call, draft) => assign(readTextField(reading, call, `/${name}`), (value) => (draft[name] = value)),
  ])
}

function assign<T>(value: T | undefined, set: (value: T) => unknown): void {
  if (value !== undefined) set(value)
}

function readValue(reading: Reading, call: CallNode): JsonValue | undefined {
  const value = readOnlyValue(reading, call)
  return value === undefined ? undefined : readLiteral(reading, value, `/${call.name}`)
}

function readInputs(reading: Reading, call: CallNode): readonly string[] | undefined {
  notePlace(reading, call, '/inputs')
  const values = readValues(reading, call)
  return values === undefined ? undefined : readNames(reading, values, '/inputs')
}

function readEffectField(reading: Reading, call: CallNode, draft: Draft): void {
  const effects = draft.effects ?? []
  const effect = readEffect(reading, call, effects.length)
  if (effect === undefined) return
  if (effects.some(({ name }) => name === effect.name)) {
    report(reading, call, { code: 'skill.duplicate', message: `two effects are called "${effect.name}"` })
  }
  draft.effects = [...effects, effect]
}

function refuseWord(reading: Reading, word: CallNode): void {
  if (word.name === 'skill') {
    // A definition inside another one: whoever approves the outer skill would replace the inner one.
    report(reading, word, { code: 'skill.form', message: 'a skill stands inside another skill', hint: 'Move it out.' })
    return
  }
  // An unknown word may be a rule; without it the skill would be weaker than it was written.
  report(reading, word, {
    code: 'skill.field',
    message: `"${word.name}" is no word of a skill`,
    hint: `Write one of ${skillFields.map((field) => (field === 'effects' ? 'effect' : field)).join(', ')}.`,
  })
}
