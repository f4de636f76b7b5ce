import {
  ArrayNode,
  AssocNode,
  CallNode,
  FalseNode,
  FloatNode,
  HashNode,
  IntegerNode,
  KeywordHashNode,
  NilNode,
  TrueNode,
  type Node,
} from '@ruby/prism/src/nodes.js'
import type { JsonObject, JsonValue } from '@rumi/kernel/base'
import { sourceLimits } from '../language/index.ts'
import { valuesOf } from './read-call.ts'
import { isTextNode, readText } from './read-text.ts'
import { notePlace, pointerSegment, report, type Reading } from './reading.ts'

const allowed = 'Write a text, symbol, number, true, false, nil, or a list or hash of these.'

/** Reads a literal as data; anything that Ruby would have to evaluate is an error. @param pointer - Of the value. */
export function readLiteral(reading: Reading, node: Node, pointer: string): JsonValue | undefined {
  return readValue(reading, node, { pointer, depth: 0 })
}

/** Reads the pairs of a hash, written with braces or as keyword arguments. @param pointer - Of the hash. */
export function readPairs(reading: Reading, node: HashNode | KeywordHashNode, pointer: string): JsonObject | undefined {
  return readHash(reading, node, { pointer, depth: 0 })
}

/** Reads one text or symbol, which is not empty. */
export function readName(reading: Reading, node: Node, pointer: string): string | undefined {
  notePlace(reading, node, pointer)
  const name = isTextNode(node) ? readText(reading, node) : undefined
  if (name !== undefined && name !== '') return name
  if (name === undefined && isTextNode(node)) return undefined
  return report(reading, node, { code: 'skill.form', message: 'this is not a name', hint: 'Write a symbol or a text.' })
}

/** Reads names and lists of names into one list. @param pointer - Of the list. */
export function readNames(reading: Reading, nodes: readonly Node[], pointer: string): readonly string[] | undefined {
  const flat = nodes.flatMap((node) => flatten(node, 0))
  const [first] = nodes
  if (first !== undefined && flat.length > sourceLimits.nodes) {
    return report(reading, first, { code: 'skill.limit', message: `more than ${sourceLimits.nodes} names` })
  }
  const names = flat.map((node, index) => readName(reading, node, `${pointer}/${index}`))
  const known = names.filter((name) => name !== undefined)
  return known.length === names.length ? known : undefined
}

interface Around {
  readonly pointer: string
  readonly depth: number
}

function readValue(reading: Reading, node: Node, around: Around): JsonValue | undefined {
  notePlace(reading, node, around.pointer)
  if (around.depth > sourceLimits.depth) {
    return report(reading, node, { code: 'skill.limit', message: `a value nests deeper than ${sourceLimits.depth}` })
  }
  if (isTextNode(node)) return readText(reading, node)
  if (node instanceof TrueNode) return true
  if (node instanceof FalseNode) return false
  if (node instanceof NilNode) return null
  if (node instanceof IntegerNode) return readNumber(reading, node, /^-?(?:0|[1-9][0-9_]*)$/)
  if (node instanceof FloatNode) return readNumber(reading, node, /^-?[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?$/)
  if (node instanceof ArrayNode) return readList(reading, node, around)
  if (node instanceof HashNode || node instanceof KeywordHashNode) return readHash(reading, node, around)
  const frozen = findFrozen(node)
  if (frozen !== undefined) return readValue(reading, frozen, { ...around, depth: around.depth + 1 })
  return report(reading, node, { code: 'skill.form', message: 'this is code where a value is expected', hint: allowed })
}

/** The parser's reader wraps large numbers around, so the digits are read from the source. */
function readNumber(reading: Reading, node: IntegerNode | FloatNode, form: RegExp): number | undefined {
  const written = reading.source.slice(node.location)
  const value = form.test(written) ? Number(written.replaceAll('_', '')) : Number.NaN
  const isExact = node instanceof IntegerNode ? Number.isSafeInteger(value) : Number.isFinite(value)
  // There is one zero in JSON.
  if (isExact) return value === 0 ? 0 : value
  return report(reading, node, {
    code: 'skill.form',
    message: 'this number cannot be kept exactly',
    hint: 'Write a decimal number between -(2^53 - 1) and 2^53 - 1, or a text.',
  })
}

function readList(reading: Reading, node: ArrayNode, around: Around): readonly JsonValue[] | undefined {
  const values = node.elements.map((element, index) =>
    readValue(reading, element, { pointer: `${around.pointer}/${index}`, depth: around.depth + 1 }),
  )
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length ? known : undefined
}

function readHash(reading: Reading, node: HashNode | KeywordHashNode, around: Around): JsonObject | undefined {
  const entries = new Map<string, JsonValue>()
  let isWhole = true
  for (const element of node.elements) {
    const entry = readEntry(reading, element, around)
    if (entry === undefined) isWhole = false
    else if (entries.has(entry.key)) {
      // Ruby keeps the last one: a reviewer reads the first.
      report(reading, element, { code: 'skill.duplicate', message: `the key "${entry.key}" is written twice` })
      isWhole = false
    } else entries.set(entry.key, entry.value)
  }
  return isWhole ? Object.fromEntries(entries) : undefined
}

function readEntry(
  reading: Reading,
  node: Node,
  around: Around,
): { readonly key: string; readonly value: JsonValue } | undefined {
  if (!(node instanceof AssocNode) || !isTextNode(node.key)) {
    return report(reading, node, {
      code: 'skill.form',
      message: 'this is not a pair of a name and a value',
      hint: allowed,
    })
  }
  const key = readText(reading, node.key)
  if (key === undefined) return undefined
  if (key === '__proto__') return report(reading, node, { code: 'skill.form', message: 'no key is called "__proto__"' })
  const pointer = `${around.pointer}/${pointerSegment(key)}`
  const value = readValue(reading, node.value, { pointer, depth: around.depth + 1 })
  return value === undefined ? undefined : { key, value }
}

/** The literal of `literal.freeze`, which is the same value. */
function findFrozen(node: Node): Node | undefined {
  if (!(node instanceof CallNode) || node.name !== 'freeze' || node.receiver === null) return undefined
  if (valuesOf(node).length > 0 || node.block !== null || node.isSafeNavigation()) return undefined
  return node.receiver
}

function flatten(node: Node, depth: number): readonly Node[] {
  if (!(node instanceof ArrayNode) || depth > sourceLimits.depth) return [node]
  return node.elements.flatMap((element) => flatten(element, depth + 1))
}
