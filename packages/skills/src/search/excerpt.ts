import type { QueryTerm } from './query.ts'
import { segmentWords } from './words.ts'

/** Longest excerpt in UTF-16 code units. */
export const excerptUnits = 240

/** Of a body, this much is looked through for the best place; a hit behind it shows the beginning. */
const searchedUnits = 128 * 1024

/**
 * The piece of a text that holds most of the query's terms, the first of equals; without any, its first words. One line of
 * the text or a part of it, as it was written, at most `excerptUnits` long and without marks around the words.
 */
export function findExcerpt(text: string, query: readonly QueryTerm[]): string {
  let best = ''
  let bestCount = -1
  for (const piece of splitText(text.slice(0, searchedUnits))) {
    const words = segmentWords(piece)
    const count = query.filter((term) => occurs(term, words)).length
    if (count > bestCount) [best, bestCount] = [piece, count]
    if (count === query.length) break
  }
  return best.toWellFormed()
}

/** Whether the term's words follow one another among `words`, as the port of the index promises. */
export function occurs(term: QueryTerm, words: readonly string[]): boolean {
  const last = term.words.length - 1
  return words.some((_, start) =>
    term.words.every((word, at) => {
      const found = words[start + at]
      return term.isPrefix && at === last ? found?.startsWith(word) === true : found === word
    }),
  )
}

/** Lines, the long ones in parts that end at a space where there is one. */
function* splitText(text: string): Generator<string> {
  for (const line of text.split(/[\r\n]+/)) {
    let rest = line.trim()
    while (rest.length > excerptUnits) {
      const space = rest.lastIndexOf(' ', excerptUnits)
      const end = space > excerptUnits / 2 ? space : excerptUnits
      yield rest.slice(0, end)
      rest = rest.slice(end).trimStart()
    }
    if (rest !== '') yield rest
  }
}
