/** Bounds of one text. What stands behind them is not found, and costs nothing. */
export const wordLimits = {
  /** UTF-16 code units of a text that are read. */
  textUnits: 1024 * 1024,
  /** UTF-16 code units of one word that are kept. */
  wordUnits: 64,
  words: 400_000,
} as const

/** A part of a text between anything that is no letter, digit or mark. */
export interface WordPiece {
  readonly text: string
  /** Written without spaces between its words: Han, Hiragana, Katakana. */
  readonly isUnspaced: boolean
}

const runPattern = /[\p{L}\p{N}\p{M}]+/gu

/** `ー`, `々` and the marks of repetition belong to the scripts that use them. */
const piecePattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ーゝゞヽヾ々〆]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ーゝゞヽヾ々〆]+/gu
const unspacedPattern = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ーゝゞヽヾ々〆]/u

/**
 * The words by which a text is found, in the order of the text: compatibility forms folded (NFKC), lower case; letters,
 * digits and their marks only, so that `find_dog` is two words. A run of Han, Hiragana or Katakana gives every two
 * neighbouring characters and its last one. Every part of the run is then the beginning of words that follow one another,
 * and is found whatever a dictionary would make of it; an index that was built with one dictionary stays right with the
 * next, because none is asked. The same text always gives the same words, as often as it holds them.
 */
export function segmentWords(text: string): readonly string[] {
  const words: string[] = []
  for (const { text: piece, isUnspaced } of splitPieces(text)) {
    if (words.length >= wordLimits.words) break
    if (isUnspaced) for (const pair of pairCharacters(piece)) words.push(pair)
    else words.push(cutWord(piece))
  }
  return words.slice(0, wordLimits.words)
}

/** The folded parts of a text, in order, at most `wordLimits.textUnits` of it. */
export function* splitPieces(text: string): Generator<WordPiece> {
  // A lone surrogate is not a character; folding may make a text up to 18 times longer, so it is cut again.
  const folded = text.slice(0, wordLimits.textUnits).toWellFormed().normalize('NFKC').toLowerCase()
  for (const [run] of folded.slice(0, wordLimits.textUnits * 2).matchAll(runPattern)) {
    for (const [piece] of run.matchAll(piecePattern)) yield { text: piece, isUnspaced: unspacedPattern.test(piece) }
  }
}

/** Every two neighbouring characters of a run, and its last one. @example pairCharacters('承認者') // ['承認', '認者', '者'] */
export function pairCharacters(run: string): readonly string[] {
  const characters = Array.from(run)
  return characters.map((character, at) => `${character}${characters[at + 1] ?? ''}`)
}

/** A word as it is kept; the tail of an endless one is dropped, on both sides alike. */
export function cutWord(word: string): string {
  return word.slice(0, wordLimits.wordUnits).toWellFormed()
}
