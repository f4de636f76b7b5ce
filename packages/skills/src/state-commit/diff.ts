import { err, ok, type Result } from '@rumi/kernel/base'
import type { FolderEntry, StateFault } from './folder-object.ts'
import { compareTexts } from './path.ts'
import {
  asStateFile,
  collectFiles,
  folderReader,
  type FolderReader,
  type ReadObject,
  type StateFile,
} from './state-tree.ts'

/**
 * What happened to one file between two states. `whole`: the topmost folder that came or went as a whole with this file;
 * absent when the file came into, or went from, a folder that is in both states.
 */
export type StateChange =
  | { readonly path: string; readonly kind: 'added'; readonly after: StateFile; readonly whole?: string }
  | { readonly path: string; readonly kind: 'removed'; readonly before: StateFile; readonly whole?: string }
  | { readonly path: string; readonly kind: 'changed'; readonly before: StateFile; readonly after: StateFile }

interface Walk {
  readonly reader: FolderReader
  readonly changes: StateChange[]
}

/**
 * The changes that lead from one state to another, in order of path. `null` is the state before the first: no files.
 * Equal folders are not read. A file whose place a folder takes is `removed`, and the folder's files are `added`.
 */
export function diffStates(
  before: string | null,
  after: string | null,
  readObject: ReadObject,
): Result<readonly StateChange[], StateFault> {
  const walk: Walk = { reader: folderReader(readObject), changes: [] }
  const fault = diffFolders(walk, { before: before ?? undefined, after: after ?? undefined }, [])
  return fault ? err(fault) : ok(walk.changes.sort((left, right) => compareTexts(left.path, right.path)))
}

interface Pair<T> {
  readonly before: T | undefined
  readonly after: T | undefined
}

function diffFolders(walk: Walk, pair: Pair<string>, names: readonly string[]): StateFault | undefined {
  if (pair.before === pair.after) return undefined
  const before = readEntries(walk, pair.before, names)
  if (!before.ok) return before.error
  const after = readEntries(walk, pair.after, names)
  if (!after.ok) return after.error
  for (const [name, entries] of pairEntries(before.value, after.value)) {
    const fault = diffEntry(walk, entries, [...names, name])
    if (fault) return fault
  }
  return undefined
}

function readEntries(
  walk: Walk,
  hash: string | undefined,
  names: readonly string[],
): Result<readonly FolderEntry[], StateFault> {
  return hash === undefined ? ok([]) : walk.reader.read(hash, names)
}

function pairEntries(
  before: readonly FolderEntry[],
  after: readonly FolderEntry[],
): ReadonlyMap<string, Pair<FolderEntry>> {
  const pairs = new Map<string, Pair<FolderEntry>>(
    before.map((entry) => [entry.name, { before: entry, after: undefined }]),
  )
  for (const entry of after) pairs.set(entry.name, { before: pairs.get(entry.name)?.before, after: entry })
  return pairs
}

function diffEntry(walk: Walk, { before, after }: Pair<FolderEntry>, names: readonly string[]): StateFault | undefined {
  if (before?.kind === 'folder' && after?.kind === 'folder') {
    return diffFolders(walk, { before: before.hash, after: after.hash }, names)
  }
  const path = names.join('/')
  if (before?.kind === 'file' && after?.kind === 'file') {
    const [left, right] = [asStateFile(before, path), asStateFile(after, path)]
    if (!isSameFile(left, right)) walk.changes.push({ path, kind: 'changed', before: left, after: right })
    return undefined
  }
  return addWhole(walk, before, { names, kind: 'removed' }) ?? addWhole(walk, after, { names, kind: 'added' })
}

/** Reports a file, or every file of a folder, as gone or come. */
function addWhole(
  { reader, changes }: Walk,
  entry: FolderEntry | undefined,
  { names, kind }: { readonly names: readonly string[]; readonly kind: 'added' | 'removed' },
): StateFault | undefined {
  if (entry === undefined) return undefined
  const path = names.join('/')
  const files: StateFile[] = entry.kind === 'file' ? [asStateFile(entry, path)] : []
  const fault = entry.kind === 'folder' ? collectFiles({ reader, files }, entry.hash, names) : undefined
  const whole = entry.kind === 'folder' ? { whole: path } : {}
  for (const file of files) {
    changes.push(
      kind === 'added'
        ? { path: file.path, kind, after: file, ...whole }
        : { path: file.path, kind, before: file, ...whole },
    )
  }
  return fault
}

/** Tells whether two files of one path are one, in bytes and flag. */
export function isSameFile(left: StateFile, right: StateFile): boolean {
  // The size follows from the bytes, but an object can say anything; two objects that differ must show where.
  return left.hash === right.hash && left.isExecutable === right.isExecutable && left.sizeBytes === right.sizeBytes
}
