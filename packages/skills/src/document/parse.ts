import { stringify } from 'yaml'
import { err, isJsonObject, ok, type Diagnostic, type JsonObject, type JsonValue, type Result } from '@rumi/kernel/base'
import { readFrontMatter, type FrontMatter } from './front-matter-yaml.ts'
import { splitDocument } from './front-matter.ts'

/** An edge from a document to what it comes from. @example { type: 'informed_by', target: 'v1:monday/pets' } */
export interface Relation {
  readonly type: string
  readonly target: string
}

/** A document's text, taken apart. */
export interface DocumentText {
  /** All of the front matter, with the keys nobody here knows; empty without one. */
  readonly meta: JsonObject
  readonly hasFrontMatter: boolean
  readonly name?: string
  readonly description?: string
  /** As it was written: `1.0` stays "1.0". */
  readonly version?: string
  readonly layer?: string
  readonly tags: readonly string[]
  readonly isPublic: boolean
  /** The edges that have a type and a target; others are only in `meta`. */
  readonly relations: readonly Relation[]
  /** Everything behind the front matter. */
  readonly body: string
  /** The line of the file on which the body begins, from 1. */
  readonly bodyLine: number
}

/** A document whose front matter cannot be read; its body can. */
export interface BrokenDocument {
  readonly problem: Diagnostic
  readonly body: string
  readonly bodyLine: number
}

/** Decodes a document's bytes; a byte order mark stays. Refused is what is not exactly UTF-8. */
export function decodeDocument(bytes: Uint8Array): Result<string, Diagnostic> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    // The only failure of a fatal decoder is invalid UTF-8.
    const hint = 'Save it as UTF-8.'
    return err({ severity: 'error', code: 'document.utf8', message: 'the document is not UTF-8', hint })
  }
}

/**
 * Reads a document that a stranger wrote. One without front matter is all body. A front matter that cannot be read, or whose
 * description is no text, is a problem with its line and column in the file, beside the body, so that the document can be
 * shown as broken and hides no other. (behaviour: one broken entry)
 */
export function parseDocument(text: string): Result<DocumentText, BrokenDocument> {
  const parts = splitDocument(text)
  const { bodyLine } = parts
  const body = text.slice(parts.bodyStart)
  if (parts.isUnclosed) return err({ problem: unclosed, body, bodyLine })
  if (!parts.frontMatter) return ok(describe({ meta: {} }, { body, bodyLine, hasFrontMatter: false }))
  const read = readFrontMatter(text.slice(parts.frontMatter.start, parts.frontMatter.end))
  if (!read.ok) {
    const { code, message, hint, place } = read.error
    const position = { line: place.line + 1, column: place.column } // the first line is the dashes
    const problem: Diagnostic = {
      severity: 'error',
      code,
      message,
      ...position,
      ...(hint === undefined ? {} : { hint }),
    }
    return err({ problem, body, bodyLine })
  }
  const { description } = read.value.meta
  if (description !== undefined && description !== null && typeof description !== 'string') {
    const message = 'the description in the front matter is no text'
    const hint = 'Put the description in quotes.'
    return err({ problem: { severity: 'error', code: 'document.description', message, line: 2, hint }, body, bodyLine })
  }
  return ok(describe(read.value, { body, bodyLine, hasFrontMatter: true }))
}

/** Writes a new document: front matter, then the body exactly; `parseDocument` gives both back. */
export function printDocument(meta: JsonObject, body: string): string {
  const source = Object.keys(meta).length === 0 ? '' : stringify(meta, { lineWidth: 0, aliasDuplicateObjects: false })
  return `---\n${source}---\n${body}`
}

const unclosed: Diagnostic = {
  severity: 'error',
  code: 'document.front_matter_end',
  message: 'the front matter has no end',
  line: 1,
  column: 1,
  hint: 'Close it with a line of "---".',
}

function describe(
  { meta, version }: FrontMatter,
  rest: Pick<DocumentText, 'body' | 'bodyLine' | 'hasFrontMatter'>,
): DocumentText {
  const isText = (value: JsonValue | undefined): value is string => typeof value === 'string'
  return {
    meta,
    ...(isText(meta['name']) ? { name: meta['name'] } : {}),
    ...(isText(meta['description']) ? { description: meta['description'] } : {}),
    ...textOf('version', version ?? meta['version']),
    ...textOf('layer', meta['layer']),
    tags: readTags(meta['tags']),
    isPublic: meta['public'] === true,
    relations: readRelations(meta['relations']),
    ...rest,
  }
}

function textOf<Key extends string>(key: Key, value: JsonValue | undefined): { readonly [key in Key]?: string } {
  if (typeof value !== 'string' && typeof value !== 'number') return {}
  const entry: { [key in Key]?: string } = {}
  entry[key] = String(value)
  return entry
}

/** A list of texts and numbers, or one text with commas. */
function readTags(value: JsonValue | undefined): readonly string[] {
  const items = typeof value === 'string' ? value.split(',').map((tag) => tag.trim()) : isList(value) ? value : []
  const tags = items.flatMap((tag) => (typeof tag === 'string' || typeof tag === 'number' ? [String(tag)] : []))
  return [...new Set(tags.filter((tag) => tag !== ''))]
}

function readRelations(value: JsonValue | undefined): readonly Relation[] {
  if (!isList(value)) return []
  return value.flatMap((item) => {
    if (!isJsonObject(item)) return []
    const { type, target } = item
    return typeof type === 'string' && typeof target === 'string' ? [{ type, target }] : []
  })
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}
