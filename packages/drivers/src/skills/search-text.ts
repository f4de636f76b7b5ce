import { segmentWords, type QueryTerm } from '@rumi/skills/search'

/** Of a body, this much is kept for excerpts, in UTF-16 code units. */
const keptUnits = 32 * 1024

/** No word holds this mark, so that no phrase of a query reaches from one tag into the next. */
const between = ' § '

/** The words of some texts, each apart from the next, as the tokenizer gives them back: split at spaces. */
export function searchedText(texts: readonly string[]): string {
  return texts.map((text) => segmentWords(text).join(' ')).join(between)
}

/** What excerpts are cut from: the beginning of a body, its lines kept, other control characters made spaces. */
export function shownText(body: string): string {
  return body
    .slice(0, keptUnits)
    .toWellFormed()
    .replace(/[^\P{Cc}\n]/gu, ' ')
}

/**
 * The terms as an expression for FTS5: quoted phrases, all of which must occur. A word holds letters, digits and marks
 * only; should it hold anything else, it must not end its quotes and become syntax.
 */
export function matchExpression(query: readonly QueryTerm[]): string {
  return query
    .map(({ words, isPrefix }) => {
      const phrase = words.map((word) => word.replace(/["\0]/g, '')).join(' ')
      return `"${phrase}"${isPrefix ? ' *' : ''}`
    })
    .join(' AND ')
}
