import { err, ok, sha256Hex, type Diagnostic, type JsonValue, type Outcome, type Problem } from '@rumi/kernel/base'
import { documentNameSchema, type DataFolder } from '../base/index.ts'
import { isSkippedName, nounOf, type DocumentId } from './id.ts'
import { decodeDocument, parseDocument } from './parse.ts'
import {
  existingDocument,
  inspectDocument,
  readFiles,
  requireDocument,
  type DocumentPlan,
  type FileContent,
} from './plan.ts'
import { planFiles } from './plan-write.ts'
import { documentLimits, type DocumentFile } from './summary.ts'

/** Where an import looks and where it goes. */
export interface ImportOptions {
  /** A folder of the source; '' for all of it. Either it has a `SKILL.md`, or its child folders have. */
  readonly path: string
  /** What the source itself is called when it is the skill: its folder's name cannot be seen from inside. */
  readonly rootName?: string
  readonly into: { readonly layer: 'L1'; readonly session: null } | { readonly layer: 'L2'; readonly session: string }
}

/** A folder in the form of the Agent Skills standard, and what its import would do. */
export interface ImportedDocument {
  readonly name: string
  /** The plan, or why this one cannot be imported; the others can. */
  readonly outcome: Outcome<DocumentPlan>
  /** Where the folder departs from the standard; it is imported all the same. */
  readonly warnings: readonly Diagnostic[]
}

/** A document as a folder of the standard. */
export interface ExportedDocument {
  readonly name: string
  /** Relative to the folder, the main file as `SKILL.md`; in order of path. */
  readonly files: readonly FileContent[]
  readonly contentHash: string
  readonly warnings: readonly Diagnostic[]
}

/**
 * Plans to take folders in the form of the Agent Skills standard as documents, every byte and the executable mark of every file
 * unchanged. What breaks a rule of the standard is a warning; refused is only a name that is unsafe (422), a document that is
 * there already (409), a folder that holds more than plain files (422) or too much (413).
 */
export function planImport(
  source: DataFolder,
  target: DataFolder,
  options: ImportOptions,
): { readonly documents: readonly ImportedDocument[]; readonly diagnostics: readonly Diagnostic[] } {
  const { files, diagnostics } = source.list(options.path)
  const prefix = options.path === '' ? '' : `${options.path}/`
  const roots = findRoots(files.map(({ path }) => path.slice(prefix.length)))
  const documents = roots.map((root) => {
    const name = root !== '' ? root : (options.rootName ?? options.path.split('/').at(-1) ?? '')
    const folder = root === '' ? prefix : `${prefix}${root}/`
    const inside = files.filter(({ path }) => path.startsWith(folder))
    const foreign = diagnostics.find(({ file }) => file === undefined || `${file}/`.startsWith(folder))
    const read = foreign ? err(foreignFile(foreign)) : readSource(source, folder, inside)
    return importOne(target, { name, into: options.into, read })
  })
  return { documents, diagnostics }
}

/** Gives a document as a folder of the standard: the reverse of an import. The main file is called `SKILL.md`. */
export function planExport(folder: DataFolder, id: DocumentId): Outcome<ExportedDocument> {
  const found = requireDocument(folder, id)
  if (!found.ok) return found
  const { main } = found.value
  const files = readFiles(folder, found.value)
  if (!files.ok) return files
  const bytes = files.value.find(({ path }) => path === main)?.bytes
  if (bytes === undefined) {
    const message = `The ${nounOf(id.layer)} "${id.name}" has no main file.`
    return err({ code: `${nounOf(id.layer)}.invalid`, status: 422, message, hint: `Add "${id.name}.md".` })
  }
  return ok({
    name: id.name,
    files: files.value
      .map((file) => (file.path === main ? { ...file, path: 'SKILL.md' } : file))
      .sort((left, right) => (left.path < right.path ? -1 : 1)),
    contentHash: sha256Hex(bytes),
    warnings: checkStandard(id.name, bytes),
  })
}

