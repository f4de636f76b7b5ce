const strong: ReadonlySet<string> = new Set(['must', 'required', 'always', 'never', 'shall', 'mandatory', 'prohibited'])
const negations: ReadonlySet<string> = new Set([
  'not',
  'no',
  'isn',
  'aren',
  "isn't",
  "aren't",
  "doesn't",
  'non',
  'never',
])

/** Each with what may not stand directly before or behind it, where it would mean something else. */
const phrases: readonly { readonly phrase: string; readonly notAfter?: RegExp; readonly notBefore?: RegExp }[] = [
  { phrase: '必須', notBefore: /^(?:では(?:ない|ありません)|でない)/ },
  { phrase: '必ず', notBefore: /^しも/ },
  { phrase: 'なければならない' },
  { phrase: 'なければなりません' },
  { phrase: 'ねばならない' },
  { phrase: 'てはならない' },
  { phrase: 'てはなりません' },
  { phrase: 'てはいけない' },
  { phrase: 'てはいけません' },
  { phrase: '禁止', notBefore: /^(?:され|し)てい(?:ない|ません)/ },
  { phrase: '常に', notAfter: /[非異正通日平尋]$/ },
  { phrase: '決して' },
  {
    phrase: '必要',
    notAfter: /不$/,
    notBefore: /^(?:は?(?:ない|ありません)|が(?:ない|ありません)|に応じ|なら|な場合|であれば|があれば|最小|最低)/,
  },
]

/**
 * Whether a sentence obliges: it says must, required, always, never, shall, mandatory, prohibited or may not, or one of
 * their Japanese counterparts. What stands in backticks is a name; "not required" and 必要に応じて oblige nobody, and
 * 非常に only contains 常に.
 */
export function isNormative(sentence: string): boolean {
  const text = sentence
    .split('`')
    .filter((_, index) => index % 2 === 0)
    .join(' ')
    .normalize('NFKC')
    .toLowerCase()
  return (
    isNormativeEnglish(text.match(/[\p{Script=Latin}\p{N}_']+/gu) ?? []) || phrases.some((one) => occurs(text, one))
  )
}

function isNormativeEnglish(words: readonly string[]): boolean {
  return words.some((word, index) => {
    const before = words[index - 1] ?? ''
    if (word === 'may' && words[index + 1] === 'not') return true
    if (!strong.has(word)) return false
    return word === 'must' || word === 'shall' || word === 'never' || !negations.has(before)
  })
}

function occurs(text: string, { phrase, notAfter, notBefore }: (typeof phrases)[number]): boolean {
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + phrase.length)) {
    const isOther = notAfter?.test(text.slice(Math.max(0, at - 1), at)) ?? false
    const isWeak = notBefore?.test(text.slice(at + phrase.length, at + phrase.length + 12)) ?? false
    if (!isOther && !isWeak) return true
  }
  return false
}
