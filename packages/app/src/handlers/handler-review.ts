import type { TreeHash } from '@rumi/kernel/base'
import { handlerManifestFileName, parseHandlerManifest } from '@rumi/kernel/capability'
import type { TreeStore } from '@rumi/kernel/pack'

/** What the author of a handler says about it. Nobody checked it; it is shown before approval. */
export interface HandlerClaims {
  readonly description: string
  readonly risk: string
}

/** A file that would run, or be read by what runs. */
export interface HandlerFile {
  /** Relative to the handler's folder. */
  readonly path: string
  readonly size: number
  /** 64 lower-case hex digits. */
  readonly sha256: string
}

/** What the `handler.json` of exactly this content says; undefined when it is not in the store any more. */
export function findHandlerClaims(trees: TreeStore, contentHash: TreeHash): HandlerClaims | undefined {
  const bytes = trees.readFile(contentHash, handlerManifestFileName)
  const manifest = bytes.ok ? parseHandlerManifest(bytes.value, handlerManifestFileName).manifest : undefined
  return manifest && { description: manifest.description, risk: manifest.risk }
}

/** The files of exactly this content; undefined when it is not in the store any more. */
export function findHandlerFiles(trees: TreeStore, contentHash: TreeHash): readonly HandlerFile[] | undefined {
  const tree = trees.readManifest(contentHash)
  if (!tree.ok) return undefined
  return tree.value.entries.flatMap((entry) =>
    entry.kind === 'file' ? [{ path: entry.path, size: entry.size, sha256: entry.sha256.replace(/^sha256:/, '') }] : [],
  )
}
