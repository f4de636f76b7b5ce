import { err, ok, sha256Hex, type Outcome, type Problem } from '@rumi/kernel/base'
import type { DataFolder, FileChange } from '../base/index.ts'
import { checkFilePaths } from './file-path.ts'
import { folderOf, nounOf, unknownDocument, type DocumentId } from './id.ts'
import { makeMainFile } from './main-text.ts'
import { decodeDocument } from './parse.ts'
import {
  existingDocument,
  findExcess,
  inspectDocument,
  readSomeFiles,
  requireDocument,
  unchangedDocument,
  type DocumentPlan,
  type FileContent,
  type PresentDocument,
} from './plan.ts'
import { findMainFile } from './scan.ts'

/** What a document shall be. */
export interface DocumentWish {
  readonly id: DocumentId
  /** The main file's text, with or without front matter. */
  readonly content: string
  /** For the front matter of a text that has none. */
  readonly description?: string
  readonly tags?: readonly string[]
  /** Files beside the main one, to add or to replace; files that are not named stay. */
  readonly files?: readonly FileContent[]
}

/** A document that is not there yet; 409 `.exists` when it is. (behaviour: create) */
export function planCreate(folder: DataFolder, wish: DocumentWish): Outcome<DocumentPlan> {
  const found = inspectDocument(folder, wish.id)
  if (!found.ok) return found
  return found.value ? err(existingDocument(wish.id)) : planWrite(folder, wish, undefined)
}

/** Other text or files for a document; 404 when it is not there, 409 `.unchanged` when it is so already. (behaviour: update) */
export function planUpdate(folder: DataFolder, wish: DocumentWish): Outcome<DocumentPlan> {
  const found = requireDocument(folder, wish.id)
  return found.ok ? planWrite(folder, wish, found.value) : found
}

/** Whichever of the two it takes. */
export function planSave(folder: DataFolder, wish: DocumentWish): Outcome<DocumentPlan> {
  const found = inspectDocument(folder, wish.id)
  return found.ok ? planWrite(folder, wish, found.value) : found
}

function planWrite(folder: DataFolder, wish: DocumentWish, found: PresentDocument | undefined): Outcome<DocumentPlan> {
  const { id, content, description, tags, files = [] } = wish
  if (id.isArchived === true) return err(unknownDocument(id)) // the archive is read and restored, not written
  const present = found ? readPresentMain(folder, found) : undefined
  const main = makeMainFile(id, {
    content,
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(present === undefined ? {} : { present }),
  })
  if (!main.ok) return main
  const mainPath = found?.main ?? `${id.name}.md`
  return planFiles(folder, {
    id,
    found,
    mainPath,
    files: [{ path: mainPath, bytes: main.value, isExecutable: false }, ...files],
  })
}

function readPresentMain(folder: DataFolder, found: PresentDocument): string | undefined {
  if (found.main === null) return undefined
  const read = readSomeFiles(folder, found, [found.main])
  const [file] = read.ok ? read.value : []
  const text = file ? decodeDocument(file.bytes) : undefined
  return text?.ok === true ? text.value : undefined
}

/** Files of one document to write over what is there. */
export interface FilesWish {
  readonly id: DocumentId
  /** The folder as it is; undefined when there is none. */
  readonly found: PresentDocument | undefined
  readonly mainPath: string
  /** With the main file among them. */
  readonly files: readonly FileContent[]
}

/** The plan that writes those of the files that differ from what is there; 409 `.unchanged` when none does. */
export function planFiles(folder: DataFolder, { id, found, mainPath, files }: FilesWish): Outcome<DocumentPlan> {
  const written = new Set(files.map(({ path }) => path))
  const staying = (found?.files ?? []).filter(({ path }) => !written.has(path))
  const paths = checkFilePaths(
    id,
    [...files, ...staying].map(({ path }) => path),
  )
  if (!paths.ok) return paths
  const sizes = files.map(({ path, bytes }) => ({ path, sizeBytes: bytes.length }))
  const excess = findExcess(id, [...sizes, ...staying])
  if (excess) return err(excess)
  const all = [...written, ...staying.map(({ path }) => path)]
  if (findMainFile(id.name, all) !== mainPath) return err(otherMain(id, mainPath))
  const before = found ? readSomeFiles(folder, found, [...written]) : ok([])
  if (!before.ok) return before
  const old = new Map(before.value.map((file) => [file.path, file]))
  const changed = files.filter((file) => !isSame(file, old.get(file.path)))
  if (changed.length === 0) return err(unchangedDocument(id))
  const main = files.find(({ path }) => path === mainPath)
  const oldMain = old.get(mainPath)
  return ok({
    action: found ? 'update' : 'create',
    id,
    changes: changed.map((file) => writeChange(folderOf(id), file)),
    prevHash: oldMain ? sha256Hex(oldMain.bytes) : null,
    nextHash: main ? sha256Hex(main.bytes) : null,
    before: changed.flatMap(({ path }) => old.get(path) ?? []),
    warnings: [],
  })
}

/** The change that writes one file of a document. */
export function writeChange(folder: string, { path, bytes, isExecutable }: FileContent): FileChange {
  return { kind: 'write', path: `${folder}/${path}`, bytes, isExecutable }
}

/** 422: a `SKILL.md` beside another main file would be read in its stead. */
function otherMain(id: DocumentId, mainPath: string): Problem {
  const message = `With these files "${mainPath}" would no longer be the main file.`
  const hint = 'Put other Markdown files into "references/".'
  return { code: `${nounOf(id.layer)}.file_path`, status: 422, message, hint }
}

function isSame(file: FileContent, old: FileContent | undefined): boolean {
  return old !== undefined && old.isExecutable === file.isExecutable && Buffer.from(old.bytes).equals(file.bytes)
}
