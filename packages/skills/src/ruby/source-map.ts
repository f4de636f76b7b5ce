import type { Place } from '../base/index.ts'

/** A part of a source, in bytes of UTF-8. */
export interface ByteSpan {
  readonly startOffset: number
  readonly length: number
}

/** Translates the parser's offsets, which count bytes of UTF-8, into those of the text. */
export interface SourceMap {
  readonly text: string
  /** The index in UTF-16 code units of a byte. */
  index(byteOffset: number): number
  place(byteOffset: number): Place
  slice(span: ByteSpan): string
}

/** Maps a text that is well formed. */
export function mapSource(text: string): SourceMap {
  const indexes = indexBytes(text)
  const lines = startLines(text)
  const index = (byteOffset: number): number => indexes?.[byteOffset] ?? Math.min(byteOffset, text.length)
  return {
    text,
    index,
    place: (byteOffset) => findPlace(lines, index(byteOffset)),
    slice: ({ startOffset, length }) => text.slice(index(startOffset), index(startOffset + length)),
  }
}

/** The place of an index in UTF-16 code units. */
export function placeOf(text: string, index: number): Place {
  return findPlace(startLines(text), index)
}

/** For each byte, the index of the character that it belongs to; undefined when both are the same. */
function indexBytes(text: string): Uint32Array | undefined {
  const size = Buffer.byteLength(text)
  if (size === text.length) return undefined
  const indexes = new Uint32Array(size + 1)
  let byte = 0
  let index = 0
  for (const character of text) {
    const width = Buffer.byteLength(character)
    indexes.fill(index, byte, byte + width)
    byte += width
    index += character.length
  }
  indexes[size] = text.length
  return indexes
}

function startLines(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function findPlace(starts: readonly number[], index: number): Place {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= index) low = middle
    else high = middle
  }
  return { line: low + 1, column: index - (starts[low] ?? 0) + 1 }
}
