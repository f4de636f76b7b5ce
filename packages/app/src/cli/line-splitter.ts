/** Splits bytes into lines of UTF-8, in memory that a hostile file without line ends cannot make grow. */
export interface LineSplitter {
  push(chunk: Uint8Array): void
  /** Gives the last line when the file does not end with a line end. */
  finish(): void
}

/** Longer than any line of an export: a block of 256 leaf hashes or an entry (128 KiB). */
const MAX_LINE_BYTES = 1024 * 1024

/** Never equal to a line of an export, so whoever checks it refuses. */
const UNREADABLE = '\u0000'

/**
 * Calls `onLine` for every line, without its line end. A line that is too long or no valid UTF-8 is given as one that
 * no check accepts: a lenient decoder would let two different files look the same.
 */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  let parts: Uint8Array[] = []
  let length = 0
  const add = (part: Uint8Array): void => {
    length += part.length
    if (length <= MAX_LINE_BYTES) parts.push(part)
  }
  const flush = (): void => {
    const line = length <= MAX_LINE_BYTES ? decode(parts) : undefined
    parts = []
    length = 0
    onLine(line ?? UNREADABLE)
  }
  return {
    push: (chunk) => {
      let from = 0
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
        add(chunk.subarray(from, end))
        flush()
        from = end + 1
      }
      if (from < chunk.length) add(chunk.slice(from))
    },
    finish: () => {
      if (length > 0) flush()
    },
  }
}

function decode(parts: readonly Uint8Array[]): string | undefined {
  try {
    // A byte order mark is part of the line: swallowing it would accept bytes that were not signed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
  } catch {
    return undefined // the only failure of a fatal decoder is invalid UTF-8
  }
}
