import {
  err,
  isJsonObject,
  ok,
  parseStrictJson,
  type Diagnostic,
  type JsonObject,
  type JsonValue,
  type Result,
} from '@rumi/kernel/base'
import { sourceLimits, type DefinitionNode } from '../../language/index.ts'
import { readCodeSpan } from './code-span.ts'
import { heading, isBareStep, isBareWord, labels, marks, unknownLabel } from './words.ts'

/** Escaping makes a text at most six times longer. */
const limitBytes = 8 * sourceLimits.bytes
const jsonLimits = { maxBytes: limitBytes, maxDepth: 2 * sourceLimits.depth }
const types: ReadonlyMap<string, { readonly type: string; readonly main: string }> = new Map(
  [...labels].map(([type, { label, main }]) => [label, { type, main }]),
)

/** Where a line is read; made anew for each line. */
interface Cursor {
  readonly line: string
  at: number
}

/** A part of a line, or what is wrong with it. */
type Read<T> = Result<T, string>

/**
 * Reads what `decompileDefinition` wrote, by a person changed or not. Every line that is neither blank nor a node is a
 * diagnostic `definition.decompiled` with its line; '' is a definition without nodes.
 */
export function parseDecompiled(text: string): Result<readonly DefinitionNode[], readonly Diagnostic[]> {
  if (text.length > limitBytes) return err([problemAt(1, `The text is larger than ${limitBytes} characters.`)])
  const nodes: DefinitionNode[] = []
  const problems: Diagnostic[] = []
  let hasHeading = false
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    if (!hasHeading) {
      hasHeading = true
      if (line.trimEnd() !== heading) problems.push(problemAt(index + 1, `It must begin with "${heading}".`))
      continue
    }
    const node = readNode(line.trimEnd())
    if (node.ok) nodes.push(node.value)
    else problems.push(problemAt(index + 1, node.error))
  }
  if (nodes.length > sourceLimits.nodes) problems.push(problemAt(1, `There are more than ${sourceLimits.nodes} nodes.`))
  return problems.length === 0 ? ok(nodes) : err(problems)
}

function problemAt(line: number, message: string): Diagnostic {
  return { severity: 'error', code: 'definition.decompiled', message, line }
}

