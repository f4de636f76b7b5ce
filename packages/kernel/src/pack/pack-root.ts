import { manifestFileName } from './manifest.ts'
import { comparePaths, type FileTree } from './file-tree.ts'

const skippedNames: ReadonlySet<string> = new Set(['__pycache__', 'node_modules', 'packs', 'flows'])

/**
 * Tells whether a directory is never looked into for a pack or for its manifest: hidden ones (`.git`, `.venv`, `.tox`,
 * `.eggs`, caches), `__pycache__`, `node_modules`, and `packs` and `flows`, which have a meaning of their own. Its
 * content still belongs to the pack's tree.
 */
export function isSkippedDirectory(name: string): boolean {
  return name.startsWith('.') || skippedNames.has(name)
}

/**
 * Orders the places where a pack's manifest may be: the directory itself, then its child directories by name. The
 * first that holds an `ecosystem.json` is the pack's subdir (pack-development §最小構成).
 */
export function listSubdirCandidates(childDirectories: readonly string[]): readonly string[] {
  return ['', ...childDirectories.filter((name) => !isSkippedDirectory(name)).sort(comparePaths)]
}

/**
 * The subdir of an approved tree, by the same rule as for a folder: what runs must be found in the bytes that were
 * approved, not in the folder beside them. `undefined`: the tree has no manifest.
 */
export function findSubdir(tree: FileTree): string | undefined {
  const files = new Set(tree.entries.filter((entry) => entry.kind === 'file').map((entry) => entry.path))
  const children = tree.entries.filter((entry) => entry.kind === 'directory' && !entry.path.includes('/'))
  return listSubdirCandidates(children.map((entry) => entry.path)).find((subdir) =>
    files.has(subdir === '' ? manifestFileName : `${subdir}/${manifestFileName}`),
  )
}
