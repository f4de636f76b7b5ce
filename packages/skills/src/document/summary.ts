import type { Diagnostic } from '@rumi/kernel/base'
import type { DocumentId, DocumentLayer } from './id.ts'

/** What a file of a document is for, by the folder it lies in. */
export type DocumentFileKind = 'main' | 'script' | 'asset' | 'reference' | 'other'

/** One file of a document. */
export interface DocumentFile {
  /** Relative to the document's folder. @example 'scripts/count.py' */
  readonly path: string
  readonly kind: DocumentFileKind
  readonly sizeBytes: number
  readonly isExecutable: boolean
}

/** A folder with a document in it, before any of its files was read. */
export interface DocumentFolder {
  readonly id: DocumentId
  /** Relative to the data folder. @example 'knowledge/pets' */
  readonly path: string
  /** In order of path. */
  readonly files: readonly DocumentFile[]
  /** Path of the main file in `path`; null when no file is one. */
  readonly main: string | null
  /** The newest of its files. */
  readonly modifiedAtMs: number
  /** Differs whenever the content of any of its files may differ. */
  readonly stamp: string
}

/** What a list shows of a document. */
export interface DocumentSummary {
  readonly layer: DocumentLayer
  readonly session: string | null
  /** Its folder's name, which is its only name. */
  readonly name: string
  /** From the front matter or else the first heading; the name when there is neither. */
  readonly title: string
  readonly description: string
  readonly version: string | null
  readonly tags: readonly string[]
  readonly isPublic: boolean
  readonly path: string
  readonly main: string | null
  readonly files: readonly DocumentFile[]
  readonly modifiedAtMs: number
  readonly stamp: string
  readonly isArchived: boolean
  /** Why it cannot be read as it should; it is listed all the same. */
  readonly problem?: Diagnostic
}

/** Bounds of a document. */
export const documentLimits = {
  mainBytes: 1024 * 1024,
  /** Of each file but the main one. */
  fileBytes: 10 * 1024 * 1024,
  /** Of all files together, because a change of a document is held in memory as a whole. */
  totalBytes: 64 * 1024 * 1024,
  files: 1000,
} as const
