import { KeywordHashNode, type CallNode, type Node } from '@ruby/prism/src/nodes.js'
import type { JsonObject } from '@rumi/kernel/base'
import type { DefinitionNode } from '../language/index.ts'
import { readBlock, readValues } from './read-call.ts'
import { readName, readPairs } from './read-literal.ts'
import { notePlace, pointerSegment, report, type Reading } from './reading.ts'

/** A word of a definition: the type of its nodes, and the options that must be written. (design §ノード型) */
export interface NodeWord {
  /** Undefined where the option `type` says it. */
  readonly type: string | undefined
  readonly mandatory: readonly string[]
}

/** Words that begin a statement of a definition. */
export const nodeWords: ReadonlyMap<string, NodeWord> = new Map<string, NodeWord>([
  ['constraint', { type: 'Constraint', mandatory: [] }],
  ['check', { type: 'Check', mandatory: ['condition'] }],
  ['plan', { type: 'Plan', mandatory: ['steps'] }],
  ['tool_call', { type: 'ToolCall', mandatory: ['command'] }],
  ['node', { type: undefined, mandatory: ['type', 'prompt'] }],
])

/** Reads `definition do … end`; an error in one statement leaves out the whole. */
export function readDefinition(reading: Reading, call: CallNode): readonly DefinitionNode[] | undefined {
  const statements = readBlock(reading, call)
  if (statements === undefined) return undefined
  const names = new Set<string>()
  const nodes: DefinitionNode[] = []
  for (const [index, statement] of statements.entries()) {
    const node = readNode(reading, statement, `/definition/${index}`)
    if (node === undefined) continue
    if (names.has(node.name)) {
      report(reading, statement, { code: 'skill.duplicate', message: `two nodes are called "${node.name}"` })
    }
    names.add(node.name)
    nodes.push(node)
  }
  return nodes
}

function readNode(reading: Reading, call: CallNode, pointer: string): DefinitionNode | undefined {
  notePlace(reading, call, pointer)
  const word = nodeWords.get(call.name)
  if (word === undefined) {
    return report(reading, call, {
      code: 'skill.field',
      message: `"${call.name}" is no word of a definition`,
      hint: `Write ${[...nodeWords.keys()].join(', ')}.`,
    })
  }
  const values = readValues(reading, call)
  if (values === undefined) return undefined
  const [first, second, extra] = values
  if (first === undefined || extra !== undefined) {
    return report(reading, call, { code: 'skill.form', message: `"${call.name}" takes a name and options` })
  }
  const name = readName(reading, first, `${pointer}/name`)
  const options = second === undefined ? {} : readOptions(reading, second, `${pointer}/options`)
  if (name === undefined || options === undefined) return undefined
  const missing = word.mandatory.filter((key) => !Object.hasOwn(options, key))
  if (missing.length > 0) {
    return report(reading, call, { code: 'skill.form', message: `the node "${name}" needs ${missing.join(' and ')}` })
  }
  return arrange(reading, { call, pointer, name, options, type: word.type })
}

function readOptions(reading: Reading, node: Node, pointer: string): JsonObject | undefined {
  if (node instanceof KeywordHashNode) return readPairs(reading, node, pointer)
  return report(reading, node, { code: 'skill.form', message: 'options are written as name: value' })
}

interface RawNode {
  readonly call: CallNode
  readonly pointer: string
  readonly name: string
  readonly options: JsonObject
  /** Undefined where the options say it. */
  readonly type: string | undefined
}

/** Moves what is no option out of the options, and its place with it. */
function arrange(reading: Reading, raw: RawNode): DefinitionNode | undefined {
  const moved = raw.type === undefined ? ['source_span', 'type'] : ['source_span']
  for (const key of moved) movePlaces(reading, `${raw.pointer}/options/${pointerSegment(key)}`, `${raw.pointer}/${key}`)
  const type = raw.type ?? raw.options.type
  if (typeof type !== 'string' || type === '') {
    return report(reading, raw.call, { code: 'skill.form', message: `the type of "${raw.name}" is not a name` })
  }
  const options = Object.fromEntries(Object.entries(raw.options).filter(([key]) => !moved.includes(key)))
  return { type, name: raw.name, options, source_span: raw.options.source_span ?? null }
}

function movePlaces(reading: Reading, from: string, to: string): void {
  const place = reading.places.get(from)
  if (place === undefined) return
  reading.places.delete(from)
  reading.places.set(to, place)
}
