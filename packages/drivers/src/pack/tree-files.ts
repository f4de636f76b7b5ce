import { chmodSync, closeSync, fchmodSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileTree } from '@rumi/kernel/pack'
import { writeAll } from '../system/index.ts'
import type { TreeVisitor } from './read-tree.ts'

/** Files flushed at the same time; the disk merges what arrives together. */
const flushesAtOnce = 8

/** Writes what is read into an empty directory of ours: files 0444, directories 0700 until `sealTree`. */
export function copyInto(target: string): TreeVisitor {
  return {
    directory: (path) => {
      mkdirSync(join(target, path), { mode: 0o700 })
    },
    file: (path) => {
      const descriptor = openSync(join(target, path), 'wx', 0o600)
      return {
        write: (chunk) => {
          writeAll(descriptor, chunk)
        },
        close: () => {
          try {
            fchmodSync(descriptor, 0o444)
          } finally {
            closeSync(descriptor)
          }
        },
      }
    },
  }
}

/**
 * Takes the right to write from every directory of a copy, the innermost first, and flushes all of it to disk. Other
 * users may enter: a sandbox runs as one of them.
 */
export async function sealTree(target: string, tree: FileTree): Promise<void> {
  const directories = tree.entries.filter((entry) => entry.kind === 'directory').map((entry) => entry.path)
  for (const path of [...directories].reverse()) chmodSync(join(target, path), 0o555)
  chmodSync(target, 0o555)
  const paths = [...tree.entries.map((entry) => join(target, entry.path)), target]
  for (let at = 0; at < paths.length; at += flushesAtOnce) {
    await Promise.all(paths.slice(at, at + flushesAtOnce).map(flush))
  }
}

/** Deletes a tree of the store, sealed or half-copied, or whatever else has its name. Links are not followed. */
export function deleteTree(target: string): void {
  unseal(target)
  rmSync(target, { recursive: true, force: true })
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Who is not root can delete nothing from a directory without the right to write. */
function unseal(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return
  chmodSync(path, 0o700)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) unseal(join(path, entry.name))
  }
}
