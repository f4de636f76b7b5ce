import { createHash } from 'node:crypto'
import { z } from 'zod'
import { treeHashSchema, type TreeHash } from '../base/index.ts'

/**
 * One thing inside a pack's folder; the folder itself is not an entry. `path` is relative, separated by `/`.
 *
 * @example { kind: 'file', path: 'backend/blocks/hello.py', size: 12, sha256: '03ba…' }
 */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file'
      readonly path: string
      /** Bytes. */
      readonly size: number
      /** 64 lower-case hex digits. */
      readonly sha256: string
    }

/**
 * Everything a folder holds, sorted by the bytes of the path; `checkTree` makes one. Nothing is left out: empty
 * directories, hidden files and compiled caches can all change what runs.
 */
export interface FileTree {
  readonly entries: readonly TreeEntry[]
}

/** Reads a stored `FileTree`; the caller still compares `treeHash` with the name it was stored under. */
export const fileTreeSchema: z.ZodType<FileTree> = z.strictObject({
  entries: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('directory'), path: z.string() }),
      z.strictObject({
        kind: z.literal('file'),
        path: z.string(),
        size: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ]),
  ),
})

/** The first bytes of what a tree hash covers; they keep it apart from every other digest and name its version. */
export const treeHashDomain = 'rumi-tree/1\n'

/**
 * The digest that approval names: SHA-256 over `rumi-tree/1\n` and, for each entry in path order, the fields kind
 * (`directory` or `file`) and path, and for a file its size in decimal digits and its 32 digest bytes. Each field is
 * its length as four bytes, big-endian, and then its bytes, so no two trees share one input. Vectors are in
 * `vectors/tree-hash.json`.
 */
export function treeHash(tree: FileTree): TreeHash {
  const hash = createHash('sha256').update(treeHashDomain)
  const length = Buffer.alloc(4)
  const addField = (bytes: Uint8Array): void => {
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  for (const entry of [...tree.entries].sort(compareEntries)) {
    // A lone surrogate has no bytes of its own: two different paths would be hashed alike.
    if (!entry.path.isWellFormed()) throw new TypeError('a path must not hold a lone surrogate')
    addField(Buffer.from(entry.kind))
    addField(Buffer.from(entry.path))
    if (entry.kind === 'file') {
      addField(Buffer.from(String(entry.size)))
      addField(Buffer.from(entry.sha256, 'hex'))
    }
  }
  return treeHashSchema.parse(`sha256:${hash.digest('hex')}`)
}

/** Orders paths by their UTF-8 bytes, which UTF-16 order does not do beyond the basic plane. */
export function comparePaths(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** Orders entries by the bytes of their path. */
export function compareEntries(left: TreeEntry, right: TreeEntry): number {
  return comparePaths(left.path, right.path)
}

/** What a reviewer has to look at between two trees; each list is in path order. */
export interface TreeDiff {
  readonly added: readonly TreeEntry[]
  readonly removed: readonly TreeEntry[]
  /** Same path, another content or another kind. */
  readonly changed: readonly { readonly before: TreeEntry; readonly after: TreeEntry }[]
}

/** Compares two trees path by path; three empty lists mean equal trees, and so equal hashes. */
export function diffTrees(before: FileTree, after: FileTree): TreeDiff {
  const old = new Map(before.entries.map((entry) => [entry.path, entry]))
  const kept = new Set(after.entries.map((entry) => entry.path))
  const added: TreeEntry[] = []
  const changed: { before: TreeEntry; after: TreeEntry }[] = []
  for (const entry of [...after.entries].sort(compareEntries)) {
    const previous = old.get(entry.path)
    if (previous === undefined) added.push(entry)
    else if (!isSameEntry(previous, entry)) changed.push({ before: previous, after: entry })
  }
  const removed = before.entries.filter((entry) => !kept.has(entry.path)).sort(compareEntries)
  return { added, removed, changed }
}

function isSameEntry(left: TreeEntry, right: TreeEntry): boolean {
  if (left.kind === 'directory' || right.kind === 'directory') return left.kind === right.kind
  return left.size === right.size && left.sha256 === right.sha256
}
