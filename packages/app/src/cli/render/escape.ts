/** Everything a terminal obeys or that hides, moves or reorders text; also half characters. */
const OBEYED =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu

/**
 * One line of text that came from a pack, safe to print: a name, a log or an error that holds terminal commands
 * (ANSI escapes), line ends or direction marks could forge what an operator reads before approving (CWE-150).
 */
export function escapeLine(text: string): string {
  return text.replace(OBEYED, writeOut)
}

/** The same for text of several lines: line ends and tabs stay. */
export function escapeText(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === '\n' || character === '\t' ? character : writeOut(character),
  )
}

/** A JSON text with every such character inside its strings written as an escape; still the same JSON value. */
export function escapeJson(value: unknown, indent: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? 'null'
  return text.replace(OBEYED, (character) =>
    character === '\n' ? character : [...utf16(character)].map((unit) => `\\u${unit}`).join(''),
  )
}

function writeOut(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  if (character === '\r') return '\\r'
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return `\\u{${code.toString(16)}}`
}

function* utf16(character: string): Generator<string> {
  for (let at = 0; at < character.length; at += 1) yield character.charCodeAt(at).toString(16).padStart(4, '0')
}
