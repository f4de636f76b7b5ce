import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml'
import { canonicalJson, err, ok, type Diagnostic, type JsonValue, type Result } from '@rumi/kernel/base'
import {
  configError,
  findPair,
  listPairs,
  readConfigSource,
  type ConfigPair,
  type ConfigSource,
} from './config-source.ts'

/** What a setting can be set to. */
export type ConfigScalar = boolean | number | string

type Edited = Result<string, readonly Diagnostic[]>

/**
 * Sets one value of `skills/config.yml`. Everything else stays byte for byte: comments, order, spaces, line ends. A key
 * that is not there is put at the end of its map. The result is read again; when it does not say exactly what it should,
 * or the text cannot be read or edited safely, that is an error and nothing is to be written.
 *
 * @param path - Keys from the outside in. @example ['instructions_mode']
 */
export function setConfigValue(text: string, path: readonly string[], value: ConfigScalar): Edited {
  const source = readConfigSource(text)
  if (!source.ok) return source
  const edited = replaceValue(source.value, path, value)
  return edited.ok ? checkEdit(source.value, edited.value, (members) => setMember(members, path, value)) : edited
}

/**
 * Adds to the text every setting of `shipped` that it lacks, with the comment above it, at the end of the map where it
 * belongs. What is there stays byte for byte, whatever it says: a value is never replaced. (I02)
 */
export function mergeConfig(
  text: string,
  shipped: string,
): Result<{ readonly text: string; readonly added: readonly string[] }, readonly Diagnostic[]> {
  const source = readConfigSource(text)
  const other = readConfigSource(shipped)
  if (!source.ok) return source
  if (!other.ok) return other
  if (other.value.map === undefined) return ok({ text, added: [] })
  const insertions: Insertion[] = []
  const added = new Map<string, JsonValue>()
  const merge: Merge = { source: source.value, shipped: other.value, insertions, added }
  if (source.value.map === undefined) {
    for (const pair of listPairs(other.value.map)) added.set(pair.key, toPlain(pair.value))
    insertions.push({ at: text.length, text: `${needsBreak(text, text.length)}${shipped}` })
  } else mergeMap(merge, { mine: source.value.map, theirs: other.value.map, path: [] })
  const checked = checkEdit(source.value, insertAll(text, insertions), (members) => {
    for (const [path, value] of added) setMember(members, path.split('.'), value)
  })
  return checked.ok ? ok({ text: checked.value, added: [...added.keys()].toSorted() }) : checked
}

interface Insertion {
  readonly at: number
  readonly text: string
}

function insertAll(text: string, insertions: readonly Insertion[]): string {
  const parts: string[] = []
  let from = 0
  for (const { at, text: inserted } of insertions.toSorted((a, b) => a.at - b.at)) {
    parts.push(text.slice(from, at), inserted)
    from = at
  }
  return [...parts, text.slice(from)].join('')
}

function replaceValue(source: ConfigSource, path: readonly string[], value: ConfigScalar): Edited {
  const { text } = source
  let map = source.map
  for (const [index, key] of path.entries()) {
    const rest = path.slice(index)
    if (map === undefined) return ok(`${text}${needsBreak(text, text.length)}${printNested(rest, value)}`)
    const pair = findPair(map, key)
    if (pair === undefined) return ok(insertAll(text, [placeAtEnd(source, map, { path: rest, value, isLast: true })]))
    if (index === path.length - 1) return replaceScalar(source, pair, value)
    if (!isMap(pair.value)) return err([configError('config.edit', `"${key}" is not a map of settings`)])
    map = pair.value
  }
  return err([configError('config.edit', 'no setting is named')])
}

function replaceScalar(
  { text, place }: ConfigSource,
  { key, keyNode, value: node }: ConfigPair,
  value: ConfigScalar,
): Edited {
  const at = place(keyNode.range?.[0] ?? 0)
  if (!isScalar(node) || !node.range) return err([configError('config.edit', `"${key}" is not a single value`, at)])
  const [start, end] = node.range
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
  if (isBlock) return err([configError('config.edit', `"${key}" is a text of several lines`, at)])
  // Nothing is written there: the value goes right behind the colon, before a comment.
  if (start === end) {
    const colon = text.indexOf(':', keyNode.range?.[1] ?? 0) + 1
    return ok(`${text.slice(0, colon)} ${printScalar(value)}${text.slice(colon)}`)
  }
  const before = text.slice(0, start)
  return ok(`${before}${/[\s[{,]$/.test(before) ? '' : ' '}${printScalar(value)}${text.slice(end)}`)
}

interface Merge {
  readonly source: ConfigSource
  readonly shipped: ConfigSource
  readonly insertions: Insertion[]
  readonly added: Map<string, JsonValue>
}

interface MergedMaps {
  readonly mine: YAMLMap
  readonly theirs: YAMLMap
  readonly path: readonly string[]
}

function mergeMap(merge: Merge, { mine, theirs, path }: MergedMaps): void {
  const pairs = listPairs(theirs)
  // Inner maps first: where one ends with the file, its additions go before those of the map around it.
  for (const { key, value } of pairs) {
    const own = findPair(mine, key)?.value
    if (isMap(own) && isMap(value)) mergeMap(merge, { mine: own, theirs: value, path: [...path, key] })
  }
  const missing = pairs.filter(({ key }) => findPair(mine, key) === undefined)
  for (const pair of missing) {
    const plain = toPlain(pair.value)
    merge.added.set([...path, pair.key].join('.'), plain)
    const lines = mine.flow === true ? undefined : cutLines(merge.shipped, pair)
    const isLast = pair === missing.at(-1)
    merge.insertions.push(placeAtEnd(merge.source, mine, { path: [pair.key], value: plain, lines, isLast }))
  }
}

