import { lstatSync, readdirSync, type BigIntStats } from 'node:fs'
import { sha256Hex } from '@rumi/kernel/base'
import { treeLimits } from '@rumi/kernel/pack'
import { attempt } from './open-beneath.ts'

/**
 * A text that changes whenever anything in a folder was edited, added, removed, renamed, linked or given other rights:
 * a digest over path, kind and rights, inode, size, link count and the times of the last write and the last change of
 * every entry, the folder's own included. A program can set the time of the last write back, but not that of the last
 * change. No file is opened; equal texts mean "nobody touched it", different ones only "look again".
 *
 * `undefined`: the folder is missing, cannot be read in full, or holds more than a tree may.
 *
 * What runs comes from the tree store, never from this folder: where a file system keeps time too coarsely to show an
 * edit within the same tick, the pack is shown as unmodified a little longer, and nothing else happens.
 */
export function fingerprintFolder(directory: string): string | undefined {
  const root = attempt(() => lstatSync(directory, { bigint: true }))
  if (!root.ok || !root.value.isDirectory()) return undefined
  let described = describe('', root.value)
  const pending = ['']
  let count = 0
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const names = attempt(() => readdirSync(`${directory}${path}`).sort())
    if (!names.ok) return undefined
    count += names.value.length
    if (count > treeLimits.maxEntries) return undefined
    for (const name of names.value) {
      const child = `${path}/${name}`
      const stats = attempt(() => lstatSync(`${directory}${child}`, { bigint: true }))
      if (!stats.ok) return undefined
      described += describe(child, stats.value)
      if (stats.value.isDirectory()) pending.push(child)
    }
  }
  return sha256Hex(described)
}

/** No path holds a NUL, so no two entries are described alike. */
function describe(path: string, stats: BigIntStats): string {
  const { mode, ino, size, nlink, mtimeNs, ctimeNs } = stats
  return `${path}\0${mode} ${ino} ${size} ${nlink} ${mtimeNs} ${ctimeNs}\0`
}
