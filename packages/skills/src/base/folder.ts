import type { Diagnostic, Result } from '@rumi/kernel/base'

/** One regular file below a data folder. */
export interface FileFacts {
  /** Relative, `/` between the segments. @example 'knowledge/pets/pets.md' */
  readonly path: string
  readonly sizeBytes: number
  readonly isExecutable: boolean
  /** Differs whenever the content may differ: size, times and number of the file. */
  readonly stamp: string
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number
}

/** A change of one file. */
export type FileChange =
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Uint8Array; readonly isExecutable: boolean }
  | { readonly kind: 'remove'; readonly path: string }

/** Why a file could not be read. A link is never followed. */
export type FileRefusal = 'missing' | 'not-a-file' | 'too-large' | 'unreadable'

/**
 * Files below one folder. No path leads out of it: a path with `..`, an empty or hidden-parent segment, a link anywhere
 * on the way or at its end is `not-a-file`. (path containment)
 */
export interface DataFolder {
  /** Every regular file below `path` (a folder, '' for all), in order of path; what is no file or folder is a diagnostic. */
  list(path: string): { readonly files: readonly FileFacts[]; readonly diagnostics: readonly Diagnostic[] }
  /** Reads a whole file of at most `limitBytes`. */
  read(path: string, limitBytes: number): Result<Uint8Array, FileRefusal>
  /**
   * Performs the changes in order; each is atomic, and all are durable when it returns. Doing it again changes nothing:
   * a removal of what is gone is done. Folders come and go with their files.
   */
  apply(changes: readonly FileChange[]): void
}
