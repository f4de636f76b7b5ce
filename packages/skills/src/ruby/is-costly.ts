/**
 * Tells whether a source may take the parser seconds or minutes, during which nothing could stop it: its time grows with the
 * square of the digits of a number, and with the square of the length of a chain of `||`, `&&`, `or` and `and`. It does not
 * matter here whether these stand in code or in a text.
 */
export function isCostly(text: string): boolean {
  return hasLongNumber(text) || hasLongChain(text)
}

const maximumDigits = 4096
/** A megabyte of English has half as many. */
const maximumLinks = 10_000

function hasLongNumber(text: string): boolean {
  let length = 0
  for (let index = 0; index < text.length; index += 1) {
    length = isDigit(text.charCodeAt(index)) ? length + 1 : 0
    if (length > maximumDigits) return true
  }
  return false
}

/** `0` to `9`, `A` to `F`, `a` to `f` and `_`. */
function isDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102) || code === 95
}

function hasLongChain(text: string): boolean {
  let links = 0
  for (const _ of text.matchAll(/\|\||&&|\b(?:and|or)\b/g)) {
    links += 1
    if (links > maximumLinks) return true
  }
  return false
}
