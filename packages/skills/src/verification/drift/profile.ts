import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { parseCondition, type Expression } from '../../condition/index.ts'
import type { DefinitionNode } from '../../language/index.ts'
import { collectStems, type Sentence } from './sentences.ts'
import type { ReadWords } from './words.ts'

/** What a node is about, in words. */
export interface NodeProfile {
  readonly name: string
  /** Significant stems of the name. */
  readonly nameStems: readonly string[]
  /** Sequences of at least two stems that speak of the node wherever they stand one behind the other. */
  readonly phrases: readonly (readonly string[])[]
  /** Names of the condition, each a sequence; speak of the node where all of them stand. */
  readonly conditionNames: readonly (readonly string[])[]
  /** Significant stems of the description, of the question and of the steps, each by itself. */
  readonly proses: readonly (readonly string[])[]
  /** All of them, with those of the condition and the target. */
  readonly pool: readonly string[]
  /** Every significant stem that occurs anywhere in the node. */
  readonly all: ReadonlySet<string>
}

/** Says what a node is about. */
export function profileNode(node: DefinitionNode, readWords: ReadWords): NodeProfile {
  const { options } = node
  const significant = (text: string): readonly string[] => [...collectStems(readWords(text)).significant]
  const sequence = (text: string): readonly string[] =>
    readWords(text).flatMap((word) => (word.kind === 'word' ? [word.stem] : []))
  const condition = textOf(options, 'condition')
  const proses = [textOf(options, 'description'), textOf(options, 'prompt'), textsOf(options['steps']).join('\n')]
  const nameStems = significant(node.name)
  const names = condition === '' ? [] : findConditionNames(condition).map(sequence)
  const phrases = [node.name, condition, textOf(options, 'config_key'), textOf(options, 'command')].map(sequence)
  const pool = [node.name, condition, textOf(options, 'target'), ...proses].flatMap(significant)
  return {
    name: node.name,
    nameStems,
    phrases: phrases.filter((phrase) => phrase.length > 1),
    conditionNames: names.some((name) => name.length > 1) ? names : [],
    proses: proses.map(significant).filter((stems) => stems.length > 0),
    pool: [...new Set(pool)],
    all: new Set([...nameStems, ...significant(textsOf(options).join('\n'))]),
  }
}

/** Whether a sentence speaks of a node. */
export function isAbout(sentence: Sentence, node: NodeProfile): boolean {
  if (sentence.codes.has(node.name.toLowerCase())) return true
  if (isNamed(sentence, node)) return true
  if (node.phrases.some((phrase) => hasSequence(sentence, phrase))) return true
  if (node.conditionNames.length > 0 && node.conditionNames.every((name) => hasSequence(sentence, name))) return true
  if (node.proses.some((stems) => hasEnough(sentence.significant, stems, stems.length < 3 ? 1 : 0.5))) return true
  return node.pool.length > 5 && hasEnough(sentence.significant, node.pool, 0.5)
}

/** Whether a sentence names a node: both words of two, two of three. */
export function isNamed(sentence: Sentence, { nameStems }: NodeProfile): boolean {
  return hasEnough(sentence.significant, nameStems, nameStems.length < 3 ? 1 : 2 / 3)
}

/** Whether sentences that stand together say what no one of them says alone: the steps of a plan, for one. */
export function areAbout(stems: ReadonlySet<string>, { nameStems, proses }: NodeProfile): boolean {
  if (nameStems.length > 1 && hasEnough(stems, nameStems, 1)) return true
  return proses.some((prose) => prose.length > 2 && hasEnough(stems, prose, 0.75))
}

/**
 * Whether a node covers what a sentence demands: the sentence speaks of the node; or half of its words (and two at least)
 * are the node's; or its heading names the node and one of its words is the node's.
 */
export function covers(sentence: Sentence, node: NodeProfile): boolean {
  if (isAbout(sentence, node)) return true
  const count = [...sentence.significant].filter((stem) => node.all.has(stem)).length
  const total = sentence.significant.size
  if (count === total || (count > 1 && count * 2 >= total)) return true
  return count > 0 && sentence.heading !== undefined && isNamed(sentence.heading, node)
}

function hasEnough(found: ReadonlySet<string>, wanted: readonly string[], share: number): boolean {
  if (wanted.length === 0) return false
  return wanted.filter((stem) => found.has(stem)).length >= Math.ceil(wanted.length * share - 1e-9)
}

function hasSequence(sentence: Sentence, sequence: readonly string[]): boolean {
  if (sequence.length === 0 || !sequence.every((stem) => sentence.stems.has(stem))) return false
  const words = sentence.words
  return words.some((_, start) =>
    sequence.every((stem, offset) => {
      const word = words[start + offset]
      return word?.kind === 'word' && word.stem === stem
    }),
  )
}

function findConditionNames(text: string): readonly string[] {
  const condition = parseCondition(text)
  return condition.ok ? [...new Set(listNames(condition.value.root))] : []
}

function listNames(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name]
    case 'not':
      return listNames(expression.operand)
    case 'and':
    case 'or':
      return expression.operands.flatMap(listNames)
    case 'list':
      return expression.items.flatMap(listNames)
    case 'compare':
    case 'in':
      return [...listNames(expression.left), ...listNames(expression.right)]
    case 'can-evolve':
      return listNames(expression.field)
    case 'literal':
    case 'denies-all':
    default:
      return []
  }
}

function textOf(options: JsonObject, key: string): string {
  const value = Object.hasOwn(options, key) ? options[key] : undefined
  return typeof value === 'string' ? value : ''
}

/** Every text in a value; the depth of a tree is bounded where it is read. */
function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  const members: readonly JsonValue[] = Object.values(value)
  return members.flatMap(textsOf)
}
