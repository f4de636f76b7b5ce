import { cutWord, pairCharacters, splitPieces } from './words.ts'

/**
 * What must occur in whatever is found: these words, one after the other.
 *
 * @example { words: ['human', 'appro'], isPrefix: true } // "human approval" is found
 */
export interface QueryTerm {
  /** At least one, each as `segmentWords` gives it; the last one of a prefix term may be the beginning of such a word. */
  readonly words: readonly string[]
  readonly isPrefix: boolean
}

/** Bounds of a query; the rest of it is dropped. */
export const queryLimits = { textUnits: 1000, terms: 16 } as const

/** From this many characters a word also stands for the words that begin with it, so that "skill" finds "skills". */
const prefixCharacters = 3

/**
 * Reads what somebody searches for. Any text is a query: nothing in it is an operator or an expression, so nothing can be
 * wrong with it and nothing runs longer for it. Words in double quotes must follow one another and be exact; other words of
 * three letters or more also find what begins with them. A Japanese run is taken apart by the dictionary into words that may
 * stand anywhere; its particles do not count unless there is nothing else. No words: no terms, which find nothing.
 */
export function parseQuery(text: string): readonly QueryTerm[] {
  const parts = text.slice(0, queryLimits.textUnits).split(/["“”「」『』]/u)
  const terms = parts.flatMap((part, at) =>
    at % 2 === 1 && at < parts.length - 1 ? exactTerms(part) : looseTerms(part),
  )
  const seen = new Set<string>()
  const distinct = terms.filter((term) => {
    const key = `${term.isPrefix ? 'p' : 'w'} ${term.words.join(' ')}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  return distinct.slice(0, queryLimits.terms)
}

/** Neighbouring words become one term; a Japanese run between them is a term of its own. */
function exactTerms(part: string): QueryTerm[] {
  const terms: QueryTerm[] = []
  let words: string[] = []
  for (const { text, isUnspaced } of splitPieces(part)) {
    if (!isUnspaced) {
      words.push(cutWord(text))
      continue
    }
    if (words.length > 0) terms.push({ words, isPrefix: false })
    words = []
    terms.push(unspacedTerm(text))
  }
  return words.length > 0 ? [...terms, { words, isPrefix: false }] : terms
}

function looseTerms(part: string): QueryTerm[] {
  return [...splitPieces(part)].flatMap(({ text, isUnspaced }) => {
    if (isUnspaced) return dictionaryWords(text).map(unspacedTerm)
    const word = cutWord(text)
    return [{ words: [word], isPrefix: Array.from(word).length >= prefixCharacters }]
  })
}

/** The pairs of a run follow one another wherever the run occurs; one character alone begins a pair, or ends a run. */
function unspacedTerm(run: string): QueryTerm {
  const words = pairCharacters(run)
  return words.length === 1 ? { words, isPrefix: true } : { words: words.slice(0, -1), isPrefix: false }
}

const particles: ReadonlySet<string> = new Set(
  'から まで より など とか ので のに では には とは です ます する した して され ない ある いる こと もの ため への での との'.split(
    ' ',
  ),
)

/** Words of a run without its particles; characters that the dictionary knows no word for stay together. */
function dictionaryWords(run: string): readonly string[] {
  const words: string[] = []
  let isLoose = false // the last word is made of single characters
  for (const { segment } of new Intl.Segmenter('ja', { granularity: 'word' }).segment(run)) {
    const isSingle = Array.from(segment).length === 1
    if (particles.has(segment) || (isSingle && /\p{Script=Hiragana}/u.test(segment))) {
      isLoose = false
      continue
    }
    if (isSingle && isLoose) words.push(`${words.pop() ?? ''}${segment}`)
    else words.push(segment)
    isLoose = isSingle
  }
  return words.length > 0 ? words : [run]
}
