import { readTokens, type Token } from '../../scripts/layers/tokens.mjs'

const MODIFIERS = new Set(['concurrent', 'sequential', 'each', 'for'])

/**
 * The titles of the tests in a source text: of `it('…')`, `test('…')` and tables (`it.each(…)('…')`).
 *
 * A test that is written to be skipped (`it.skip`, `it.todo`, `it.runIf(…)`) proves nothing and has no title here; so
 * does one whose title is computed.
 */
export function readTestTitles(source: string): readonly string[] {
  const tokens = readTokens(source)
  return tokens.flatMap((token, index) => {
    const isCall = token.kind === 'word' && (token.text === 'it' || token.text === 'test')
    if (!isCall || isPunctuation(tokens[index - 1], '.')) return []
    const title = findTitle(tokens, index + 1)
    return title === undefined ? [] : [title]
  })
}

function findTitle(tokens: readonly Token[], start: number): string | undefined {
  let index = start
  let isTable = false
  while (isPunctuation(tokens[index], '.')) {
    const modifier = tokens[index + 1]?.text ?? ''
    if (!MODIFIERS.has(modifier)) return undefined
    isTable ||= modifier === 'each' || modifier === 'for'
    index += 2
  }
  if (isTable) index = skipTable(tokens, index)
  const title = tokens[index + 1]
  return isPunctuation(tokens[index], '(') && title?.kind === 'string' ? title.text : undefined
}

/** The index after `( … )`, or after a type argument and that. */
function skipTable(tokens: readonly Token[], start: number): number {
  let index = start
  while (index < tokens.length && !isPunctuation(tokens[index], '(')) index += 1
  let depth = 0
  do {
    if (isPunctuation(tokens[index], '(')) depth += 1
    if (isPunctuation(tokens[index], ')')) depth -= 1
    index += 1
  } while (depth > 0 && index < tokens.length)
  return index
}

function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.kind === 'punctuation' && token.text === text
}
