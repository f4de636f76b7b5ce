import { englishStopWords, japaneseStopWords, numberWords, timeUnits } from './stop-words.ts'

/** A word of a text by its stem, or a number that stands for itself (not a part of a version, date, range or name). */
export type Word =
  | { readonly kind: 'word'; readonly stem: string; readonly isSignificant: boolean }
  | {
      readonly kind: 'number'
      readonly value: number
      readonly isPercent: boolean
      /** Of the unit of time behind it, in milliseconds. */
      readonly unitMs: number | undefined
    }

/** Splits a text into words, in their order. */
export type ReadWords = (text: string) => readonly Word[]

const runPattern = /\d+(?:[.,]\d+)*|[\p{L}\p{M}\p{N}]+/gu
const scriptPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]+/gu
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]/u

/**
 * Makes a reader of words: compatibility forms folded (NFKC), lower case, `snake_case`, `kebab-case` and `camelCase`
 * taken apart, Japanese split by the segmenter of the runtime, English endings (-s, -ed, -ing, -ly) cut. Words are only
 * ever compared whole, so "cat" is not in "category".
 */
export function createWordReader(): ReadWords {
  const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })
  return (text) => readWords(text.toWellFormed().normalize('NFKC'), segmenter)
}

function readWords(text: string, segmenter: Intl.Segmenter): readonly Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(runPattern)) {
    const [run] = match
    if (/^\d/.test(run)) {
      const number = readNumber(text, { run, at: match.index })
      if (number !== undefined) words.push(number)
      continue
    }
    for (const part of run.split(/(?<=\p{Ll})(?=\p{Lu})/u)) {
      for (const word of readRun(part.toLowerCase(), segmenter)) words.push(word)
    }
  }
  return words
}

function readRun(run: string, segmenter: Intl.Segmenter): readonly Word[] {
  return [...run.matchAll(scriptPattern)].flatMap(([piece]) => {
    if (!unspaced.test(piece)) return [readLatin(piece)]
    return [...segmenter.segment(piece)].map(({ segment }) => readJapanese(segment))
  })
}

function readLatin(word: string): Word {
  const number = numberWords.get(word)
  if (number !== undefined) return { kind: 'number', value: number, isPercent: false, unitMs: undefined }
  // One letter is an initial or a list's mark: it would be found everywhere.
  return { kind: 'word', stem: stemEnglish(word), isSignificant: word.length > 1 && !englishStopWords.has(word) }
}

/** Written in Han with an ending in Hiragana, a word is known by what stands before the ending. */
function readJapanese(word: string): Word {
  const stem = /^\p{Script=Han}/u.test(word) ? cutHiragana(word) : word
  const isBare = /^\p{Script=Hiragana}$/u.test(word)
  const isSignificant = !isBare && !japaneseStopWords.has(word) && !japaneseStopWords.has(stem)
  return { kind: 'word', stem, isSignificant }
}

function cutHiragana(word: string): string {
  let end = word.length
  while (end > 0 && /^\p{Script=Hiragana}$/u.test(word.charAt(end - 1))) end -= 1
  return word.slice(0, end)
}

/** Cuts the endings of the plural, of -ed, -ing and -ly, and a last e, alike on both sides of a comparison. */
export function stemEnglish(word: string): string {
  // The patterns below look at a word more than once: no word is so long that this costs.
  if (word.length < 4 || word.length > 40 || /[^a-z]/.test(word)) return word
  const singular = word.endsWith('ies')
    ? `${word.slice(0, -3)}y`
    : /(?:sses|shes|ches|xes|zes)$/.test(word)
      ? word.slice(0, -2)
      : /[^sui]s$/.test(word)
        ? word.slice(0, -1)
        : word
  const base = singular.endsWith('ied')
    ? `${singular.slice(0, -3)}y`
    : singular.replace(/^(.*[aeiouy].*[^e])(?:ed|ing)$/, '$1').replace(/^(.{3,})ly$/, '$1')
  const kept = base.length < 3 ? singular : base
  const undoubled = kept !== singular && /([bdgmnprt])\1$/.test(kept) ? kept.slice(0, -1) : kept
  return undoubled.length > 3 && undoubled.endsWith('e') ? undoubled.slice(0, -1) : undoubled
}

interface Run {
  readonly run: string
  readonly at: number
}

function readNumber(text: string, { run, at }: Run): Word | undefined {
  const before = text.slice(Math.max(0, at - 2), at)
  const after = text.slice(at + run.length, at + run.length + 16)
  const isNegative = /(?:^|[\s(=:<>`])-$/.test(before) || (at === 1 && before === '-')
  if (/[A-Za-z0-9_.\-/:]$/.test(before.replace(/: ?$/, '')) && !isNegative) return undefined
  if (/^[-/:–〜~]\d/.test(after)) return undefined
  const letters = /^[A-Za-z_]+/.exec(after)?.[0]
  const unitWord = letters ?? /^ ?(ミリ|秒|分|時間|日|[A-Za-z]+)/.exec(after)?.[1]
  const unitMs = unitWord === undefined ? undefined : timeUnits.get(stemEnglish(unitWord.toLowerCase()))
  if (letters !== undefined && unitMs === undefined) return undefined
  const written = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(run) ? run.replaceAll(',', '') : run
  if (!/^\d+(?:\.\d+)?$/.test(written)) return undefined
  const value = Number(written)
  if (!Number.isFinite(value)) return undefined
  return { kind: 'number', value: isNegative ? -value : value, isPercent: /^ ?%/.test(after), unitMs }
}
