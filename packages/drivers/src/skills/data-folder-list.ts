import { closeSync, fstatSync, readdirSync, type BigIntStats } from 'node:fs'
import type { Diagnostic, Result } from '@rumi/kernel/base'
import type { FileFacts } from '@rumi/skills/base'
import { compareTexts, isPathName, stateLimits } from '@rumi/skills/state-commit'
import { attempt, listBeneath, lookBeneath, openDirectoryBeneath, type EntryProblem } from '../pack/index.ts'
import { temporaryFilePattern } from '../system/index.ts'
import { openFolderBelow } from './data-folder-open.ts'

interface Walk {
  readonly files: FileFacts[]
  readonly diagnostics: Diagnostic[]
  /** Names looked at, also refused ones. */
  seen: number
}

/** Where a folder stands. */
interface Place {
  /** '' for the root. */
  readonly path: string
  /** Names in the path. */
  readonly depth: number
}

interface FoundName {
  /** `undefined`: not UTF-8. */
  readonly name: string | undefined
  /** As the folder says; what is neither is looked at. */
  readonly isFolder: boolean
}

/** A warning unless it says more. */
type ListProblem = Pick<Diagnostic, 'code' | 'message'> & Partial<Pick<Diagnostic, 'severity'>>

/** Names in the folder and all below it; a file needs one, and folders may have some. */
const maxNames = stateLimits.files * 2
const maxDiagnostics = 1000

/** A folder of this many bytes may hold more names than are read in one piece. */
const largeFolderBytes = 4 * 1024 * 1024

/**
 * Every plain file at and below a folder, in order of path (UTF-16 code units). A folder that is not there has none.
 * Links, files with a second name, devices, pipes, sockets and names that no path may have are diagnostics, as are the
 * remains of a write that was cut short. Past 200,000 files or 16 names in a path, what follows is left out, with an
 * `error`. Paths of diagnostics are relative to the root.
 */
export function listFolder(
  root: string,
  names: readonly string[],
): { readonly files: readonly FileFacts[]; readonly diagnostics: readonly Diagnostic[] } {
  const walk: Walk = { files: [], diagnostics: [], seen: 0 }
  const folder = openFolderBelow(root, names)
  if (folder.ok) walkFolder(walk, folder.value, { path: names.join('/'), depth: names.length })
  else if (folder.error.kind !== 'missing') report(walk, names.join('/'), describe(folder.error))
  return {
    files: walk.files.sort((left, right) => compareTexts(left.path, right.path)),
    diagnostics: walk.diagnostics,
  }
}

/** Walks an open folder and closes it. */
function walkFolder(walk: Walk, folder: number, within: Place): void {
  try {
    const found = readNames(folder, maxNames - walk.seen)
    if (!found.ok) return report(walk, within.path, describe(found.error))
    for (const { name, isFolder } of found.value) {
      // Counted before it is judged: refused names must not be free.
      walk.seen += 1
      if (isFull(walk)) return
      visit(walk, folder, { name, isFolder, within })
    }
  } finally {
    closeSync(folder)
  }
}

function visit(walk: Walk, folder: number, found: FoundName & { readonly within: Place }): void {
  const { name, within } = found
  if (name === undefined || !isPathName(name)) {
    return report(walk, within.path, { code: 'data.name', message: 'holds a name that no path may have' })
  }
  const path = within.path === '' ? name : `${within.path}/${name}`
  const place = { path, depth: within.depth + 1 }
  if (found.isFolder) return enter(walk, folder, { ...place, name })
  const stats = lookBeneath(folder, name)
  if (!stats.ok) {
    // Gone since its folder was read: then it is not there.
    if (stats.error.kind !== 'missing') report(walk, path, describe(stats.error))
  } else if (stats.value.isDirectory()) enter(walk, folder, { ...place, name })
  else addFile(walk, path, stats.value)
}

function enter(walk: Walk, parent: number, place: Place & { readonly name: string }): void {
  if (place.depth >= stateLimits.depth) {
    return report(walk, place.path, {
      severity: 'error',
      code: 'data.too_deep',
      message: 'is nested too deep to hold a file',
    })
  }
  const folder = openDirectoryBeneath(parent, place.name)
  if (folder.ok) walkFolder(walk, folder.value, place)
  else if (folder.error.kind !== 'missing') report(walk, place.path, describe(folder.error))
}

function addFile(walk: Walk, path: string, stats: BigIntStats): void {
  if (stats.isSymbolicLink())
    return report(walk, path, { code: 'data.link', message: 'a symbolic link is not followed' })
  if (!stats.isFile()) return report(walk, path, { code: 'data.special_file', message: 'neither a file nor a folder' })
  // It may be a file of somebody else's, or change under us from outside.
  if (stats.nlink > 1n) return report(walk, path, { code: 'data.hard_link', message: 'a file with more than one name' })
  if (temporaryFilePattern.test(path)) {
    return report(walk, path, { code: 'data.leftover', message: 'left by a write that was cut short; delete it' })
  }
  walk.files.push({
    path,
    sizeBytes: Number(stats.size),
    isExecutable: (stats.mode & 0o100n) !== 0n,
    // Whoever sets the time of modification back cannot do so with the time of change.
    stamp: `${stats.size}.${stats.mtimeNs}.${stats.ctimeNs}.${stats.ino}`,
    modifiedAtMs: Number(stats.mtimeNs / 1_000_000n),
  })
}

/** The names in an open folder; of a very large one, no more than one beyond the limit. */
function readNames(folder: number, limit: number): Result<readonly FoundName[], EntryProblem> {
  const size = attempt(() => fstatSync(folder).size)
  if (!size.ok) return size
  if (size.value > largeFolderBytes) {
    const names = listBeneath(folder, limit)
    return names.ok ? { ok: true, value: names.value.map((name) => ({ name, isFolder: false })) } : names
  }
  return attempt(() =>
    readdirSync(`/proc/self/fd/${folder}`, { withFileTypes: true }).map((entry) => ({
      // A byte that is not UTF-8 is read as this mark; a name that holds the mark itself is refused with it.
      name: entry.name.includes('\ufffd') ? undefined : entry.name,
      isFolder: entry.isDirectory(),
    })),
  )
}

/** Tells whether no more is listed, and says so once. */
function isFull(walk: Walk): boolean {
  if (walk.diagnostics.length > maxDiagnostics) return true
  if (walk.seen <= maxNames && walk.files.length < stateLimits.files && walk.diagnostics.length < maxDiagnostics) {
    return false
  }
  walk.diagnostics.length = Math.min(walk.diagnostics.length, maxDiagnostics)
  walk.diagnostics.push({
    severity: 'error',
    code: 'data.too_many',
    message: 'more files, or more problems, than are listed; the rest is left out',
    hint: 'Move what does not belong there out of the data folder.',
  })
  return true
}

/** A folder that is not listed leaves out files of the user's; that weighs more than what no file can be. */
function describe({ kind, message }: EntryProblem): ListProblem {
  return kind === 'symlink' || kind === 'special_file'
    ? {
        severity: 'error',
        code: 'data.link',
        message: 'a link, or no folder, where a folder belongs; it is not followed',
      }
    : { severity: 'error', code: 'data.unreadable', message }
}

function report(walk: Walk, path: string, problem: ListProblem): void {
  walk.diagnostics.push({ severity: 'warning', ...problem, ...(path === '' ? {} : { file: path }) })
}
