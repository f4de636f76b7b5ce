import type { ReadWords, Word } from './words.ts'

/** What a sentence of the content stands in. */
export type SentenceKind = 'text' | 'heading' | 'row' | 'code'

/** A part of the content that says one thing. */
export interface Sentence {
  readonly text: string
  /** With compatibility forms folded (NFKC). */
  readonly folded: string
  /** Of its first character in the content, from 1. */
  readonly line: number
  readonly kind: SentenceKind
  /** The heading above it. */
  readonly heading: Sentence | undefined
  readonly words: readonly Word[]
  /** Of all words. */
  readonly stems: ReadonlySet<string>
  /** Stems of the words that carry meaning. */
  readonly significant: ReadonlySet<string>
  /** What is written in backticks, in lower case. */
  readonly codes: ReadonlySet<string>
}

interface RawLine {
  readonly text: string
  readonly line: number
  readonly kind: SentenceKind
}

/** How much of a content is compared; a longer one costs no more. */
export const sentenceLimit = 2000

/**
 * Splits Markdown into sentences: a heading, a row of a table or a line of code is one; a list item counts without its
 * mark. A line that begins with a small letter goes on with the line before; any other line is a new sentence. At most
 * `sentenceLimit`.
 */
export function readSentences(content: string, readWords: ReadWords): readonly Sentence[] {
  const sentences: Sentence[] = []
  let heading: Sentence | undefined
  for (const raw of joinLines(classifyLines(content))) {
    const parts = raw.kind === 'text' ? splitSentences(raw) : [raw]
    for (const part of parts) {
      if (sentences.length >= sentenceLimit) return sentences
      const sentence = makeSentence(part, heading, readWords)
      sentences.push(sentence)
      if (raw.kind === 'heading') heading = sentence
    }
  }
  return sentences
}

function makeSentence({ text, line, kind }: RawLine, heading: Sentence | undefined, readWords: ReadWords): Sentence {
  const words = readWords(text)
  return {
    text,
    folded: text.normalize('NFKC'),
    line,
    kind,
    heading,
    words,
    ...collectStems(words),
    codes: findCodes(text),
  }
}

/** The stems of words, all and those that carry meaning. */
export function collectStems(words: readonly Word[]): Pick<Sentence, 'stems' | 'significant'> {
  const plain = words.filter((word) => word.kind === 'word')
  return {
    stems: new Set(plain.map(({ stem }) => stem)),
    significant: new Set(plain.filter(({ isSignificant }) => isSignificant).map(({ stem }) => stem)),
  }
}

function findCodes(text: string): ReadonlySet<string> {
  const parts = text.split('`')
  return new Set(parts.filter((_, index) => index % 2 === 1).map((code) => code.trim().toLowerCase()))
}

/** Lines with their kind; an empty text ends what was before. */
function classifyLines(content: string): readonly RawLine[] {
  const lines: RawLine[] = []
  let fence: string | undefined
  for (const [index, written] of content.split(/\r?\n/).entries()) {
    const text = written.replace(/^[\s>]+/, '').trimEnd()
    const mark = /^(?:`{3,}|~{3,})/.exec(text)?.[0]
    const kind = fence === undefined && mark === undefined ? findKind(text) : 'code'
    if (fence === undefined) fence = mark
    else if (mark !== undefined && text === mark && mark.startsWith(fence)) fence = undefined
    const isMark = mark !== undefined || /^(?:[-=*_] ?){3,}$/.test(text)
    lines.push({ text: isMark ? '' : text.replace(/^#{1,6}(?:\s+|$)/, ''), line: index + 1, kind })
  }
  return lines
}

function findKind(text: string): SentenceKind {
  if (/^#{1,6}(?:\s|$)/.test(text)) return 'heading'
  return text.startsWith('|') ? 'row' : 'text'
}

const itemMark = /^(?:[-*+•・]|\d{1,9}[.)．、])(?:\s+|(?<=[．、・]))(?:\[[ xX]\]\s+)?/u

function joinLines(lines: readonly RawLine[]): readonly RawLine[] {
  const groups: { readonly first: RawLine; readonly texts: string[] }[] = []
  let isOpen = false
  for (const line of lines) {
    const isItem = line.kind === 'text' && itemMark.test(line.text)
    const goesOn = isOpen && line.kind === 'text' && !isItem && /^[\p{Ll}(]/u.test(line.text)
    if (goesOn) groups.at(-1)?.texts.push(line.text)
    else if (line.text !== '')
      groups.push({ first: line, texts: [isItem ? line.text.replace(itemMark, '') : line.text] })
    isOpen = line.kind === 'text' && line.text !== ''
  }
  return groups.map(({ first, texts }) => ({ ...first, text: texts.join('\n') }))
}

/** After 。！？ anywhere; after . ! ? where white space and no small letter follow, for "e.g. this" is one sentence. */
function splitSentences(raw: RawLine): readonly RawLine[] {
  const parts: RawLine[] = []
  let line = raw.line
  for (const part of raw.text.split(/(?<=[。！？])|(?<=[.!?])\s(?=\P{Ll})/u)) {
    if (part.trim() !== '') parts.push({ ...raw, text: part.trim(), line })
    line += part.split('\n').length - 1
  }
  return parts
}
