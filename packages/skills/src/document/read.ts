import { err, ok, sha256Hex, type Diagnostic, type JsonObject, type Outcome, type Result } from '@rumi/kernel/base'
import type { DataFolder, FileRefusal } from '../base/index.ts'
import { locateDocument, nounOf, unknownDocument, type DocumentId, type DocumentLayer } from './id.ts'
import { decodeDocument, parseDocument, type Relation } from './parse.ts'
import { scanDocument, scanDocuments, type Scan, type ScanOptions } from './scan.ts'
import { documentLimits, type DocumentFolder, type DocumentSummary } from './summary.ts'

/** A document with its text. */
export interface DocumentContent extends DocumentSummary {
  /** SHA-256 of the main file's bytes, 64 hex digits; null when there is none. */
  readonly contentHash: string | null
  /** The whole main file; empty when there is none or it is no text. */
  readonly text: string
  readonly body: string
  /** The line of the main file on which the body begins, from 1. */
  readonly bodyLine: number
  readonly meta: JsonObject
  readonly relations: readonly Relation[]
}

/** Lists a layer in order of path. A document that cannot be read is listed with its problem and hides no other. */
export function listDocuments(
  folder: DataFolder,
  layer: DocumentLayer,
  options: ScanOptions = {},
): { readonly documents: readonly DocumentSummary[]; readonly diagnostics: Scan['diagnostics'] } {
  const { folders, diagnostics } = scanDocuments(folder, layer, options)
  return { documents: folders.map((found) => summarizeContent(loadDocument(folder, found))), diagnostics }
}

/** Reads the document with its text. Refused is only what does not exist; what is broken comes with its problem. */
export function readDocument(folder: DataFolder, id: DocumentId): Outcome<DocumentContent> {
  const located = locateDocument(id)
  if (!located.ok) return located
  const found = scanDocument(folder, id)
  return found ? ok(loadDocument(folder, found)) : err(unknownDocument(id))
}

/**
 * Reads one file of a document. `path` must be exactly that of a listed file: nothing is decoded, resolved or joined, so `..`,
 * `%2e%2e`, absolute paths and links out of the folder are files that do not exist. (path containment)
 */
export function readDocumentFile(folder: DataFolder, id: DocumentId, path: string): Outcome<Uint8Array> {
  const located = locateDocument(id)
  if (!located.ok) return located
  const found = scanDocument(folder, id)
  if (!found) return err(unknownDocument(id))
  const file = found.files.find((candidate) => candidate.path === path)
  if (!file) {
    const message = 'The document has no such file.'
    return err({ code: `${nounOf(id.layer)}.file_unknown`, status: 404, message })
  }
  const read = folder.read(`${found.path}/${path}`, documentLimits.fileBytes)
  return read.ok ? read : err(fileProblem(id, path, read.error))
}

/** Why a file that is listed could not be read, for people. */
export function fileProblem(
  id: DocumentId,
  path: string,
  refusal: FileRefusal,
): { code: string; status: number; message: string } {
  const noun = nounOf(id.layer)
  if (refusal === 'too-large')
    return { code: `${noun}.too_large`, status: 413, message: `The file "${path}" is too large.` }
  if (refusal === 'missing')
    return { code: `${noun}.file_unknown`, status: 404, message: 'The document has no such file.' }
  return { code: `${noun}.unreadable`, status: 422, message: `The file "${path}" cannot be read.` }
}

/** Reads and parses the main file of a folder that a scan found. */
export function loadDocument(folder: DataFolder, found: DocumentFolder): DocumentContent {
  const base = describeFolder(found)
  const read = readMain(folder, found)
  if (!read.ok) return { ...base, ...noText, problem: read.error }
  const bytes = read.value
  const contentHash = sha256Hex(bytes)
  const file = `${found.path}/${found.main}`
  const text = decodeDocument(bytes)
  if (!text.ok) return { ...base, ...noText, contentHash, problem: { ...text.error, file } }
  const parsed = parseDocument(text.value)
  if (!parsed.ok) {
    const { body, bodyLine, problem } = parsed.error
    const title = firstHeading(body) ?? base.name
    return { ...base, ...noText, title, contentHash, text: text.value, body, bodyLine, problem: { ...problem, file } }
  }
  const { body, bodyLine, meta, relations, name, description, version, tags, isPublic } = parsed.value
  return {
    ...base,
    title: name ?? firstHeading(body) ?? base.name,
    description: description ?? '',
    version: version ?? null,
    tags,
    isPublic,
    contentHash,
    text: text.value,
    body,
    bodyLine,
    meta,
    relations,
    ...(found.files.length > documentLimits.files ? { problem: tooManyFiles(found) } : {}),
  }
}

/** The summary of a document without its text. */
export function summarizeContent(document: DocumentContent): DocumentSummary {
  const {
    contentHash: _hash,
    text: _text,
    body: _body,
    bodyLine: _line,
    meta: _meta,
    relations: _edges,
    ...rest
  } = document
  return rest
}

/** The text of the first Markdown heading outside of code; undefined without one. */
export function firstHeading(body: string): string | undefined {
  let isCode = false
  for (const line of body.split('\n', 2000)) {
    if (line.startsWith('```') || line.startsWith('~~~')) isCode = !isCode
    const heading = isCode ? null : /^#{1,6}[ \t]+(\S.*)$/.exec(line.trimEnd())
    if (heading?.[1] !== undefined) return heading[1].slice(0, 200).toWellFormed()
  }
  return undefined
}

const noText = { contentHash: null, text: '', body: '', bodyLine: 1, meta: {}, relations: [] } as const

function describeFolder({ id, path, main, files, modifiedAtMs, stamp }: DocumentFolder): DocumentSummary {
  const { layer, session, name } = id
  const isArchived = id.isArchived === true
  const unread = { title: name, description: '', version: null, tags: [], isPublic: false }
  return { layer, session, name, ...unread, path, main, files, modifiedAtMs, stamp, isArchived }
}

function readMain(folder: DataFolder, { path, main, id }: DocumentFolder): Result<Uint8Array, Diagnostic> {
  const problem = (code: string, message: string, hint: string): { readonly ok: false; readonly error: Diagnostic } =>
    err({ severity: 'error', code, message, file: main === null ? path : `${path}/${main}`, hint })
  if (main === null) {
    return problem('document.no_main', 'the folder has no main file', `Add "${id.name}.md" or "SKILL.md".`)
  }
  const read = folder.read(`${path}/${main}`, documentLimits.mainBytes)
  if (read.ok) return read
  if (read.error === 'too-large') {
    return problem('document.size', `the main file is larger than ${documentLimits.mainBytes} bytes`, 'Split it.')
  }
  return problem('document.unreadable', 'the main file cannot be read', 'Make it a plain file that can be read.')
}

function tooManyFiles({ path }: DocumentFolder): Diagnostic {
  const message = `the document has more than ${documentLimits.files} files`
  return { severity: 'error', code: 'document.files', message, file: path, hint: 'Remove what does not belong to it.' }
}
