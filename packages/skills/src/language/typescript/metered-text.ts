/** Thrown into the parser when a source costs more than it may. */
export class TextTooCostly extends Error {}

/** What a parser asks a text for while it works through it. */
export interface TextReader {
  charCodeAt(index: number): number
}

/**
 * A text that counts how often a parser reads it, and stops it with {@link TextTooCostly}. Where TypeScript is ambiguous
 * (`f<T>(…)`: a call or two comparisons) the parser tries one way and then the other, so 20 nested openings with a mistake
 * at the end are read a million times: a hundred bytes would keep the process busy for minutes.
 */
export class MeteredText extends String implements TextReader {
  /** An ordinary source is read two or three times; small ones get some more for their surroundings. */
  #reads: number

  constructor(text: string) {
    super(text)
    this.#reads = 5 * text.length + 50_000
  }

  override charCodeAt(index: number): number {
    this.#spend(1)
    return super.charCodeAt(index)
  }

  /**
   * The parser skips a comment by this, and then looks for the end of the comment's last line, which for thousands of
   * comments on one long line is most of the work.
   */
  override indexOf(search: string, from = 0): number {
    const found = super.indexOf(search, from)
    const end = found === -1 ? this.length : found
    const lineEnd = super.indexOf('\n', end)
    this.#spend(end - from + ((lineEnd === -1 ? this.length : lineEnd) - end) / 8)
    return found
  }

  #spend(reads: number): void {
    this.#reads -= reads
    if (this.#reads < 0) throw new TextTooCostly()
  }
}
