import { sha256Hex, type Diagnostic, type Instant } from '@rumi/kernel/base'
import type { DataFolder, FileFacts, FileRefusal } from '../base/index.ts'
import { stateFolders } from './path.ts'
import type { StateFile } from './state-tree.ts'

/** Hashes of files that were read before. Forgetting all of it changes nothing but the time it takes. */
export interface FileHashes {
  /** The hash of the file when it had exactly this stamp. */
  find(path: string, stamp: string): string | undefined
  /** Keeps one hash for each path. */
  put(path: string, stamp: string, hash: string): void
}

/** What a state is made from. */
export interface HashSource {
  readonly folder: DataFolder
  readonly cache: FileHashes
  /** The time before the files are listed. */
  readonly nowMs: Instant
  /** Largest file, in bytes. */
  readonly limitBytes: number
  /** Receives each file that was read, so that its content can be kept without being read again. */
  readonly keep?: (hash: string, bytes: Uint8Array) => void
}

/** The files of the state, in order of path. An `error` among the diagnostics: a file is left out, so this is not the state. */
export interface HashedFiles {
  readonly files: readonly StateFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * A file that was modified this long before may be modified again within the same tick of the file system's clock, and
 * look the same.
 */
const settledMs = 2000

/**
 * Hashes every file of the state, reading only those of which the cache does not know the content. A file that was
 * modified less than two seconds ago, or in the future, is always read and never kept in the cache. A file that vanishes
 * meanwhile is no part of the state.
 */
export function hashFiles(source: HashSource): HashedFiles {
  const files: StateFile[] = []
  const diagnostics: Diagnostic[] = []
  for (const name of stateFolders) {
    const listed = source.folder.list(name)
    diagnostics.push(...listed.diagnostics)
    for (const facts of listed.files) {
      const hashed = hashFile(source, facts)
      if (hashed === 'missing') continue
      if (typeof hashed === 'string') diagnostics.push(unhashed(facts.path, hashed))
      else files.push(hashed)
    }
  }
  return { files, diagnostics }
}

function hashFile(source: HashSource, facts: FileFacts): StateFile | FileRefusal {
  const { path, sizeBytes, isExecutable, stamp } = facts
  const isSettled = facts.modifiedAtMs <= source.nowMs - settledMs
  const known = isSettled ? source.cache.find(path, stamp) : undefined
  if (known !== undefined) return { path, hash: known, sizeBytes, isExecutable }
  const bytes = source.folder.read(path, source.limitBytes)
  if (!bytes.ok) return bytes.error
  const hash = sha256Hex(bytes.value)
  // Should the file have changed since it was listed, its stamp has too: what is kept here is then never found.
  if (isSettled) source.cache.put(path, stamp, hash)
  source.keep?.(hash, bytes.value)
  return { path, hash, sizeBytes: bytes.value.length, isExecutable }
}

function unhashed(path: string, refusal: FileRefusal): Diagnostic {
  return {
    severity: 'error',
    code: 'state.unreadable',
    message: `the file is left out of the state (${refusal})`,
    file: path,
    hint: 'Remove it, or make it a readable file of an allowed size.',
  }
}
