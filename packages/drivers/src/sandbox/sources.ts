import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { PlacedFile } from './rootfs.ts'

/** Where our own files for the inside of a sandbox lie on this machine. */
export function findSdkFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@rumi/pack-sdk/package.json'))
}

/** Our files for a sandbox of the given runtime, with the paths they get inside. */
export async function readSdkFiles(runtime: 'python' | 'node', filter: Uint8Array): Promise<readonly PlacedFile[]> {
  const folder = findSdkFolder()
  const placed: PlacedFile[] = [{ to: '/rumi/seccomp.bin', content: filter }]
  for (const part of [runtime, `probe/${runtime}`]) {
    for (const name of (await readdir(join(folder, part))).sort()) {
      if (/\.(py|mjs|ts)$/.test(name))
        placed.push({ to: `/rumi/${part}/${name}`, content: await readFile(join(folder, part, name)) })
    }
  }
  return placed
}