/** The lines of a member and of the comment directly above it, without the indentation of its map. */
function cutLines({ text }: ConfigSource, pair: ConfigPair): readonly string[] {
  const start = lineStart(text, pair.keyNode.range?.[0] ?? 0)
  const indent = (pair.keyNode.range?.[0] ?? 0) - start
  let from = start
  while (from > 0) {
    const above = lineStart(text, from - 1)
    if (!text.slice(above, from).trimStart().startsWith('#')) break
    from = above
  }
  const lines = text.slice(from, endOfPair(text, pair)).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.replace(/\r$/, '')).map((line) => (line.trim() === '' ? '' : line.slice(indent)))
}

interface Addition {
  readonly path: readonly string[]
  readonly value: JsonValue
  /** As it is written elsewhere; without them it is printed anew. */
  readonly lines?: readonly string[] | undefined
  /** Whether no other addition follows at the same place. */
  readonly isLast: boolean
}

function placeAtEnd(source: ConfigSource, map: YAMLMap, { path, value, lines, isLast }: Addition): Insertion {
  const { text } = source
  const start = map.range?.[0] ?? 0
  if (map.flow === true) {
    const nested = path.slice(1).reduceRight<JsonValue>((inner, key) => Object.fromEntries([[key, inner]]), value)
    const separator = map.items.length > 0 || !isLast ? ', ' : ''
    return { at: start + 1, text: `${JSON.stringify(path[0] ?? '')}: ${JSON.stringify(nested)}${separator}` }
  }
  const last = listPairs(map).at(-1)
  const first = listPairs(map).at(0)?.keyNode.range?.[0] ?? start
  const indent = ' '.repeat(first - lineStart(text, first))
  // The outermost map ends with the file, behind the comments at its end.
  const at = last === undefined || map === source.map ? text.length : endOfPair(text, last)
  const added =
    lines ??
    printNested(path, isScalarValue(value) ? value : canonicalJson(value))
      .trimEnd()
      .split('\n')
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const isFirstLevelBlock = lines !== undefined && indent === '' && !text.slice(0, at).endsWith('\n\n')
  const gap = isFirstLevelBlock ? newline : ''
  const body = added.map((line) => `${line === '' ? '' : indent}${line}${newline}`).join('')
  return { at, text: `${needsBreak(text, at)}${gap}${body}` }
}

/** Where the line after a member begins, or the end of the text. */
function endOfPair(text: string, { keyNode, value }: ConfigPair): number {
  let node: unknown = value
  let end = keyNode.range?.[1] ?? 0
  for (;;) {
    if (isMap(node) && node.flow !== true && node.items.length > 0) {
      const last = listPairs(node).at(-1)
      end = last?.keyNode.range?.[1] ?? end
      node = last?.value
    } else if (isSeq(node) && node.flow !== true && node.items.length > 0) node = node.items.at(-1)
    else break
  }
  if ((isMap(node) || isSeq(node) || isScalar(node)) && node.range) end = Math.max(end, node.range[1])
  if (end > 0 && text[end - 1] === '\n') return end // a text of several lines ends with its last line
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function needsBreak(text: string, at: number): string {
  return at === 0 || text[at - 1] === '\n' ? '' : text.includes('\r\n') ? '\r\n' : '\n'
}

function printNested(path: readonly string[], value: ConfigScalar): string {
  return path
    .map(
      (key, depth) =>
        `${'  '.repeat(depth)}${printScalar(key)}:${depth < path.length - 1 ? '\n' : ` ${printScalar(value)}\n`}`,
    )
    .join('')
}

function printScalar(value: ConfigScalar): string {
  if (typeof value !== 'string') return String(value)
  const isPlain = /^[A-Za-z][A-Za-z0-9_-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}

function isScalarValue(value: JsonValue): value is ConfigScalar {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
}

/** A tree of settings with Maps, in which a key like `__proto__` is a key like any other. */
type Members = Map<string, Members | JsonValue>

function checkEdit(before: ConfigSource, text: string, change: (members: Members) => void): Edited {
  const after = readConfigSource(text)
  const expected = before.map === undefined ? new Map() : toMembers(before.map)
  change(expected)
  const actual = after.ok && after.value.map !== undefined ? toMembers(after.value.map) : new Map()
  if (after.ok && canonicalJson(describeMembers(actual)) === canonicalJson(describeMembers(expected))) return ok(text)
  return err([
    configError('config.edit', 'the file cannot be changed without touching other settings; edit it by hand'),
  ])
}

function setMember(members: Members, path: readonly string[], value: JsonValue): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    members.set(key, value)
    return
  }
  const inner = members.get(key)
  const map: Members = inner instanceof Map ? inner : new Map()
  members.set(key, map)
  setMember(map, rest, value)
}

function toMembers(map: YAMLMap): Members {
  const members: Members = new Map()
  // The first of a repeated key counts here, as in `findPair`.
  for (const { key, value } of listPairs(map)) {
    if (!members.has(key)) members.set(key, isMap(value) ? toMembers(value) : toPlain(value))
  }
  return members
}

/** Settings as pairs in order of key, so that only their meaning is compared. */
function describeMembers(value: Members | JsonValue): JsonValue {
  if (!(value instanceof Map)) return describePlain(value)
  const pairs = [...value].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([key, member]) => [key, describeMembers(member)])
}

function describePlain(value: JsonValue): JsonValue {
  const isMapValue = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMapValue) return value
  return describeMembers(new Map(Object.entries(value)))
}

function toPlain(node: unknown): JsonValue {
  if (isMap(node)) return Object.fromEntries(listPairs(node).map(({ key, value }) => [key, toPlain(value)]))
  if (isSeq(node)) return node.items.map((item) => toPlain(item))
  const value = isScalar(node) ? node.value : null
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
