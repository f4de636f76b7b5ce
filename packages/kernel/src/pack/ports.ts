import type { Diagnostic, PackId, Result, TreeHash } from '../base/index.ts'
import type { FileTree } from './file-tree.ts'
import type { PackManifest } from './manifest.ts'

/** A directory that claims to be a pack, as it is now. */
export interface FoundPack {
  /** The directory's name. */
  readonly packId: PackId
  /** Absolute path of the pack's directory: the root of its tree. */
  readonly directory: string
  /** The same relative to the home, for diagnostics. @example 'ecosystem/weather_pack' */
  readonly location: string
  /** Where `ecosystem.json` is, relative to `directory`: `''` or one segment, usually `backend`. */
  readonly subdir: string
  /** Absent when it is missing or was refused; then a diagnostic says why. */
  readonly manifest?: PackManifest
  /** What the folder looks like from outside (`PackFolder.fingerprint`); absent when it cannot be read. */
  readonly fingerprint?: string
  /** An error among them means that the pack cannot be used. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Everything found in the places for packs. */
export interface PackDiscovery {
  /** At most one per id, sorted by id. */
  readonly packs: readonly FoundPack[]
  /** Directories that are no pack: refused names, duplicates, links. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Where packs lie before they are approved. Nothing read through it ever runs. */
export interface PackFolder {
  /** Looks at every pack afresh; one that is broken never hides another. */
  discover(): PackDiscovery
  /**
   * A text that changes whenever the folder's content may have changed, read without opening a file. `undefined`:
   * missing, unreadable or beyond the limits.
   */
  fingerprint(directory: string): string | undefined
}

/** A folder's content as it was read in one piece. */
export interface FolderReading {
  readonly treeHash: TreeHash
  /** The folder's fingerprint before and after the reading, which were equal. */
  readonly fingerprint: string
}

/** A tree that is now in the store. */
export interface StoredTree extends FolderReading {
  readonly tree: FileTree
}

/**
 * Keeps trees under the hash of their content. What is in it never changes; what runs is only ever mounted from it,
 * so the bytes that run are the bytes that were hashed and approved.
 */
export interface TreeStore {
  /**
   * Copies a folder in, durably. Refused with diagnostics when the folder holds anything a tree may not
   * (`checkTree`, links, special files) or changes while it is read.
   */
  put(
    source: { readonly directory: string; readonly location: string },
    signal?: AbortSignal,
  ): Promise<Result<StoredTree, readonly Diagnostic[]>>
  /** Absolute path of the tree's directory, whether or not it exists. */
  path(hash: TreeHash): string
  /** Tells whether the tree is complete in the store; does not look at its content. */
  has(hash: TreeHash): boolean
  /** The list of what is in a tree, checked against its hash. `tree.unknown`, `tree.damaged`. */
  readManifest(hash: TreeHash): Result<FileTree, Diagnostic>
  /** One file's bytes, checked against its digest. `tree.unknown`, `tree.no_file`, `tree.damaged`. */
  readFile(hash: TreeHash, path: string): Result<Buffer, Diagnostic>
  /** Reads every byte of a stored tree again: what a worker's start asks for. */
  verify(hash: TreeHash, signal?: AbortSignal): Promise<Result<FileTree, readonly Diagnostic[]>>
  /** Deletes a tree; tells whether there was one. The caller knows that nothing runs from it. */
  remove(hash: TreeHash): boolean
  /** Deletes every tree that is not to be kept and what an interrupted `put` left behind; returns their names. */
  sweep(keep: ReadonlySet<TreeHash>): readonly string[]
}
