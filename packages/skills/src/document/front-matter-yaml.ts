import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  parseDocument,
  type CST,
  type Document,
  type ParsedNode,
  type YAMLMap,
} from 'yaml'
import { err, ok, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import type { Place } from '../base/index.ts'

/** Bounds of a front matter; a map or list inside another is one deeper, the outermost is 1. */
export const frontMatterLimits = { bytes: 64 * 1024, depth: 10 } as const

/** What a front matter says. */
export interface FrontMatter {
  /** Its data; names like `__proto__` are members like others. */
  readonly meta: JsonObject
  /** As it is written, where that is not the text of the value: `version: 1.0` is a number, and means "1.0". */
  readonly version?: string
}

/** Why a front matter could not be read, and where in it. */
export interface FrontMatterProblem {
  readonly code:
    | 'document.front_matter_size'
    | 'document.front_matter_depth'
    | 'document.front_matter_yaml'
    | 'document.front_matter_reference'
    | 'document.front_matter_key'
    | 'document.front_matter_map'
  readonly message: string
  readonly place: Place
  readonly hint?: string
}

/** How the library reads here: the core schema, no merge keys, one document. */
export const yamlOptions = {
  version: '1.2',
  schema: 'core',
  strict: true,
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false, // the library compares every pair of keys; `readMap` looks into a set
  stringKeys: true,
  prettyErrors: false,
  logLevel: 'error', // "silent" would also pass over a second document
} as const

/**
 * Reads the YAML between the dashes, which a stranger wrote: bounded in bytes and depth before anything is built; aliases,
 * anchors and tags are refused, because a person who reads the text would not see what they stand for.
 */
export function readFrontMatter(source: string): Result<FrontMatter, FrontMatterProblem> {
  if (Buffer.byteLength(source) > frontMatterLimits.bytes) {
    const message = `the front matter is larger than ${frontMatterLimits.bytes} bytes`
    return err({ code: 'document.front_matter_size', message, place: { line: 1, column: 1 } })
  }
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(source)]
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const refused = findRefusedToken(tokens)
  if (refused) return err({ ...refused.problem, place: placeOf(refused.offset) })

  const document = parseDocument(source, yamlOptions)
  const [error] = document.errors
  if (error) {
    const message = `the front matter is not YAML: ${error.message}`
    return err({ code: 'document.front_matter_yaml', message, place: placeOf(error.pos[0]) })
  }
  return readRoot(document, placeOf)
}

type Located = { readonly problem: Omit<FrontMatterProblem, 'place'>; readonly offset: number }

/** Walks the tokens with its own stack: whoever nests 30,000 brackets must not exhaust ours, and the tree builder recurses. */
function findRefusedToken(tokens: readonly CST.Token[]): Located | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token } = next
    const depth = next.depth + ('items' in token ? 1 : 0)
    if (depth > frontMatterLimits.depth) {
      const message = `the front matter is nested deeper than ${frontMatterLimits.depth}`
      return { problem: { code: 'document.front_matter_depth', message }, offset: token.offset }
    }
    const reference = findReference(token)
    if (reference) return { problem: referenceProblem, offset: reference.offset }
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth })
    if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key) open.push({ token: key, depth })
        if (value) open.push({ token: value, depth })
      }
    }
  }
  return undefined
}

const referenceProblem = {
  code: 'document.front_matter_reference',
  message: 'aliases, anchors and tags are not allowed in a front matter',
  hint: 'Write the value where it is used; quote a text that begins with "&", "*" or "!".',
} as const

const referenceTypes: ReadonlySet<string> = new Set(['anchor', 'tag', 'alias'])

function findReference(token: CST.Token): { readonly offset: number } | undefined {
  if (referenceTypes.has(token.type)) return token
  const marks: { readonly type: string; readonly offset: number }[] = []
  if (token.type === 'document') marks.push(...token.start)
  if (token.type === 'block-scalar') marks.push(...token.props)
  if ('items' in token) for (const item of token.items) marks.push(...(item.start ?? []), ...(item.sep ?? []))
  return marks.find(({ type }) => referenceTypes.has(type))
}

function readRoot(
  document: Document.Parsed,
  placeOf: (offset: number) => Place,
): Result<FrontMatter, FrontMatterProblem> {
  const root = document.contents
  if (root === null || (isScalar(root) && root.value === null)) return ok({ meta: {} })
  if (!isMap(root)) {
    const message = 'a front matter is a map of names to values'
    return err({ code: 'document.front_matter_map', message, place: placeOf(root.range[0]) })
  }
  const duplicate = findDuplicate(root)
  if (duplicate) {
    const message = `the key ${JSON.stringify(duplicate.key)} occurs twice`
    return err({ code: 'document.front_matter_key', message, place: placeOf(duplicate.offset) })
  }
  const version = root.get('version', true)
  const isNumber = isScalar(version) && typeof version.value === 'number'
  return ok({
    meta: readMap(root),
    ...(isNumber && version.source !== undefined ? { version: version.source } : {}),
  })
}

/** Which of two equal keys counts would depend on the reader. */
function findDuplicate(node: ParsedNode | null): { readonly key: string; readonly offset: number } | undefined {
  if (isSeq(node)) {
    for (const item of node.items) {
      const found = findDuplicate(isParsed(item) ? item : null)
      if (found) return found
    }
  }
  if (!isMap(node)) return undefined
  const seen = new Set<string>()
  for (const { key, value } of node.items) {
    const name = keyText(key)
    if (seen.has(name)) return { key: name, offset: isScalar(key) ? (key.range?.[0] ?? 0) : 0 }
    seen.add(name)
    const found = findDuplicate(isParsed(value) ? value : null)
    if (found) return found
  }
  return undefined
}

function readMap(map: YAMLMap): JsonObject {
  // `fromEntries` defines members, so that a key `__proto__` is data and replaces no prototype.
  return Object.fromEntries(map.items.map(({ key, value }) => [keyText(key), readNode(value)]))
}

function readNode(node: unknown): JsonValue {
  if (isMap(node)) return readMap(node)
  if (isSeq(node)) return node.items.map(readNode)
  if (!isScalar(node)) return null
  const { value, source } = node
  if (typeof value === 'string') return value.toWellFormed() // an escape can write half a character
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return source ?? null // `.inf` and `.nan` are numbers that no JSON can carry
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? (key.value ?? key.source) : key).toWellFormed()
}

function isParsed(node: unknown): node is ParsedNode {
  return isMap(node) || isSeq(node) || isScalar(node)
}
