/** Lists every open descriptor and what it is. */
import { fstatSync, readSync } from 'node:fs'

const kinds = [
  ['file', 'isFile'],
  ['folder', 'isDirectory'],
  ['device', 'isCharacterDevice'],
  ['pipe', 'isFIFO'],
  ['socket', 'isSocket'],
]

export function run() {
  const seen = {}
  for (let descriptor = 0; descriptor < 4096; descriptor += 1) {
    try {
      const facts = fstatSync(descriptor)
      seen[descriptor] = kinds.find(([, is]) => facts[is]())?.[0] ?? 'other'
      if (seen[descriptor] !== 'file') continue
      const text = Buffer.alloc(100)
      seen[descriptor] += `: ${text.toString('utf8', 0, readSync(descriptor, text, 0, 100, 0))}`
    } catch {
      continue
    }
  }
  return seen
}
