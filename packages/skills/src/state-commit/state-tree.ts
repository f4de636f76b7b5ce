import { err, ok, type Result } from '@rumi/kernel/base'
import { parseFolderObject, writeFolderObject, type FolderEntry, type StateFault } from './folder-object.ts'
import { compareTexts, splitPath, stateLimits } from './path.ts'

/** One file of a state. */
export interface StateFile {
  /** Relative to the data folder. @example 'skills/config.yml' */
  readonly path: string
  /** SHA-256 of its bytes, 64 lower-case hex digits. */
  readonly hash: string
  readonly sizeBytes: number
  readonly isExecutable: boolean
}

/** A state as objects: each folder under its hash. */
export interface BuiltState {
  /** Hash of the topmost folder: differs exactly when a path, a byte or an executable bit differs. */
  readonly root: string
  /** Canonical JSON of every folder. What a store holds already need not be written again: an equal folder has an equal hash. */
  readonly objects: ReadonlyMap<string, string>
}

/** Finds the text of a folder by its hash. */
export type ReadObject = (hash: string) => string | undefined

interface Folder {
  readonly files: Map<string, StateFile>
  readonly folders: Map<string, Folder>
}

/**
 * The Merkle tree of a set of files: one object for each folder, `{ v: 1, entries: [{ name, kind, hash, size?,
 * executable? }] }` as canonical JSON in order of name. The order of `files` does not matter; a folder exists by its files.
 *
 * Throws for what is no set of files: a path that leads out, the same path twice, a file that is a folder too, a hash or a
 * size that is none.
 */
export function buildState(files: readonly StateFile[]): BuiltState {
  if (files.length > stateLimits.files) throw new RangeError('more files than a state may hold')
  const top = newFolder()
  for (const file of files) addFile(top, file)
  const objects = new Map<string, string>()
  return { root: writeFolder(top, objects), objects }
}

/**
 * Every file of a state in order of path. Each object is checked against its hash, so whoever keeps the objects cannot
 * change the state; what is missing or wrong is a fault and nothing is returned in its place.
 */
export function readState(root: string, readObject: ReadObject): Result<readonly StateFile[], StateFault> {
  const reader = folderReader(readObject)
  const files: StateFile[] = []
  const fault = collectFiles({ reader, files }, root, [])
  return fault ? err(fault) : ok(files.sort((left, right) => compareTexts(left.path, right.path)))
}

/** Reads folders of one or two states, each object once. */
export interface FolderReader {
  /** The entries of the folder object `hash`, which stands at `names`. */
  read(hash: string, names: readonly string[]): Result<readonly FolderEntry[], StateFault>
}

/** A reader that checks each object once, and refuses what no state holds: a folder without a file, or one too deep. */
export function folderReader(readObject: ReadObject): FolderReader {
  const known = new Map<string, readonly FolderEntry[]>()
  const read: FolderReader['read'] = (hash, names) => {
    const path = names.join('/')
    const before = known.get(hash)
    const text = before ? undefined : readObject(hash)
    if (!before && text === undefined) return err({ kind: 'missing', hash, path })
    const entries = before ? ok(before) : parseFolderObject(text ?? '', hash)
    if (!entries.ok) return err({ kind: entries.error, hash, path })
    const isEmpty = entries.value.length === 0 && names.length > 0
    if (isEmpty || names.length >= stateLimits.depth) return err({ kind: 'malformed', hash, path })
    known.set(hash, entries.value)
    return entries
  }
  return { read }
}

/** A file of the tree as a file of the state. */
export function asStateFile(entry: FolderEntry & { readonly kind: 'file' }, path: string): StateFile {
  return { path, hash: entry.hash, sizeBytes: entry.size, isExecutable: entry.executable === true }
}

/** Adds every file at and below a folder; the fault that ended it. */
export function collectFiles(
  into: { readonly reader: FolderReader; readonly files: StateFile[] },
  hash: string,
  names: readonly string[],
): StateFault | undefined {
  const entries = into.reader.read(hash, names)
  if (!entries.ok) return entries.error
  for (const entry of entries.value) {
    const path = [...names, entry.name]
    if (entry.kind === 'file') into.files.push(asStateFile(entry, path.join('/')))
    const fault = entry.kind === 'folder' ? collectFiles(into, entry.hash, path) : undefined
    if (fault) return fault
    // A few small objects that name each other many times would unfold without end.
    if (into.files.length > stateLimits.files) return { kind: 'too-large', hash, path: names.join('/') }
  }
  return undefined
}

function addFile(top: Folder, file: StateFile): void {
  const names = splitPath(file.path)
  const last = names?.at(-1)
  if (names === undefined || last === undefined) throw new TypeError(`not a path: ${JSON.stringify(file.path)}`)
  const isHashed = /^[0-9a-f]{64}$/.test(file.hash) && Number.isSafeInteger(file.sizeBytes) && file.sizeBytes >= 0
  if (!isHashed) throw new TypeError(`not hashed: ${JSON.stringify(file.path)}`)
  let folder = top
  for (const name of names.slice(0, -1)) {
    const next = folder.folders.get(name) ?? newFolder()
    if (folder.files.has(name)) throw new TypeError(`a file and a folder: ${JSON.stringify(file.path)}`)
    folder.folders.set(name, next)
    folder = next
  }
  if (folder.files.has(last) || folder.folders.has(last)) throw new TypeError(`twice: ${JSON.stringify(file.path)}`)
  folder.files.set(last, file)
}

function newFolder(): Folder {
  return { files: new Map(), folders: new Map() }
}

function writeFolder(folder: Folder, objects: Map<string, string>): string {
  const entries: FolderEntry[] = []
  for (const [name, { hash, sizeBytes, isExecutable }] of folder.files) {
    const flag = isExecutable ? { executable: true as const } : {}
    entries.push({ name, kind: 'file', hash, size: sizeBytes, ...flag })
  }
  for (const [name, child] of folder.folders) entries.push({ name, kind: 'folder', hash: writeFolder(child, objects) })
  const { hash, text } = writeFolderObject(entries.sort((left, right) => compareTexts(left.name, right.name)))
  objects.set(hash, text)
  return hash
}
