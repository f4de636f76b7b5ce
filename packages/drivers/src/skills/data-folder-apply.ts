import { closeSync, fsyncSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '@rumi/kernel/base'
import type { FileChange } from '@rumi/skills/base'
import { splitPath } from '@rumi/skills/state-commit'
import { lookBeneath, openDirectory, openDirectoryBeneath, type EntryProblem } from '../pack/index.ts'
import { syncDirectory, temporaryFilePattern, writeFileAtomically } from '../system/index.ts'

/**
 * Thrown when something in a data folder stands in the way of a change: a link, a file or a device where a folder is
 * needed (`not-a-folder`), a folder where a file is (`not-a-file`), or a folder that cannot be opened (`unreadable`).
 * The changes before it are done; it and those after it are not.
 */
export class DataFolderFault extends Error {
  readonly kind: 'not-a-folder' | 'not-a-file' | 'unreadable'
  /** Relative to the data folder. */
  readonly path: string

  constructor(kind: DataFolderFault['kind'], path: string) {
    super(`${kind} in the data folder: ${JSON.stringify(path)}`)
    this.kind = kind
    this.path = path
  }
}

/** A change with its path taken apart. */
interface ParsedChange {
  readonly change: FileChange
  readonly folders: readonly string[]
  readonly name: string
}

/** An open folder on the way to a file. */
interface OpenFolder {
  readonly descriptor: number
  /** '' for the root. */
  readonly name: string
}

/** Takes the path apart; throws for one that leads out of the data folder, or is a file's that is being written. */
export function parseChange(change: FileChange): ParsedChange {
  const names = splitPath(change.path)
  const name = names?.at(-1)
  if (names === undefined || name === undefined || temporaryFilePattern.test(name)) {
    throw new TypeError(`not a path of a data folder: ${JSON.stringify(change.path)}`)
  }
  return { change, folders: names.slice(0, -1), name }
}

/** Performs one change; it is durable when this returns. */
export function applyChange(root: string, { change, folders, name }: ParsedChange): void {
  const open: OpenFolder[] = []
  try {
    const isThere = openFolders(root, { folders, open, create: change.kind === 'write' })
    const folder = isThere ? open.at(-1) : undefined
    if (change.kind === 'write') {
      if (folder === undefined) throw new DataFolderFault('unreadable', change.path)
      return writeBeneath(folder, name, change)
    }
    if (folder) removeBeneath(folder, name, change.path)
    // Also when the file was gone already: a removal that was cut short may have left empty folders.
    prune(open)
  } finally {
    for (const { descriptor } of open) closeSync(descriptor)
  }
}

function writeBeneath({ descriptor }: OpenFolder, name: string, change: FileChange & { readonly kind: 'write' }): void {
  const stats = lookBeneath(descriptor, name)
  // An empty folder is nothing: it must not stand in the way of what was decided already.
  if (stats.ok && stats.value.isDirectory() && !removeEmptyFolder(descriptor, name))
    throw new DataFolderFault('not-a-file', change.path)
  // A link here, also one to nowhere, is replaced: the new file is renamed over it, and nothing is written through it.
  writeFileAtomically(`/proc/self/fd/${descriptor}/${name}`, change.bytes, change.isExecutable ? 0o700 : 0o600)
}

function removeBeneath({ descriptor }: OpenFolder, name: string, path: string): void {
  const stats = lookBeneath(descriptor, name)
  if (!stats.ok && stats.error.kind === 'missing') return
  if (!stats.ok) throw new DataFolderFault('unreadable', path)
  if (stats.value.isDirectory()) throw new DataFolderFault('not-a-file', path)
  // Of a link, the link itself.
  unlinkSync(`/proc/self/fd/${descriptor}/${name}`)
  fsyncSync(descriptor)
}

/** Removes folders that are empty now, from the file's own up to below the root. */
function prune(open: readonly OpenFolder[]): void {
  for (let at = open.length - 1; at > 0; at -= 1) {
    const [parent, folder] = [open[at - 1], open[at]]
    if (parent === undefined || folder === undefined) return
    if (!removeEmptyFolder(parent.descriptor, folder.name)) return
    fsyncSync(parent.descriptor)
  }
}

/** False: it is not empty, or gone, or a link by now: all the same, there is nothing to remove. */
function removeEmptyFolder(parent: number, name: string): boolean {
  try {
    rmdirSync(`/proc/self/fd/${parent}/${name}`)
    return true
  } catch (error) {
    if (isFailure(error, ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'])) return false
    throw error
  }
}

/** Opens the root and each folder below it into `open`, making what is missing when asked. False: one is not there. */
function openFolders(
  root: string,
  way: { readonly folders: readonly string[]; readonly open: OpenFolder[]; readonly create: boolean },
): boolean {
  const top = openOrCreate(way.create, {
    open: () => openDirectory(root),
    create: () => {
      mkdirSync(root, { mode: 0o700 })
      syncDirectory(dirname(root))
    },
  })
  if (!isOpen(top, '')) return false
  way.open.push({ descriptor: top.value, name: '' })
  for (const [at, name] of way.folders.entries()) {
    const parent = way.open[at]?.descriptor ?? -1
    const folder = openOrCreate(way.create, {
      open: () => openDirectoryBeneath(parent, name),
      create: () => {
        mkdirSync(`/proc/self/fd/${parent}/${name}`, { mode: 0o700 })
        fsyncSync(parent)
      },
    })
    if (!isOpen(folder, way.folders.slice(0, at + 1).join('/'))) return false
    way.open.push({ descriptor: folder.value, name })
  }
  return true
}

function openOrCreate(
  create: boolean,
  way: { readonly open: () => Result<number, EntryProblem>; readonly create: () => void },
): Result<number, EntryProblem> {
  const opened = way.open()
  if (opened.ok || opened.error.kind !== 'missing' || !create) return opened
  try {
    way.create()
  } catch (error) {
    // Somebody else was faster; what they made is judged when it is opened.
    if (!isFailure(error, ['EEXIST'])) throw error
  }
  return way.open()
}

function isOpen(
  folder: Result<number, EntryProblem>,
  path: string,
): folder is { readonly ok: true; readonly value: number } {
  if (folder.ok) return true
  if (folder.error.kind === 'missing') return false
  const isOther = folder.error.kind === 'symlink' || folder.error.kind === 'special_file'
  throw new DataFolderFault(isOther ? 'not-a-folder' : 'unreadable', path)
}

function isFailure(error: unknown, codes: readonly string[]): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && codes.includes(code)
}
