import { isSeq, parseDocument as parseYaml, stringify } from 'yaml'
import { canonicalJson, err, isJsonObject, ok, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import { readFrontMatter, yamlOptions } from './front-matter-yaml.ts'
import { splitDocument } from './front-matter.ts'

/** Why edges could not be added to a text; it has a front matter that can be read. */
export type RelationRefusal = 'no-front-matter' | 'not-a-list' | 'unwritable'

/** Edges of a front matter as data, with what nobody here knows about them. */
export function readEdges(meta: JsonObject): Result<readonly JsonValue[], RelationRefusal> {
  const { relations } = meta
  if (relations === undefined || relations === null) return ok([])
  return isList(relations) ? ok(relations) : err('not-a-list')
}

/**
 * Adds edges to the front matter of a document's text. An edge that is there already is not added again: one of the same type
 * and target, whatever else it says. Nothing else changes: without a key `relations` the text gets lines and keeps every
 * byte; with one, the list gets members, comments stay and only white space may move. (behaviour: informed by promotion)
 */
export function addEdges(text: string, edges: readonly JsonValue[]): Result<string, RelationRefusal> {
  const { frontMatter, newline } = splitDocument(text)
  if (!frontMatter) return err('no-front-matter')
  const source = text.slice(frontMatter.start, frontMatter.end)
  const read = readFrontMatter(source)
  if (!read.ok) return err('no-front-matter')
  const present = readEdges(read.value.meta)
  if (!present.ok) return present
  const seen = new Set(present.value.map(nameEdge))
  const missing: JsonValue[] = []
  for (const edge of edges) {
    if (seen.has(nameEdge(edge))) continue
    seen.add(nameEdge(edge))
    missing.push(edge)
  }
  if (missing.length === 0) return ok(text)
  const wanted = { ...read.value.meta, relations: [...present.value, ...missing] }
  const added = Object.hasOwn(read.value.meta, 'relations') ? undefined : appendLines(source, missing, newline)
  // Behind an unfinished text or a map in braces, new lines mean something else: then the whole is written anew.
  const next = added !== undefined && says(added, wanted) ? added : rewrite(source, missing, newline)
  // What was written must say what was wanted and nothing else, also for a source nobody thought of.
  if (!says(next, wanted)) return err('unwritable')
  return ok(`${text.slice(0, frontMatter.start)}${next}${text.slice(frontMatter.end)}`)
}

/** Two edges are the same when they are of one type and lead to one target; others, when they say the same. */
function nameEdge(edge: JsonValue): string {
  if (!isJsonObject(edge) || typeof edge['type'] !== 'string' || typeof edge['target'] !== 'string') {
    return canonicalJson(edge)
  }
  return canonicalJson([edge['type'], edge['target']])
}

function appendLines(source: string, edges: readonly JsonValue[], newline: string): string {
  const lines = stringify({ relations: edges }, { lineWidth: 0, aliasDuplicateObjects: false })
  return `${source}${lines.replaceAll('\n', newline)}`
}

function says(source: string, wanted: JsonObject): boolean {
  const read = readFrontMatter(source)
  return read.ok && canonicalJson(read.value.meta) === canonicalJson(wanted)
}

/** The library keeps comments, styles of quotes and the order of keys. */
function rewrite(source: string, edges: readonly JsonValue[], newline: string): string {
  const document = parseYaml(source, yamlOptions)
  const list = document.get('relations')
  if (isSeq(list)) for (const edge of edges) list.add(document.createNode(edge))
  else document.set('relations', document.createNode(edges))
  const text = document.toString({ lineWidth: 0 })
  return (text.endsWith('\n') ? text : `${text}\n`).replaceAll(/\r?\n/g, newline)
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
