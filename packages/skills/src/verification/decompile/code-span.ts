/**
 * A text as a Markdown code span (CommonMark §6.1): fenced by more backticks than it holds in a row, padded with a space
 * where it begins or ends with a backtick, or with spaces on both sides. Only for texts without line breaks.
 *
 * @example codeSpan('a`b') === '``a`b``'
 */
export function codeSpan(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1)
  const isPadded = text.startsWith('`') || text.endsWith('`') || (text.startsWith(' ') && text.endsWith(' '))
  return isPadded ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`
}

/** Reads the code span that begins at `at`; undefined when none does. `end` is behind its last backtick. */
export function readCodeSpan(line: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const width = runAt(line, at)
  if (width === 0) return undefined
  for (let next = at + width; next < line.length;) {
    const run = runAt(line, next)
    if (run === width) return { text: unpad(line.slice(at + width, next)), end: next + run }
    next += Math.max(run, 1)
  }
  return undefined
}

function unpad(text: string): string {
  const isPadded = text.length > 2 && text.startsWith(' ') && text.endsWith(' ')
  return isPadded ? text.slice(1, -1) : text
}

function longestRun(text: string): number {
  let longest = 0
  for (let at = 0; at < text.length;) {
    const run = runAt(text, at)
    longest = Math.max(longest, run)
    at += Math.max(run, 1)
  }
  return longest
}

function runAt(text: string, at: number): number {
  let end = at
  while (text[end] === '`') end += 1
  return end - at
}
