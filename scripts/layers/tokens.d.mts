/** One piece of source text; see `tokens.mjs` for what each kind means. */
export type Token = {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'punctuation'
  readonly text: string
  /** Line of the first character, from 1. */
  readonly line: number
}

/** The tokens of a source text in order, without comments. Never throws. */
export function readTokens(source: string): readonly Token[]
