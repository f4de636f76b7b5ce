import { closeSync } from 'node:fs'
import type { Result } from '@rumi/kernel/base'
import { openDirectory, openDirectoryBeneath, type EntryProblem } from '../pack/index.ts'

/** Opens a folder step by step, following no link. The caller closes it. */
export function openFolderBelow(root: string, names: readonly string[]): Result<number, EntryProblem> {
  let folder = openDirectory(root)
  for (const name of names) {
    if (!folder.ok) return folder
    const parent = folder.value
    try {
      folder = openDirectoryBeneath(parent, name)
    } finally {
      closeSync(parent)
    }
  }
  return folder
}
