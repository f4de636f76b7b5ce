import { sha256Hex, type Diagnostic } from '@rumi/kernel/base'
import { documentNameSchema, type DataFolder, type FileFacts } from '../base/index.ts'
import { archiveFolder, folderOf, isSkippedName, layerFolders, type DocumentId, type DocumentLayer } from './id.ts'
import type { DocumentFile, DocumentFileKind, DocumentFolder } from './summary.ts'

/** Which documents of a layer are meant. */
export interface ScanOptions {
  /** Archived documents of L1 instead of those in use. */
  readonly state?: 'active' | 'archived'
  /** Only those of one session of L2. */
  readonly session?: string
  /** Another folder that holds documents of L1, as a bundle of skills brings them. @example 'skillsets/maps/knowledge' */
  readonly root?: string
}

/** Documents found without reading a file, in order of path. */
export interface Scan {
  readonly folders: readonly DocumentFolder[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What an archived document carries besides its own files. */
export const archiveMetaFile = '.archive_meta.yml'

/**
 * Finds the documents of a layer by the names of their folders: backups and hidden folders are none, nor are files that lie
 * between the folders; a folder whose name cannot be a document's is told. (behaviour: robust listing)
 */
export function scanDocuments(folder: DataFolder, layer: DocumentLayer, options: ScanOptions = {}): Scan {
  const root = rootOf(layer, options)
  if (root === undefined) return { folders: [], diagnostics: [] }
  const listed = folder.list(root.path)
  const groups = new Map<string, FileFacts[]>()
  const diagnostics = listed.diagnostics.filter(({ file }) => file === undefined || !isSkippedPath(file, root.path))
  const badNames = new Set<string>()
  for (const file of listed.files) {
    const segments = file.path.slice(root.path.length + 1).split('/')
    if (segments.length <= root.levels) continue
    const names = segments.slice(0, root.levels)
    if (names.some(isSkippedName)) continue
    const key = `${root.path}/${names.join('/')}`
    if (names.every((name) => documentNameSchema.safeParse(name).success)) addTo(groups, key, file)
    else badNames.add(key)
  }
  for (const path of badNames) diagnostics.push(badName(path))
  const folders = [...groups].map(([path, files]) => toFolder(toId(layer, path, options), path, files))
  return { folders, diagnostics }
}

/** The one folder of an id, or undefined when no file lies in it. `path` is what `locateDocument` gave. */
export function scanDocument(
  folder: DataFolder,
  id: DocumentId,
): (DocumentFolder & Pick<Scan, 'diagnostics'>) | undefined {
  const path = folderOf(id)
  const { files, diagnostics } = folder.list(path)
  return files.length === 0 ? undefined : { ...toFolder(id, path, files), diagnostics }
}

function rootOf(layer: DocumentLayer, { state, session, root }: ScanOptions) {
  if (root !== undefined) return layer === 'L1' ? { path: root, levels: 1 } : undefined
  if (state === 'archived') return layer === 'L1' ? { path: archiveFolder, levels: 1 } : undefined
  if (layer === 'L1') return { path: layerFolders.L1, levels: 1 }
  if (session === undefined) return { path: layerFolders.L2, levels: 2 }
  // A session is one folder: `..` or a separator in its name must not become a path.
  if (!documentNameSchema.safeParse(session).success) return undefined
  return { path: `${layerFolders.L2}/${session}`, levels: 1 }
}

function isSkippedPath(path: string, root: string): boolean {
  return path
    .slice(root.length + 1)
    .split('/')
    .slice(0, 2)
    .some(isSkippedName)
}

function addTo(groups: Map<string, FileFacts[]>, key: string, file: FileFacts): void {
  const group = groups.get(key)
  if (group) group.push(file)
  else groups.set(key, [file])
}

function badName(path: string): Diagnostic {
  const hint = 'Rename it to letters, digits, ".", "_" and "-", at most 64, beginning with a letter or digit.'
  const message = 'a folder with this name cannot be a document'
  return { severity: 'warning', code: 'document.name', message, file: path, hint }
}

function toId(layer: DocumentLayer, path: string, { state }: ScanOptions): DocumentId {
  const segments = path.split('/')
  const name = segments.at(-1) ?? ''
  if (layer === 'L2') return { layer, session: segments.at(-2) ?? '', name }
  return state === 'archived' ? { layer, session: null, name, isArchived: true } : { layer, session: null, name }
}

function toFolder(id: DocumentId, path: string, facts: readonly FileFacts[]): DocumentFolder {
  const inside = facts
    .map((file) => ({ ...file, path: file.path.slice(path.length + 1) }))
    .filter((file) => id.isArchived !== true || file.path !== archiveMetaFile)
    .sort((left, right) => (left.path < right.path ? -1 : 1))
  const main = findMainFile(
    id.name,
    inside.map((file) => file.path),
  )
  const files = inside.map(({ path: inner, sizeBytes, isExecutable }): DocumentFile => ({
    path: inner,
    kind: inner === main ? 'main' : kindOf(inner),
    sizeBytes,
    isExecutable,
  }))
  const stamp = sha256Hex(JSON.stringify(inside.map((file) => [file.path, file.stamp, file.isExecutable])))
  const modifiedAtMs = inside.reduce((newest, file) => Math.max(newest, file.modifiedAtMs), 0)
  return { id, path, files, main, modifiedAtMs, stamp }
}

/** The main file: `SKILL.md` (the Agent Skills standard), `<name>.md`, or the only Markdown file that lies in the folder. */
export function findMainFile(name: string, paths: readonly string[]): string | null {
  const candidates = paths.filter((path) => !path.includes('/') && path.endsWith('.md') && !path.startsWith('.'))
  for (const wanted of ['SKILL.md', `${name}.md`]) if (candidates.includes(wanted)) return wanted
  const [only] = candidates
  return candidates.length === 1 && only !== undefined ? only : null
}

function kindOf(path: string): DocumentFileKind {
  if (path.startsWith('scripts/')) return 'script'
  if (path.startsWith('assets/')) return 'asset'
  return path.startsWith('references/') ? 'reference' : 'other'
}
