import { isSameFile } from './diff.ts'
import { compareTexts } from './path.ts'
import type { StateFile } from './state-tree.ts'

/** One step of a restore, in the order to be done. What a `write` writes is the content that has `hash`. */
export type RestoreStep =
  | { readonly kind: 'write'; readonly path: string; readonly hash: string; readonly isExecutable: boolean }
  | { readonly kind: 'remove'; readonly path: string }

/**
 * What to do to the current files so that they are the target's, for the selected paths: a selected path stands for its
 * file and for everything below it. Removals come first, in order of path, then what is written. Outside of the
 * selection nothing changes, but for one thing: a file that stands where a selected file needs a folder, or below where
 * one needs its name, has to go; the target holds no such file either.
 *
 * Nothing selected of which neither side knows a file: no steps.
 */
export function planRestore(
  current: readonly StateFile[],
  target: readonly StateFile[],
  selection: readonly string[] | 'all',
): readonly RestoreStep[] {
  const isSelected = selection === 'all' ? () => true : selector(selection)
  const wanted = new Map(target.filter(({ path }) => isSelected(path)).map((file) => [file.path, file]))
  const found = new Map(current.map((file) => [file.path, file]))
  // Only what is written can need a place; what is there already stands beside everything else that is there.
  const writes = [...wanted.values()].filter((file) => !isAlready(found.get(file.path), file))
  const neededFolders = new Set(writes.flatMap(({ path }) => foldersAbove(path)))
  const written = new Set(writes.map(({ path }) => path))
  const removes = current.filter(({ path }) => {
    if (wanted.has(path)) return false
    return isSelected(path) || neededFolders.has(path) || foldersAbove(path).some((folder) => written.has(folder))
  })
  return [
    ...sortByPath(removes).map(({ path }) => ({ kind: 'remove' as const, path })),
    ...sortByPath(writes).map(({ path, hash, isExecutable }) => ({ kind: 'write' as const, path, hash, isExecutable })),
  ]
}

function selector(selection: readonly string[]): (path: string) => boolean {
  const selected = new Set(selection)
  return (path) => selected.has(path) || foldersAbove(path).some((folder) => selected.has(folder))
}

function isAlready(found: StateFile | undefined, wanted: StateFile): boolean {
  return found !== undefined && isSameFile(found, wanted)
}

/** @example foldersAbove('a/b/c') // ['a', 'a/b'] */
function foldersAbove(path: string): readonly string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at))
  return folders
}

function sortByPath(files: readonly StateFile[]): readonly StateFile[] {
  return files.toSorted((left, right) => compareTexts(left.path, right.path))
}
