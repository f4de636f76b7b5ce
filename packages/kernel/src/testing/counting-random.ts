import type { Random } from '../base/index.ts'

/** Bytes that never repeat and are the same in every test: the big-endian number of the call, filled up with zeros in front. */
export function createCountingRandom(): Random {
  let calls = 0
  return {
    bytes: (count) => {
      calls += 1
      const bytes = new Uint8Array(count)
      for (let at = count - 1, rest = calls; at >= 0; at -= 1, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
      return bytes
    },
  }
}
