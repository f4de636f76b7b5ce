/** A sentence that orders or forbids something. */
export interface Norm {
  /** What is ordered or forbidden, in words that do not depend on how it is said. */
  readonly subject: string
  readonly demand: 'must' | 'must-not'
  /** From 1, in the text that was given. */
  readonly line: number
}

/** Most norms of one document, and longest sentence in UTF-16 code units; what is longer is no clear rule. */
const limits = { norms: 2000, sentenceUnits: 400 } as const

/**
 * Finds the sentences of a text that say plainly that something must or must not be: "X must (not) Y", "X is
 * required/forbidden", 「Xは必須」「Xは禁止」「Xしなければならない」「Xしてはならない」. Code, questions and sentences that say it any other
 * way are passed over: better to miss a rule than to invent one.
 */
export function findNorms(text: string): readonly Norm[] {
  const norms: Norm[] = []
  let isCode = false
  for (const [at, line] of text.split('\n').entries()) {
    if (/^\s{0,3}(?:```|~~~)/.test(line)) isCode = !isCode
    if (isCode) continue
    for (const sentence of line.split(/[.!。！;；](?=\s|$)|。/u)) {
      if (norms.length >= limits.norms) return norms
      if (sentence.length > limits.sentenceUnits || /[?？]/u.test(sentence)) continue
      const norm = readNorm(sentence)
      if (norm) norms.push({ ...norm, line: at + 1 })
    }
  }
  return norms
}

type Reading = Pick<Norm, 'subject' | 'demand'> | undefined

function readNorm(sentence: string): Reading {
  const plain = sentence.normalize('NFKC').toLowerCase()
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(plain)
    ? readJapanese(plain)
    : readEnglish(plain)
}

const states: ReadonlyMap<string, Norm['demand']> = new Map([
  ['required', 'must'],
  ['mandatory', 'must'],
  ['forbidden', 'must-not'],
  ['prohibited', 'must-not'],
])

const fillers: ReadonlySet<string> = new Set(['a', 'an', 'the', 'always', 'all', 'any', 'every', 'each'])
const conditions: ReadonlySet<string> = new Set(['if', 'unless', 'when', 'except', 'until', 'without', 'or'])

function readEnglish(sentence: string): Reading {
  const words = (sentence.match(/[\p{L}\p{N}_'-]+/gu) ?? []).filter(
    (word) => !fillers.has(word) && /[\p{L}\p{N}]/u.test(word),
  )
  const joined = words.flatMap((word) => (word === "mustn't" ? ['must', 'not'] : [word]))
  // Two rules that hold under different conditions do not contradict each other.
  if (joined.some((word) => conditions.has(word))) return undefined
  const musts = joined.filter((word) => word === 'must').length
  if (musts === 1) return readMust(joined)
  const verb = joined.at(-2)
  const state = musts === 0 && (verb === 'is' || verb === 'are') ? states.get(joined.at(-1) ?? '') : undefined
  const subject = joined.slice(0, -2).join(' ')
  return state === undefined || subject === '' ? undefined : { subject: `${subject} :state`, demand: state }
}

function readMust(words: readonly string[]): Reading {
  const at = words.indexOf('must')
  const isDenied = words[at + 1] === 'not' || words[at + 1] === 'never'
  const [who, what] = [words.slice(0, at).join(' '), words.slice(isDenied ? at + 2 : at + 1).join(' ')]
  if (who === '' || what === '') return undefined
  return { subject: `${who} must ${what}`, demand: isDenied ? 'must-not' : 'must' }
}

/** Endings, the longer ones first, with what they demand. */
const endings: readonly (readonly [string, Norm['demand']])[] = [
  ['しなければならない', 'must'],
  ['しなければなりません', 'must'],
  ['してはならない', 'must-not'],
  ['してはなりません', 'must-not'],
  ['してはいけない', 'must-not'],
  ['してはいけません', 'must-not'],
  ['は必須', 'must'],
  ['が必須', 'must'],
  ['は禁止', 'must-not'],
  ['が禁止', 'must-not'],
  ['を禁止', 'must-not'],
]
const politeEndings = ['である', 'とする', 'とします', 'する', 'します', 'です', 'だ'] as const

function readJapanese(sentence: string): Reading {
  const plain = sentence.replaceAll(/[^\p{L}\p{N}]/gu, '')
  const polite = politeEndings.find((ending) => plain.endsWith(ending))
  const bare = polite === undefined ? plain : plain.slice(0, -polite.length)
  for (const [ending, demand] of endings) {
    for (const candidate of [plain, bare]) {
      const subject = candidate.slice(0, -ending.length)
      if (candidate.endsWith(ending) && subject !== '') return { subject, demand }
    }
  }
  return undefined
}
