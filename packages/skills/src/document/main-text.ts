import { err, ok, type JsonValue, type Outcome } from '@rumi/kernel/base'
import { splitDocument } from './front-matter.ts'
import { nounOf, type DocumentId } from './id.ts'
import { parseDocument, printDocument } from './parse.ts'
import { firstHeading } from './read.ts'
import { documentLimits } from './summary.ts'

/** A text that somebody gave for a document, and what is known besides. */
export interface GivenText {
  readonly content: string
  /** For a text without front matter. */
  readonly description?: string
  readonly tags?: readonly string[]
  /** The document as it is now; its front matter stays with a text that brings none. */
  readonly present?: string
}

/**
 * The bytes of the main file for a text. One with front matter is kept to the byte, and refused with 422 when its front matter
 * cannot be read. One without gets that of the document that is there, or else a new one of name and description (given, or
 * the first heading or line).
 */
export function makeMainFile(id: DocumentId, given: GivenText): Outcome<Uint8Array> {
  const { content } = given
  if (!content.isWellFormed()) return refuse(id, 'The text holds half a character.')
  // Before anything is parsed: a text of this size is not a document.
  if (Buffer.byteLength(content) > documentLimits.mainBytes) return tooLarge(id)
  const parts = splitDocument(content)
  if (parts.frontMatter || parts.isUnclosed) {
    const parsed = parseDocument(content)
    if (parsed.ok) return ok(Buffer.from(content))
    const { message, line, hint } = parsed.error.problem
    return refuse(id, `The text cannot be read: line ${line ?? 1}: ${message}.`, hint)
  }
  if (content.trim() === '') return refuse(id, 'The text is empty.')
  const bytes = Buffer.from(`${headFor(id, given)}${content.slice(parts.bodyStart)}`)
  return bytes.length > documentLimits.mainBytes ? tooLarge(id) : ok(bytes)
}

function headFor(id: DocumentId, { content, description, tags, present }: GivenText): string {
  const kept = present === undefined ? undefined : keptHead(present)
  if (kept !== undefined) return kept
  const meta: Record<string, JsonValue> = { name: id.name, description: description ?? describeText(content, id.name) }
  if (tags !== undefined && tags.length > 0) meta['tags'] = tags
  return printDocument(meta, '\n')
}

/** The front matter of a text with the blank lines behind it; undefined when it has none that can be read. */
function keptHead(text: string): string | undefined {
  const parts = splitDocument(text)
  if (!parts.frontMatter || !parseDocument(text).ok) return undefined
  let end = parts.bodyStart
  while (text[end] === '\n' || text[end] === '\r') end += 1
  const head = text.slice(0, end)
  return head.endsWith('\n') ? head : `${head}${parts.newline}`
}

/** The first heading, or else the first line that says something. */
function describeText(content: string, name: string): string {
  const heading = firstHeading(content)
  if (heading !== undefined) return heading
  const line = content.split('\n', 200).find((candidate) => /[\p{L}\p{N}]/u.test(candidate))
  return line === undefined ? name : line.trim().slice(0, 200).toWellFormed()
}

function refuse(id: DocumentId, message: string, hint?: string): Outcome<never> {
  return err({ code: `${nounOf(id.layer)}.invalid`, status: 422, message, ...(hint === undefined ? {} : { hint }) })
}

function tooLarge(id: DocumentId): Outcome<never> {
  const message = `The text is larger than ${documentLimits.mainBytes} bytes.`
  return err({ code: `${nounOf(id.layer)}.too_large`, status: 413, message, hint: 'Split it.' })
}
