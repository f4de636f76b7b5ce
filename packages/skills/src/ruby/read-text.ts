import { InterpolatedStringNode, StringNode, SymbolNode, type Node } from '@ruby/prism/src/nodes.js'
import { sourceLimits } from '../language/index.ts'
import { report, type Reading } from './reading.ts'

/** Literals that are a text: a string, a heredoc, adjacent strings, or a symbol. */
export type TextNode = StringNode | InterpolatedStringNode | SymbolNode

/** Tells whether a node is one of the literals that `readText` reads. */
export function isTextNode(node: Node): node is TextNode {
  return node instanceof StringNode || node instanceof InterpolatedStringNode || node instanceof SymbolNode
}

/** The value of a text literal, escapes resolved and a squiggly heredoc without its margin; undefined when it is refused. */
export function readText(reading: Reading, node: TextNode): string | undefined {
  const parts = readParts(reading, node, { isRaw: false, depth: 0 })
  if (parts === undefined) return undefined
  const text = parts.join('')
  if (Buffer.byteLength(text) <= sourceLimits.textBytes) return text
  return report(reading, node, {
    code: 'skill.limit',
    message: `a text is longer than ${sourceLimits.textBytes} bytes`,
  })
}

interface Around {
  /** Whether escapes stand for themselves. */
  readonly isRaw: boolean
  readonly depth: number
}

function readParts(reading: Reading, node: TextNode, around: Around): readonly string[] | undefined {
  const opening = node.openingLoc === null ? undefined : reading.source.slice(node.openingLoc)
  const isRaw = opening === undefined ? around.isRaw : /^(?:'|%q|<<[~-]?')/.test(opening)
  if (!(node instanceof InterpolatedStringNode)) return readPart(reading, node, isRaw)
  const texts: string[] = []
  for (const part of node.parts) {
    if (!isTextNode(part) || around.depth > sourceLimits.depth) {
      return report(reading, part, {
        code: 'skill.form',
        message: 'code inside a text is not read',
        hint: 'Write the text out, without #{…}.',
      })
    }
    const found = readParts(reading, part, { isRaw, depth: around.depth + 1 })
    if (found === undefined) return undefined
    texts.push(...found)
  }
  return texts
}

function readPart(reading: Reading, node: StringNode | SymbolNode, isRaw: boolean): readonly string[] | undefined {
  const { value, encoding, validEncoding } = node.unescaped
  // Symbols and texts of plain letters may be marked as US-ASCII, which is part of UTF-8.
  const isText = validEncoding && (encoding === 'utf-8' || /^[\0-\x7f]*$/.test(value))
  if (!isText) {
    return report(reading, node, {
      code: 'skill.form',
      message: 'a text is not valid UTF-8',
      hint: 'Write characters, not their bytes.',
    })
  }
  const span = node instanceof StringNode ? node.contentLoc : node.valueLoc
  const written = span === null ? '' : reading.source.slice(span)
  // The parser's reader drops a byte order mark at the start of a text: what was approved would differ from what is shown.
  if (written.includes('\uFEFF') || (!isRaw && hasEscapedMark(written))) {
    return report(reading, node, {
      code: 'skill.form',
      message: 'a text holds a byte order mark or bytes that may become one',
      hint: 'Remove U+FEFF and the escapes \\xEF, \\357 and \\M-.',
    })
  }
  return [value]
}

function hasEscapedMark(written: string): boolean {
  for (const [escape] of written.matchAll(/\\(?:u\{?[\s0]*[fF][eE][fF][fF]|x[eE][fF]|357|M-|[^])/g)) {
    if (escape.length > 2) return true
  }
  return false
}
