import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Removes a home of a test. Stored trees are read-only folders, which only root may empty as they are. */
export function removeFolder(folder: string): void {
  openFolders(folder)
  rmSync(folder, { recursive: true, force: true })
}

function openFolders(folder: string): void {
  const facts = lstatSync(folder, { throwIfNoEntry: false })
  if (!facts?.isDirectory() || facts.uid !== process.getuid?.()) return
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(folder, entry.name))
  }
}