/** The rules of the Agent Skills standard that a main file breaks, for a folder of this name. */
export function checkStandard(folderName: string, bytes: Uint8Array): readonly Diagnostic[] {
  const text = decodeDocument(bytes)
  if (!text.ok) return [{ ...text.error, severity: 'warning', file: 'SKILL.md' }]
  const parsed = parseDocument(text.value)
  if (!parsed.ok) return [{ ...parsed.error.problem, severity: 'warning', file: 'SKILL.md' }]
  const { meta, hasFrontMatter } = parsed.value
  if (!hasFrontMatter) return [warn('front_matter', 'the standard asks for a front matter')]
  const warnings: Diagnostic[] = []
  const name = meta['name']
  if (typeof name !== 'string' || !isStandardName(name)) {
    warnings.push(warn('name', 'a name has 1–64 lower-case letters, digits and single hyphens between them'))
  }
  if (name !== folderName) warnings.push(warn('folder', 'the name is not that of the folder'))
  if (!hasLength(meta['description'], 1024)) warnings.push(warn('description', 'a description has 1–1,024 characters'))
  const { compatibility } = meta
  if (compatibility !== undefined && !hasLength(compatibility, 500)) {
    warnings.push(warn('compatibility', 'a compatibility has 1–500 characters'))
  }
  return warnings
}

/** The folder itself, or its child folders. */
function findRoots(paths: readonly string[]): readonly string[] {
  if (paths.includes('SKILL.md')) return ['']
  return paths.flatMap((path) => {
    const names = path.split('/')
    const [root] = names
    return names.length === 2 && names[1] === 'SKILL.md' && root !== undefined && !isSkippedName(root) ? [root] : []
  })
}

function readSource(
  source: DataFolder,
  folder: string,
  files: readonly Pick<DocumentFile, 'path' | 'sizeBytes' | 'isExecutable'>[],
): Outcome<readonly FileContent[]> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  // By what the folder says, before a byte is read.
  if (files.length > documentLimits.files || total > documentLimits.totalBytes) return err(tooLarge)
  const contents: FileContent[] = []
  for (const { path, isExecutable } of files) {
    const inner = path.slice(folder.length)
    const limit = inner === 'SKILL.md' ? documentLimits.mainBytes : documentLimits.fileBytes
    const bytes = source.read(path, limit)
    if (!bytes.ok) {
      const unreadable = { code: 'import.unreadable', status: 422, message: `The file "${inner}" cannot be read.` }
      return err(bytes.error === 'too-large' ? tooLarge : unreadable)
    }
    contents.push({ path: inner, bytes: bytes.value, isExecutable })
  }
  return ok(contents)
}

const tooLarge: Problem = { code: 'import.too_large', status: 413, message: 'The folder is too large for a document.' }

function foreignFile({ message }: Diagnostic): Problem {
  return {
    code: 'import.foreign',
    status: 422,
    message: `The folder holds something that is not plain files: ${message}.`,
  }
}

interface Candidate {
  readonly name: string
  readonly into: ImportOptions['into']
  readonly read: Outcome<readonly FileContent[]>
}

function importOne(target: DataFolder, { name, into, read }: Candidate): ImportedDocument {
  if (!documentNameSchema.safeParse(name).success || isSkippedName(name)) {
    const message = 'A folder with this name cannot be a document.'
    const hint = 'Rename it to letters, digits, ".", "_" and "-", at most 64.'
    return { name, outcome: err({ code: 'import.name', status: 422, message, hint }), warnings: [] }
  }
  if (!read.ok) return { name, outcome: read, warnings: [] }
  const main = read.value.find(({ path }) => path === 'SKILL.md')
  const warnings = main ? checkStandard(name, main.bytes) : []
  const id: DocumentId = { ...into, name }
  const found = inspectDocument(target, id)
  if (!found.ok) return { name, outcome: found, warnings }
  if (found.value) return { name, outcome: err(existingDocument(id)), warnings }
  const plan = planFiles(target, { id, found: undefined, mainPath: 'SKILL.md', files: read.value })
  return { name, outcome: plan, warnings }
}

function isStandardName(name: string): boolean {
  return name.length <= 64 && name.split('-').every((part) => /^[a-z0-9]+$/.test(part))
}

function hasLength(value: JsonValue | undefined, most: number): boolean {
  return typeof value === 'string' && value.trim() !== '' && Array.from(value).length <= most
}

function warn(rule: string, message: string): Diagnostic {
  return { severity: 'warning', code: `standard.${rule}`, message, file: 'SKILL.md' }
}
