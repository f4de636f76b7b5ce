import { describe, expect, it } from 'vitest'
import { escapeInvisible, findHidingCharacter, quoteName, quoteText } from './quote.ts'

describe('quoteText', () => {
  it.each([
    ['plain', "'plain'"],
    ["it's \\ `${x}", "'it\\'s \\\\ `${x}'"],
    ['a\nb', '`a\nb`'],
    ['`${x}$$ {\\\n', '`\\`\\${x}$$ {\\\\\n`'],
    ['\r\n\t', '`\\r\n\\t`'],
    ['\u0000\u202e\u2028', "'\\u0000\\u202e\\u2028'"],
    ['\u200d日本', "'\u200d日本'"],
  ])('writes %j', (text, literal) => {
    expect(quoteText(text)).toBe(literal)
  })

  it('writes a name on one line', () => {
    expect(quoteName("a\n'b'")).toBe("'a\\n\\'b\\''")
  })
})

describe('escapeInvisible', () => {
  it('shows what cannot be seen, and nothing else', () => {
    expect(escapeInvisible('a\u001b[31m\t\u200b\u202e\ud800\ufeff 日本 😀\\')).toBe(
      'a<U+001B>[31m<U+0009><U+200B><U+202E><U+D800><U+FEFF> 日本 😀\\',
    )
  })
})

describe('findHidingCharacter', () => {
  it('finds the next one from a place', () => {
    expect(findHidingCharacter('\ufeffab\u202ecd', 1)).toBe(3)
    expect(findHidingCharacter('a\u202ecd', 2)).toBe(-1)
  })
})
