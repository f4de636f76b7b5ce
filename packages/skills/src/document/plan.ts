import { err, ok, type Diagnostic, type Outcome, type Problem } from '@rumi/kernel/base'
import type { DataFolder, FileChange } from '../base/index.ts'
import { nounOf, unknownDocument, locateDocument, type DocumentId } from './id.ts'
import { fileProblem } from './read.ts'
import { scanDocument } from './scan.ts'
import { documentLimits, type DocumentFolder } from './summary.ts'

/** One file of a document with its bytes. */
export interface FileContent {
  /** Relative to the document's folder. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly isExecutable: boolean
}

/** What has to be done to the files for a change of a document, and what it means. Nothing is done yet. */
export interface DocumentPlan {
  readonly action: 'create' | 'update' | 'delete' | 'archive' | 'unarchive'
  /** The document as it is called afterwards; before, for one that is deleted or archived. */
  readonly id: DocumentId
  /** In an order in which a crash between two of them loses nothing: writes first. */
  readonly changes: readonly FileChange[]
  /** SHA-256 of the main file's bytes before; null when there was none in use. */
  readonly prevHash: string | null
  /** The same afterwards. */
  readonly nextHash: string | null
  /** Every file that is overwritten or removed as it was, so that whoever performs the plan can keep it. */
  readonly before: readonly FileContent[]
  /** What a person should look at; nothing in it stands in the way. */
  readonly warnings: readonly Diagnostic[]
}

/** A folder of a document, scanned for a change. */
export type PresentDocument = NonNullable<ReturnType<typeof scanDocument>>

/**
 * Looks where a document is or would be; undefined: nothing is there. Refuses with 404 what is no name, and with 422 a folder
 * with a link or a special file in it, because a change would pass over what nobody has read.
 */
export function inspectDocument(folder: DataFolder, id: DocumentId): Outcome<PresentDocument | undefined> {
  const located = locateDocument(id)
  if (!located.ok) return located
  const found = scanDocument(folder, id)
  const [foreign] = found ? found.diagnostics : folder.list(located.value).diagnostics
  if (foreign) {
    const message = `The folder of the ${nounOf(id.layer)} holds something that is not plain files: ${foreign.message}.`
    return err({
      code: `${nounOf(id.layer)}.foreign`,
      status: 422,
      message,
      hint: 'Remove it from the folder by hand.',
    })
  }
  return ok(found)
}

/** The same for a document that must be there. */
export function requireDocument(folder: DataFolder, id: DocumentId): Outcome<PresentDocument> {
  const found = inspectDocument(folder, id)
  if (!found.ok) return found
  return found.value ? ok(found.value) : err(unknownDocument(id))
}

/** Reads every file of a document, so that none is moved or removed unread. */
export function readFiles(folder: DataFolder, found: DocumentFolder): Outcome<readonly FileContent[]> {
  return readSomeFiles(
    folder,
    found,
    found.files.map(({ path }) => path),
  )
}

/** Reads those of a document's files that are in `paths`. */
export function readSomeFiles(
  folder: DataFolder,
  found: DocumentFolder,
  paths: readonly string[],
): Outcome<readonly FileContent[]> {
  const wanted = new Set(paths)
  const files: FileContent[] = []
  const chosen = found.files.filter(({ path }) => wanted.has(path))
  // By what the folder says, before a byte is read: all of it will be in memory at once.
  const tooMuch = findExcess(
    found.id,
    chosen.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
  )
  if (tooMuch) return err(tooMuch)
  for (const { path, isExecutable } of chosen) {
    const bytes = folder.read(`${found.path}/${path}`, documentLimits.fileBytes)
    if (!bytes.ok) return err(fileProblem(found.id, path, bytes.error))
    files.push({ path, bytes: bytes.value, isExecutable })
  }
  return ok(files)
}

/** Why files are too many or too large for one document; undefined when they are not. The main file has its own limit. */
export function findExcess(
  id: DocumentId,
  files: readonly { readonly path: string; readonly sizeBytes: number }[],
): Problem | undefined {
  const problem = (message: string): Problem => ({ code: `${nounOf(id.layer)}.too_large`, status: 413, message })
  if (files.length > documentLimits.files) return problem(`A document has at most ${documentLimits.files} files.`)
  const large = files.find(({ sizeBytes }) => sizeBytes > documentLimits.fileBytes)
  if (large) return problem(`The file "${large.path}" is larger than ${documentLimits.fileBytes} bytes.`)
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (total <= documentLimits.totalBytes) return undefined
  return problem(`All files of a document together are at most ${documentLimits.totalBytes} bytes.`)
}

/** 409: what somebody wants is what is there already. */
export function unchangedDocument(id: DocumentId): Problem {
  return { code: `${nounOf(id.layer)}.unchanged`, status: 409, message: 'No changes detected' }
}

/** 409: there is one already. */
export function existingDocument(id: DocumentId): Problem {
  const message = `The ${nounOf(id.layer)} "${id.name}" already exists.`
  return { code: `${nounOf(id.layer)}.exists`, status: 409, message, hint: 'Update it, or choose another name.' }
}
