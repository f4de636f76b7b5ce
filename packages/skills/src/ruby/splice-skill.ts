/** A part of a text in UTF-16 code units: `[start, end)`. */
export interface Region {
  readonly start: number
  readonly end: number
}

/**
 * Puts another text in the place of a skill.
 *
 * @param region - Of a skill of exactly this text.
 * @param replacement - Undefined removes the skill, and with it its line and one blank line next to it, unless something
 *   else stands on that line.
 */
export function spliceSkill(text: string, region: Region, replacement: string | undefined): string {
  if (replacement !== undefined) return text.slice(0, region.start) + replacement + text.slice(region.end)
  const start = skipBlanks(text, region.start, -1)
  const end = skipBlanks(text, region.end, 1)
  const isAlone = (start === 0 || text[start - 1] === '\n') && (end === text.length || isBreak(text, end))
  if (!isAlone) return text.slice(0, region.start) + text.slice(region.end)
  const after = skipBreak(text, end)
  const next = skipBlanks(text, after, 1)
  if (after < text.length && isBreak(text, next)) return text.slice(0, start) + text.slice(skipBreak(text, next))
  return text.slice(0, next === text.length ? dropBlankLine(text, start) : start) + text.slice(after)
}

function skipBlanks(text: string, from: number, step: 1 | -1): number {
  let at = from
  const look = (): string | undefined => text[step === 1 ? at : at - 1]
  while (look() === ' ' || look() === '\t') at += step
  return at
}

function isBreak(text: string, at: number): boolean {
  return text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')
}

function skipBreak(text: string, at: number): number {
  if (text[at] === '\n') return at + 1
  return isBreak(text, at) ? at + 2 : at
}

/** Where the blank line before a line starts, or the line when there is none. */
function dropBlankLine(text: string, lineStart: number): number {
  if (text[lineStart - 1] !== '\n') return lineStart
  const breakStart = text[lineStart - 2] === '\r' ? lineStart - 2 : lineStart - 1
  const start = skipBlanks(text, breakStart, -1)
  return start === 0 || text[start - 1] === '\n' ? start : lineStart
}
