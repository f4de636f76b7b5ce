import { closeSync, openSync, readSync } from 'node:fs'

/** The path that means the standard input. */
export const standardInput = '/dev/stdin'

/** At most so many bytes of a file or a pipe, which need not end. Throws what the file system says. */
export function readBounded(path: string, limitBytes: number): Uint8Array {
  const descriptor = path === standardInput ? 0 : openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    let size = 0
    while (size < limitBytes) {
      const chunk = Buffer.alloc(65_536)
      const count = readSync(descriptor, chunk)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      size += count
    }
    return Buffer.concat(chunks)
  } finally {
    if (descriptor !== 0) closeSync(descriptor)
  }
}
