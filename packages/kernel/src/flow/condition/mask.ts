/**
 * The text with everything inside quotes, and the quotes, replaced by `"`, so that operators in texts are not seen.
 * Same length; a backslash takes the next character with it. `undefined` when a quote is not closed.
 */
export function maskQuotes(text: string): string | undefined {
  let masked = ''
  let quote: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (quote === undefined) {
      if (char === '"' || char === "'") quote = char
      masked += quote === undefined ? char : '"'
      continue
    }
    masked += '"'
    if (char === '\\' && at + 1 < text.length) {
      masked += '"'
      at += 1
    } else if (char === quote) quote = undefined
  }
  return quote === undefined ? masked : undefined
}
