import { err, ok, type Diagnostic, type Result } from '../base/index.ts'
import { checkEntryName } from './entry-name.ts'
import { compareEntries, type FileTree, type TreeEntry } from './file-tree.ts'

/** What one pack may hold. A folder beyond any of these is refused as a whole. */
export const treeLimits = {
  /** Files and directories together. */
  maxEntries: 5_000,
  /** One file, in bytes. */
  maxFileBytes: 64 * 1024 * 1024,
  /** All files together, in bytes. */
  maxTotalBytes: 256 * 1024 * 1024,
  /** Segments of the longest path. */
  maxDepth: 32,
  /** One path, in bytes of UTF-8; leaves room below the 4 096 of Linux for where the tree is stored or mounted. */
  maxPathBytes: 1_024,
} as const

/** Most problems one check reports; a hostile folder must not buy an endless list. */
export const maxTreeDiagnostics = 100

/**
 * Makes a `FileTree` of entries in any order, or says everything that is wrong with them: a bad name, a path twice,
 * a parent that is missing or a file (`a` beside `a/b`), two paths that are one on a disk which folds case or
 * normalises Unicode, or a limit passed. Each problem carries its path in `file`.
 */
export function checkTree(entries: readonly TreeEntry[]): Result<FileTree, readonly Diagnostic[]> {
  if (entries.length > treeLimits.maxEntries) {
    return err([treeDiagnostic('tree.too_many', '', `more than ${treeLimits.maxEntries} files and directories`)])
  }
  const sorted = [...entries].sort(compareEntries)
  const problems = [
    ...sorted.flatMap(checkPath),
    ...checkSizes(sorted),
    ...checkParents(sorted),
    ...checkCollisions(sorted),
  ]
  return problems.length === 0 ? ok({ entries: sorted }) : err(problems.slice(0, maxTreeDiagnostics))
}

/**
 * An error about one path of a tree; `''` is the tree itself. Characters that hide or move text are written as escapes:
 * the name is the pack's and will be shown in a terminal.
 */
export function treeDiagnostic(code: string, path: string, message: string): Diagnostic {
  const shown = path.toWellFormed().replace(hiddenCharacters, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
  return { severity: 'error', code, message, ...(path === '' ? {} : { file: shown }) }
}

const hiddenCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * One spelling for all paths that a case-folding or normalising disk takes for the same file (full case folding by
 * way of lower and upper case, so `ß` meets `SS`).
 */
export function foldPath(path: string): string {
  return path.toLowerCase().toUpperCase().normalize('NFC')
}

/** Problems of one entry's path alone. */
export function checkPath(entry: TreeEntry): readonly Diagnostic[] {
  const { path } = entry
  const segments = path.split('/')
  const problems: Diagnostic[] = []
  for (const segment of segments) {
    const name = checkEntryName(segment)
    if (!name.ok) problems.push(treeDiagnostic('tree.name', path, `a name that is refused (${name.error})`))
  }
  if (segments.length > treeLimits.maxDepth) {
    problems.push(treeDiagnostic('tree.too_deep', path, `deeper than ${treeLimits.maxDepth} levels`))
  }
  if (Buffer.byteLength(path) > treeLimits.maxPathBytes) {
    problems.push(treeDiagnostic('tree.path_too_long', path, `longer than ${treeLimits.maxPathBytes} bytes`))
  }
  return problems
}

function checkSizes(entries: readonly TreeEntry[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = []
  let total = 0
  for (const entry of entries) {
    if (entry.kind === 'directory') continue
    total += entry.size
    if (entry.size > treeLimits.maxFileBytes) {
      problems.push(treeDiagnostic('tree.file_too_large', entry.path, `larger than ${treeLimits.maxFileBytes} bytes`))
    }
  }
  if (total > treeLimits.maxTotalBytes) {
    problems.push(treeDiagnostic('tree.too_large', '', `more than ${treeLimits.maxTotalBytes} bytes in all`))
  }
  return problems
}

function checkParents(entries: readonly TreeEntry[]): readonly Diagnostic[] {
  const kinds = new Map(entries.map((entry) => [entry.path, entry.kind]))
  return entries.flatMap(({ path }) => {
    const slash = path.lastIndexOf('/')
    if (slash === -1) return []
    const parent = kinds.get(path.slice(0, slash))
    if (parent === 'directory') return []
    const message = parent === 'file' ? 'inside something that is a file' : 'inside a directory that is not listed'
    return [treeDiagnostic('tree.parent', path, message)]
  })
}

function checkCollisions(entries: readonly TreeEntry[]): readonly Diagnostic[] {
  const seen = new Map<string, string>()
  return entries.flatMap(({ path }) => {
    const folded = foldPath(path)
    const twin = seen.get(folded)
    if (twin === undefined) {
      seen.set(folded, path)
      return []
    }
    // Reviewed as two files, unpacked as one: whichever is written last would run.
    return [treeDiagnostic('tree.collision', path, `the same file as "${twin}" on a disk that folds case`)]
  })
}
