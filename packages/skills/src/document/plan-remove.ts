import { stringify } from 'yaml'
import { err, isoInstant, ok, sha256Hex, type Diagnostic, type Instant, type Outcome } from '@rumi/kernel/base'
import { documentNameSchema, type DataFolder, type FileChange } from '../base/index.ts'
import { readFrontMatter } from './front-matter-yaml.ts'
import { folderOf, nounOf, type DocumentId } from './id.ts'
import { decodeDocument } from './parse.ts'
import {
  existingDocument,
  inspectDocument,
  readFiles,
  requireDocument,
  type DocumentPlan,
  type FileContent,
} from './plan.ts'
import { writeChange } from './plan-write.ts'
import { archiveMetaFile } from './scan.ts'

/** Removes every file of a document; `before` of the plan has all their bytes. (behaviour: delete) */
export function planDelete(folder: DataFolder, id: DocumentId): Outcome<DocumentPlan> {
  const found = requireDocument(folder, id)
  if (!found.ok) return found
  const before = readFiles(folder, found.value)
  if (!before.ok) return before
  const all = id.isArchived === true ? [...before.value, ...readArchiveMeta(folder, id)] : before.value
  return ok({
    action: 'delete',
    id,
    changes: removals(folderOf(id), all),
    prevHash: id.isArchived === true ? null : hashOf(before.value, found.value.main),
    nextHash: null,
    before: all,
    warnings: [],
  })
}

/** A wish to put a document out of use. */
export interface ArchiveWish {
  readonly id: DocumentId
  /** Why, for whoever finds it in the archive: 1–2,000 characters. */
  readonly reason: string
  /** The name of the L1 document that takes its place. */
  readonly supersededBy?: string
  readonly at: Instant
}

/**
 * Moves an L1 document with all its files into the archive and writes beside them when and why. Refused: what is not L1 (422),
 * no reason (422), and a name that the archive has already (409): the older one must not be lost. (behaviour: archive)
 */
export function planArchive(folder: DataFolder, wish: ArchiveWish): Outcome<DocumentPlan> {
  const { id } = wish
  if (id.layer !== 'L1' || id.isArchived === true) {
    return err({ code: `${nounOf(id.layer)}.not_archivable`, status: 422, message: 'Only L1 in use can be archived.' })
  }
  const refusal = checkArchiveWish(wish)
  if (!refusal.ok) return refusal
  const found = requireDocument(folder, id)
  if (!found.ok) return found
  const target: DocumentId = { ...id, isArchived: true }
  const occupied = inspectDocument(folder, target)
  if (!occupied.ok) return occupied
  if (occupied.value) {
    const message = `The archive already has a knowledge "${id.name}".`
    const hint = 'Restore or delete the archived one first.'
    return err({ code: 'knowledge.archived_exists', status: 409, message, hint })
  }
  if (found.value.files.some(({ path }) => path === archiveMetaFile)) {
    const message = `The document has a file "${archiveMetaFile}", which only an archived one may have.`
    return err({ code: 'knowledge.file_path', status: 422, message, hint: 'Rename it.' })
  }
  const files = readFiles(folder, found.value)
  if (!files.ok) return files
  const contentHash = hashOf(files.value, found.value.main)
  const meta = Buffer.from(printArchiveMeta(wish, contentHash))
  const written = [...files.value, { path: archiveMetaFile, bytes: meta, isExecutable: false }]
  return ok({
    action: 'archive',
    id,
    changes: [...written.map((file) => writeChange(folderOf(target), file)), ...removals(folderOf(id), files.value)],
    prevHash: contentHash,
    nextHash: null,
    before: files.value,
    warnings: [],
  })
}

/** Moves a document back out of the archive; 409 when one of its name is in use. (behaviour: unarchive) */
export function planUnarchive(folder: DataFolder, name: string): Outcome<DocumentPlan> {
  const archived: DocumentId = { layer: 'L1', session: null, name, isArchived: true }
  const id: DocumentId = { layer: 'L1', session: null, name }
  const found = requireDocument(folder, archived)
  if (!found.ok) return found
  const active = inspectDocument(folder, id)
  if (!active.ok) return active
  if (active.value) return err(existingDocument(id))
  const files = readFiles(folder, found.value)
  if (!files.ok) return files
  const nextHash = hashOf(files.value, found.value.main)
  const all = [...files.value, ...readArchiveMeta(folder, archived)]
  return ok({
    action: 'unarchive',
    id,
    changes: [...files.value.map((file) => writeChange(folderOf(id), file)), ...removals(folderOf(archived), all)],
    prevHash: null,
    nextHash,
    before: all,
    warnings: checkArchiveMeta(all, nextHash),
  })
}

function checkArchiveWish({ id, reason, supersededBy }: ArchiveWish): Outcome<null> {
  if (reason.trim() === '' || reason.length > 2000 || !reason.isWellFormed()) {
    return err({ code: 'knowledge.reason_required', status: 422, message: 'Reason is required: 1–2,000 characters.' })
  }
  if (supersededBy === undefined) return ok(null)
  if (documentNameSchema.safeParse(supersededBy).success && supersededBy !== id.name) return ok(null)
  const message = 'What supersedes a document is the name of another one.'
  return err({ code: 'knowledge.superseded_by', status: 422, message })
}

function printArchiveMeta({ id, reason, supersededBy, at }: ArchiveWish, contentHash: string | null): string {
  const meta = {
    archived_at: isoInstant(at),
    archived_reason: reason,
    superseded_by: supersededBy ?? null,
    original_path: folderOf({ layer: id.layer, session: null, name: id.name }),
    content_hash: contentHash,
  }
  return stringify(meta, { lineWidth: 0 })
}

function readArchiveMeta(folder: DataFolder, id: DocumentId): readonly FileContent[] {
  const bytes = folder.read(`${folderOf(id)}/${archiveMetaFile}`, 64 * 1024)
  return bytes.ok ? [{ path: archiveMetaFile, bytes: bytes.value, isExecutable: false }] : []
}

/** The archive is a folder like others, and somebody may have edited what lies in it. */
function checkArchiveMeta(files: readonly FileContent[], hash: string | null): readonly Diagnostic[] {
  const warn = (code: string, message: string): readonly Diagnostic[] => [
    { severity: 'warning', code, message, file: archiveMetaFile },
  ]
  const file = files.find(({ path }) => path === archiveMetaFile)
  const text = file ? decodeDocument(file.bytes) : undefined
  const meta = text?.ok === true ? readFrontMatter(text.value) : undefined
  if (meta?.ok !== true) return warn('knowledge.archive_meta', 'what was recorded when it was archived cannot be read')
  if (meta.value.meta['content_hash'] === hash) return []
  return warn('knowledge.archive_changed', 'the main file was changed in the archive')
}

function removals(folder: string, files: readonly FileContent[]): readonly FileChange[] {
  return files.map(({ path }) => ({ kind: 'remove', path: `${folder}/${path}` }))
}

function hashOf(files: readonly FileContent[], main: string | null): string | null {
  const file = files.find(({ path }) => path === main)
  return file ? sha256Hex(file.bytes) : null
}
