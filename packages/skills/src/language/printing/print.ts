import { isJsonObject, unreachable, type JsonValue } from '@rumi/kernel/base'
import { findNodeWord } from '../node-words.ts'
import { skillFields, type DefinitionNode, type SkillField, type SkillTree, type SourceText } from '../tree.ts'
import { isMethodText } from '../typescript/code.ts'
import { block, call, render, type Layout } from './layout.ts'
import { quoteName, quoteText } from './quote.ts'

/** Longest list of plain values that is printed on one line, in characters. */
const LIST_LENGTH = 100

type Effect = NonNullable<SkillTree['effects']>[number]
type Evolve = NonNullable<SkillTree['evolve']>
type Tool = NonNullable<SkillTree['tool']>

/**
 * A skill as TypeScript in its canonical form; reading it again gives the same tree. Fields stand in the order of
 * `skillFields`, objects over several lines, texts of several lines between backticks, and methods exactly as they are kept.
 *
 * @throws When a text kept as TypeScript is no method of its name, or stands where only Ruby may: whatever wrote it into the
 *   tree must not write beside it into the source.
 */
export function printSkill(tree: SkillTree): string {
  const fields = skillFields.flatMap((field) => printField(tree, field))
  return render(['export default ', call('skill', [quoteName(tree.id), block('{}', fields)]), '\n'])
}

function printField(tree: SkillTree, field: SkillField): readonly Layout[] {
  switch (field) {
    case 'evolve':
      return tree.evolve ? [['evolve: ', printEvolve(tree.evolve)]] : []
    case 'definition':
      return tree.definition ? [['definition: ', block('[]', tree.definition.map(printNode))]] : []
    case 'behavior':
      return printCode('behavior', tree.behavior)
    case 'effects':
      return tree.effects ? [['effects: ', block('[]', tree.effects.map(printEffect))]] : []
    case 'tool':
      return tree.tool ? [['tool: ', printTool(tree.tool)]] : []
    case 'version':
    case 'title':
    case 'use_when':
    case 'inputs':
    case 'requires':
    case 'depends_on':
    case 'guarantees':
    case 'content':
    case 'formalization_notes':
      return printMember(field, tree[field])
    default:
      return unreachable(field)
  }
}

function printEvolve({ allow, deny, conditions }: Evolve): Layout {
  const printed = conditions?.map(({ name, source }) => call('condition', [quoteName(name), printRuby(source)]))
  return block('{}', [
    ...printMember('allow', allow),
    ...printMember('deny', deny),
    ...(printed ? [['conditions: ', block('[]', printed)]] : []),
  ])
}

function printNode({ type, name, options, source_span }: DefinitionNode): Layout {
  const word = findNodeWord(type, options)?.word
  const members = Object.entries(options).flatMap(([key, value]) => printMember(key, value))
  const span = source_span === null ? [] : printMember('source_span', source_span)
  const operands = [quoteName(name), block('{}', [...members, ...span])]
  return word === undefined ? call('node', [quoteName(type), ...operands]) : call(word, operands)
}

function printEffect({ name, requires, records, run }: Effect): Layout {
  const fields = [...printMember('requires', requires), ...printMember('records', records), ...printCode('run', run)]
  return call('effect', [quoteName(name), block('{}', fields)])
}

function printTool({ name, description, input, execute }: Tool): Layout {
  const properties = input.map(printProperty)
  const fields = block('{}', [
    ...printMember('description', description),
    ['input: ', block('[]', properties)],
    ...printCode('execute', execute),
  ])
  return call('tool', name === undefined ? [fields] : [quoteName(name), fields])
}

function printProperty({ name, type, description, required }: Tool['input'][number]): Layout {
  const fields = [
    ...printMember('type', type),
    ...printMember('description', description),
    ...printMember('required', required),
  ]
  return call('property', [quoteName(name), block('{}', fields)])
}

function printCode(field: string, code: SourceText | undefined): readonly Layout[] {
  if (code === undefined) return []
  if (code.language === 'ruby') return [[`${field}: `, printRuby(code)]]
  if (!isMethodText(field, code.text)) throw new Error(`the text kept for "${field}" is no method of that name`)
  return [code.text]
}

function printRuby({ language, text }: SourceText): Layout {
  if (language !== 'ruby') throw new Error('only Ruby may stand here')
  return call('ruby', [quoteText(text)])
}

function printMember(key: string, value: JsonValue | undefined): readonly Layout[] {
  if (value === undefined) return []
  const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoteName(key)
  return [[`${name}: `, printValue(value)]]
}

function printValue(value: JsonValue): Layout {
  if (typeof value === 'string') return quoteText(value)
  if (isJsonObject(value)) {
    return block(
      '{}',
      Object.entries(value).flatMap(([key, member]) => printMember(key, member)),
    )
  }
  if (!isList(value)) return String(value)
  const items = value.map(printValue)
  const words = items.flatMap((item) => (typeof item === 'string' && !item.includes('\n') ? [item] : []))
  const line = `[${words.join(', ')}]`
  return words.length === items.length && line.length <= LIST_LENGTH ? line : block('[]', items)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
