import {
  BlockNode,
  CallNode,
  InterpolatedStringNode,
  InterpolatedXStringNode,
  StatementsNode,
  StringNode,
  XStringNode,
  type Node,
} from '@ruby/prism/src/nodes.js'
import { sourceLimits, type SourceText } from '../language/index.ts'
import { notePlace, report, type Reading } from './reading.ts'
import type { ByteSpan } from './source-map.ts'

/** Tells whether a statement is a word of the language with its values: a call without a receiver. */
export function isWord(node: Node): node is CallNode {
  return node instanceof CallNode && node.receiver === null && !node.isAttributeWrite() && !node.isSafeNavigation()
}

/** The values that a word was given. */
export function valuesOf(call: CallNode): readonly Node[] {
  const { arguments_: given } = call
  if (given === null) return []
  const { arguments_: values } = given
  return values
}

/** The words in a word's block; undefined when it has no block or something else stands in it. */
export function readBlock(reading: Reading, call: CallNode): readonly CallNode[] | undefined {
  const block = findBlock(reading, call)
  if (block === undefined) return undefined
  if (block.parameters !== null) {
    return report(reading, block.parameters, {
      code: 'skill.form',
      message: `the block of "${call.name}" takes no values`,
    })
  }
  const { body } = block
  if (body === null) return []
  if (!(body instanceof StatementsNode)) {
    return report(reading, body, {
      code: 'skill.form',
      message: `"rescue" and "ensure" have no place in "${call.name}"`,
    })
  }
  if (body.body.length > sourceLimits.nodes) {
    return report(reading, body, {
      code: 'skill.limit',
      message: `more than ${sourceLimits.nodes} statements stand in "${call.name}"`,
    })
  }
  const words = body.body.filter((node) => isWord(node) || refuseStatement(reading, node, call.name))
  if (findTangled(body.body).size > 0) return refuseTangle(reading, body)
  return words.filter(isWord)
}

/** The code in a word's block, as it was written. */
export function readCode(reading: Reading, call: CallNode, pointer: string): SourceText | undefined {
  const block = findBlock(reading, call)
  if (block === undefined) return undefined
  const start = endOf(block.openingLoc)
  const text = reading.source.slice({ startOffset: start, length: block.closingLoc.startOffset - start })
  if (Buffer.byteLength(text) > sourceLimits.textBytes) {
    return report(reading, block, {
      code: 'skill.limit',
      message: `the code is longer than ${sourceLimits.textBytes} bytes`,
    })
  }
  // The text of a heredoc that ends outside would be missing from the code that a person approves.
  if (reachOf(block) > endOf(block.location)) return refuseTangle(reading, block)
  reading.places.set(pointer, reading.source.place(start))
  return { language: 'ruby', text }
}

/** The only value of a word that takes one and no block. */
export function readOnlyValue(reading: Reading, call: CallNode): Node | undefined {
  const values = readValues(reading, call)
  if (values === undefined) return undefined
  const [value] = values
  if (value !== undefined && values.length === 1) return value
  return report(reading, call, { code: 'skill.form', message: `"${call.name}" takes one value` })
}

/** The values of a word that takes no block. */
export function readValues(reading: Reading, call: CallNode): readonly Node[] | undefined {
  if (call.block === null) return valuesOf(call)
  return report(reading, call.block, { code: 'skill.form', message: `"${call.name}" takes no block` })
}

/** Notes the place of a word and refuses values where it takes none. */
export function expectNoValues(reading: Reading, call: CallNode, pointer: string): void {
  notePlace(reading, call, pointer)
  const [value] = valuesOf(call)
  if (value !== undefined)
    report(reading, value, { code: 'skill.form', message: `"${call.name}" takes a block and no value` })
}

/**
 * The statements whose heredocs end inside or behind another statement. Cutting one out would take a part of the other.
 *
 * @param statements - In the order of the source.
 */
export function findTangled(statements: readonly Node[]): ReadonlySet<Node> {
  const tangled = new Set<Node>()
  let farthest: { readonly node: Node; readonly reach: number } | undefined
  for (const node of statements) {
    if (farthest !== undefined && farthest.reach > node.location.startOffset) {
      tangled.add(farthest.node)
      tangled.add(node)
    }
    const reach = reachOf(node)
    if (farthest === undefined || reach > farthest.reach) farthest = { node, reach }
  }
  return tangled
}

/** The end of a node in bytes, with the heredocs that begin in it. */
export function reachOf(node: Node): number {
  let reach = endOf(node.location)
  const waiting: Node[] = [node]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const closing = hasClosing(next) ? next.closingLoc : null
    if (closing !== null) reach = Math.max(reach, endOf(closing))
    for (const child of next.compactChildNodes()) waiting.push(child)
  }
  return reach
}

/** The first byte behind a part of the source. */
export function endOf(span: ByteSpan): number {
  return span.startOffset + span.length
}

function findBlock(reading: Reading, call: CallNode): BlockNode | undefined {
  if (call.block instanceof BlockNode) return call.block
  return report(reading, call.block ?? call, {
    code: 'skill.form',
    message: `"${call.name}" needs a block`,
    hint: `Write ${call.name} do … end.`,
  })
}

function refuseStatement(reading: Reading, node: Node, word: string): false {
  report(reading, node, {
    code: 'skill.form',
    message: `this is code; only words of the language stand in "${word}"`,
    hint: 'Remove it; nothing of it was run.',
  })
  return false
}

function refuseTangle(reading: Reading, node: Node): undefined {
  return report(reading, node, {
    code: 'skill.form',
    message: 'the text of a heredoc reaches into or behind another statement',
    hint: 'Write one statement on a line.',
  })
}

function hasClosing(node: Node): node is StringNode | InterpolatedStringNode | XStringNode | InterpolatedXStringNode {
  return (
    node instanceof StringNode ||
    node instanceof InterpolatedStringNode ||
    node instanceof XStringNode ||
    node instanceof InterpolatedXStringNode
  )
}
