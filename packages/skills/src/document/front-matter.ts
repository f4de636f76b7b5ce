/** Where the parts of a document stand in its text, in UTF-16 code units. */
export interface DocumentParts {
  /** What stands between the two lines of `---`; absent in a document without front matter. */
  readonly frontMatter?: { readonly start: number; readonly end: number }
  readonly bodyStart: number
  /** The line on which the body begins, from 1. */
  readonly bodyLine: number
  /** The first line opens a front matter, and no line closes it. */
  readonly isUnclosed: boolean
  /** What ends the lines of the front matter, for whoever adds one. */
  readonly newline: '\n' | '\r\n'
}

const byteOrderMark = '\uFEFF'

/**
 * Finds the front matter: a first line of `---`, maybe behind a byte order mark, up to the next line of `---`. Spaces and
 * tabs behind the dashes and both kinds of line ends are fine. Nothing is decoded or parsed.
 */
export function splitDocument(text: string): DocumentParts {
  const start = text.startsWith(byteOrderMark) ? 1 : 0
  const first = readLine(text, start)
  const newline = first.hasReturn ? '\r\n' : '\n'
  const whole = { bodyStart: start, bodyLine: 1, newline } as const
  if (!isDashes(first.content)) return { ...whole, isUnclosed: false }
  let at = first.next
  for (let line = 2; at < text.length; line += 1) {
    const read = readLine(text, at)
    if (isDashes(read.content)) {
      const frontMatter = { start: first.next, end: at }
      return { frontMatter, bodyStart: read.next, bodyLine: line + 1, isUnclosed: false, newline }
    }
    at = read.next
  }
  return { ...whole, isUnclosed: true }
}

interface Line {
  readonly content: string
  readonly next: number
  readonly hasReturn: boolean
}

function readLine(text: string, start: number): Line {
  const found = text.indexOf('\n', start)
  const end = found < 0 ? text.length : found
  const hasReturn = found > start && text[found - 1] === '\r'
  return { content: text.slice(start, hasReturn ? end - 1 : end), next: found < 0 ? end : end + 1, hasReturn }
}

function isDashes(line: string): boolean {
  if (!line.startsWith('---')) return false
  for (let at = 3; at < line.length; at += 1) if (line[at] !== ' ' && line[at] !== '\t') return false
  return true
}
