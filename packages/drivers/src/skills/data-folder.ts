import { closeSync } from 'node:fs'
import { err, ok, unreachable, type Result } from '@rumi/kernel/base'
import type { DataFolder, FileRefusal } from '@rumi/skills/base'
import { splitPath } from '@rumi/skills/state-commit'
import { readFileBeneath, type EntryProblem } from '../pack/index.ts'
import { applyChange, parseChange } from './data-folder-apply.ts'
import { listFolder } from './data-folder-list.ts'
import { openFolderBelow } from './data-folder-open.ts'

/**
 * Files below `root`, for one user alone: folders and programs are made with mode 0700, other files with 0600. Every name
 * of a path is looked up in the folder that was opened for the name before it, so that no link, wherever and whenever it
 * is put, leads out. `root` itself may not be a link either; what is above it is trusted. A root that is not there is
 * empty, and is made when the first file is written.
 *
 * `apply` throws for a path that leads out (a bug of its caller), `DataFolderFault` when something in the folder stands in
 * the way, and what the file system throws.
 */
export function openDataFolder(root: string): DataFolder {
  return {
    list: (path) => {
      const names = path === '' ? [] : splitPath(path)
      if (names === undefined) throw new TypeError(`not a path of a data folder: ${JSON.stringify(path)}`)
      return listFolder(root, names)
    },
    read: (path, limitBytes) => readBelow(root, path, limitBytes),
    apply: (changes) => {
      // All of them first: half of a change because of a bad path would be worse than none.
      const parsed = changes.map(parseChange)
      for (const change of parsed) applyChange(root, change)
    },
  }
}

function readBelow(root: string, path: string, limitBytes: number): Result<Uint8Array, FileRefusal> {
  const names = splitPath(path)
  const last = names?.at(-1)
  if (names === undefined || last === undefined) return err('not-a-file')
  const folder = openFolderBelow(root, names.slice(0, -1))
  if (!folder.ok) return err(refusalOf(folder.error))
  try {
    const bytes = readFileBeneath(folder.value, last, { maxBytes: limitBytes })
    return bytes.ok ? ok(bytes.value) : err(refusalOf(bytes.error))
  } finally {
    closeSync(folder.value)
  }
}

function refusalOf({ kind }: EntryProblem): FileRefusal {
  switch (kind) {
    case 'missing':
      return 'missing'
    case 'too_large':
      return 'too-large'
    case 'symlink':
    case 'hard_link':
    case 'special_file':
      return 'not-a-file'
    case 'changed':
    case 'unreadable':
      return 'unreadable'
    default:
      return unreachable(kind)
  }
}