function readNode(line: string): Read<DefinitionNode> {
  const head = /^- \*\*([A-Za-z ]{1,40})\*\* \(/.exec(line)
  const label = head?.[1] ?? ''
  const known = types.get(label)
  if (head === null || (known === undefined && label !== unknownLabel)) {
    return err(`A node begins with "- **Label** (\`name\`)"; labels are ${[...types.keys(), unknownLabel].join(', ')}.`)
  }
  const cursor: Cursor = { line, at: head[0].length }
  const name = readCode(cursor)
  if (!name.ok) return name
  if (name.value === '' || !take(cursor, ')')) return err('The name must be a code span in parentheses.')
  const main = known === undefined ? ok(undefined) : readMain(cursor, known.main)
  if (!main.ok) return main
  const type = known === undefined ? readType(cursor) : ok(known.type)
  if (!type.ok) return type
  const rest = readRest(cursor)
  if (!rest.ok) return rest
  const entries = [...(main.value === undefined ? [] : [main.value]), ...rest.value.entries]
  if (new Set(entries.map(([key]) => key)).size < entries.length) return err('An option is written twice.')
  const options: JsonObject = Object.fromEntries(entries)
  return ok({ type: type.value, name: name.value, options, source_span: rest.value.source })
}

function readType(cursor: Cursor): Read<string> {
  if (!take(cursor, ': type=')) return err('Behind the name of an unknown node stands ": type=" and its type.')
  const type = readCode(cursor)
  return type.ok && type.value === '' ? err('The type is empty.') : type
}

type Entry = readonly [string, JsonValue]

function readMain(cursor: Cursor, key: string): Read<Entry | undefined> {
  if (!take(cursor, ': ')) return ok(undefined)
  const value = key === 'steps' ? readSteps(cursor) : readText(cursor, key === 'prompt')
  return value.ok ? ok([key, value.value]) : value
}

function readText(cursor: Cursor, mayBeProse: boolean): Read<string> {
  if (cursor.line[cursor.at] === '`') return readCode(cursor)
  if (!mayBeProse) return err('Behind the name stands a code span.')
  const ends = [' [', marks.options, marks.source].map((mark) => cursor.line.indexOf(mark, cursor.at))
  const end = Math.min(cursor.line.length, ...ends.filter((at) => at !== -1))
  const text = cursor.line.slice(cursor.at, end)
  cursor.at = end
  return ok(text)
}

function readSteps(cursor: Cursor): Read<readonly string[]> {
  const count = /^([0-9]{1,9}) steps?/.exec(cursor.line.slice(cursor.at, cursor.at + 20))
  if (count === null) return err('Behind the name of a workflow stands the number of its steps.')
  cursor.at += count[0].length
  const steps: string[] = []
  if (count[1] !== '0' && !take(cursor, marks.steps)) return err(`The steps stand behind "${marks.steps.trim()}".`)
  for (let isMore = count[1] !== '0'; isMore; isMore = take(cursor, marks.step)) {
    const step = readStep(cursor)
    if (!step.ok) return step
    steps.push(step.value)
  }
  return steps.length === Number(count[1]) ? ok(steps) : err(`It says ${count[0]} and has ${steps.length}.`)
}

function readStep(cursor: Cursor): Read<string> {
  if (cursor.line[cursor.at] === '`') return readCode(cursor)
  const ends = [marks.step, ' [', marks.options, marks.source].map((mark) => cursor.line.indexOf(mark, cursor.at))
  const end = Math.min(cursor.line.length, ...ends.filter((at) => at !== -1))
  const step = cursor.line.slice(cursor.at, end)
  cursor.at = end
  return isBareStep(step) ? ok(step) : err('A step is a few words, or a code span.')
}

interface Rest {
  readonly entries: readonly Entry[]
  readonly source: JsonValue
}

function readRest(cursor: Cursor): Read<Rest> {
  const attributes = take(cursor, ' [') ? readAttributes(cursor) : ok([])
  if (!attributes.ok) return attributes
  const others = take(cursor, marks.options) ? readJson(cursor) : ok({})
  if (!others.ok) return others
  if (!isJsonObject(others.value)) return err('The options are no JSON object.')
  const source = take(cursor, marks.source) ? readJson(cursor) : ok(null)
  if (!source.ok) return source
  if (cursor.at < cursor.line.length) {
    return err(`Nothing is expected at column ${cursor.at + 1}; other options stand behind "${marks.options.trim()}".`)
  }
  return ok({ entries: [...attributes.value, ...Object.entries(others.value)], source: source.value })
}

function readAttributes(cursor: Cursor): Read<readonly Entry[]> {
  const end = cursor.line.indexOf(']', cursor.at)
  if (end === -1) return err('The brackets do not close.')
  const entries: Entry[] = []
  for (const part of cursor.line.slice(cursor.at, end).split(', ')) {
    const colon = part.indexOf(': ')
    const key = colon === -1 ? part : part.slice(0, colon)
    const value = colon === -1 ? 'true' : part.slice(colon + 2)
    if (!isBareWord(key)) return err('In brackets stand "required" and "key: value".')
    if (colon === -1 && key !== 'required') return err(`"${key}" has no value.`)
    const read = isBareWord(value) ? ok(value) : parseJson(value)
    if (!read.ok) return read
    entries.push([key, read.value])
  }
  cursor.at = end + 1
  return ok(entries)
}

function readCode(cursor: Cursor): Read<string> {
  const span = readCodeSpan(cursor.line, cursor.at)
  if (span === undefined) return err(`A code span is expected at column ${cursor.at + 1}.`)
  cursor.at = span.end
  if (!span.text.startsWith('"')) return ok(span.text)
  const value = parseJson(span.text)
  if (!value.ok) return value
  return typeof value.value === 'string' ? ok(value.value) : err('A text in quotes is expected.')
}

function readJson(cursor: Cursor): Read<JsonValue> {
  const span = readCodeSpan(cursor.line, cursor.at)
  if (span === undefined) return err(`JSON in a code span is expected at column ${cursor.at + 1}.`)
  cursor.at = span.end
  return parseJson(span.text)
}

function parseJson(text: string): Read<JsonValue> {
  const value = parseStrictJson(new TextEncoder().encode(text), jsonLimits)
  return value.ok ? value : err(`This is no JSON: ${value.error.message}.`)
}

function take(cursor: Cursor, text: string): boolean {
  const isThere = cursor.line.startsWith(text, cursor.at)
  if (isThere) cursor.at += text.length
  return isThere
}
