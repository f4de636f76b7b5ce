/**
 * The texts between the commas of a JSON array, one after the other, without reading them: a chain may have more
 * bytes than one string can hold. Brackets and quotes are counted only as far as to find the commas; whether a text is
 * JSON is up to who parses it.
 *
 * @returns What is wrong with the array itself, or undefined when it is whole.
 */
export function* splitJsonArray(bytes: Uint8Array): Generator<Uint8Array, string | undefined, undefined> {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_ARRAY) return 'not a JSON array'
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === CLOSE_ARRAY) return checkRest(bytes, at + 1)
  for (;;) {
    const end = findElementEnd(bytes, at)
    if (end === undefined) return 'ends in the middle'
    yield bytes.subarray(at, end)
    if (bytes[end] === CLOSE_ARRAY) return checkRest(bytes, end + 1)
    at = end + 1
  }
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The comma or bracket behind an element; undefined when there is none. All of them are single bytes in UTF-8. */
function findElementEnd(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) at = findStringEnd(bytes, at)
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) return at
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1
  }
  return undefined
}

function findStringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

function checkRest(bytes: Uint8Array, start: number): string | undefined {
  return skipSpace(bytes, start) === bytes.length ? undefined : 'something follows the array'
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (isSpace(bytes[at])) at += 1
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
