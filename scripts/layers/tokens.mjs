/**
 * Splits JavaScript or TypeScript source into words, strings and punctuation, without comments.
 * It exists so that a check never mistakes the text of a comment or a string for code. It does not parse.
 */

const WORDS_BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new else do instanceof await yield'.split(' '),
)
const WORD = /[\p{L}\p{N}_$]+/uy
const SPACE = /[^\S\n]+/y
const ESCAPES = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }

/**
 * The tokens of a source text in order.
 *
 * A token is `{ kind, text, line }`; `kind` is `word` (names, keywords, numbers), `string` (also a template without
 * `${}`; `text` is its value), `template` (one literal piece of a template with `${}`, whose expressions follow as
 * tokens of their own), `regex` or `punctuation` (one character). `line` counts from 1. Text that does not lex, such as an unclosed string, ends
 * at its line and never throws.
 *
 * @param {string} source
 */
export function readTokens(source) {
  const state = { source, at: source.startsWith('#!') ? endOfLine(source, 0) : 0, line: 1, tokens: [], braces: [] }
  while (state.at < source.length) readToken(state)
  return state.tokens
}

function readToken(state) {
  const { source, at } = state
  const character = source[at]
  if (character === '\n') return skip(state, at + 1)
  if (source.startsWith('//', at)) return skip(state, endOfLine(source, at))
  if (source.startsWith('/*', at)) return skip(state, indexAfter(source, '*/', at + 2))
  if (character === '"' || character === "'") return readString(state, character)
  if (character === '`') return readTemplate(state, true)
  if (character === '}' && state.braces.at(-1) === 0) return closeExpression(state)
  if (character === '/' && mayStartRegex(state.tokens.at(-1))) return readRegex(state)
  const space = matchAt(SPACE, source, at)
  if (space !== undefined) return skip(state, at + space.length)
  const word = matchAt(WORD, source, at)
  if (word !== undefined) return emit(state, 'word', { text: word, end: at + word.length })
  if (state.braces.length > 0 && character === '{') state.braces[state.braces.length - 1] += 1
  if (state.braces.length > 0 && character === '}') state.braces[state.braces.length - 1] -= 1
  return emit(state, 'punctuation', { text: character, end: at + 1 })
}

function readString(state, quote) {
  let text = ''
  let at = state.at + 1
  while (at < state.source.length && state.source[at] !== quote && state.source[at] !== '\n') {
    const [value, next] = readCharacter(state.source, at)
    text += value
    at = next
  }
  emit(state, 'string', { text, end: state.source[at] === quote ? at + 1 : at })
}

/** Reads a template's literal piece from its backtick, or from the `}` that closed an expression. */
function readTemplate(state, isFirst) {
  let text = ''
  let at = state.at + 1
  while (at < state.source.length && state.source[at] !== '`' && !state.source.startsWith('${', at)) {
    const [value, next] = readCharacter(state.source, at)
    text += value
    at = next
  }
  const isExpression = state.source.startsWith('${', at)
  emit(state, isFirst && !isExpression ? 'string' : 'template', { text, end: at + (isExpression ? 2 : 1) })
  if (isExpression) state.braces.push(0)
}

function closeExpression(state) {
  state.braces.pop()
  readTemplate(state, false)
}

/** `/` divides after a value and starts a regular expression elsewhere; `)`, `]` and `}` count as values. */
function mayStartRegex(previous) {
  if (previous === undefined) return true
  if (previous.kind === 'word') return WORDS_BEFORE_REGEX.has(previous.text)
  return previous.kind === 'punctuation' && !')]}'.includes(previous.text)
}

function readRegex(state) {
  const end = endOfLine(state.source, state.at)
  let at = state.at + 1
  let isInClass = false
  while (at < end && (isInClass || state.source[at] !== '/')) {
    if (state.source[at] === '[') isInClass = true
    if (state.source[at] === ']') isInClass = false
    at += state.source[at] === '\\' ? 2 : 1
  }
  emit(state, 'regex', { text: state.source.slice(state.at, at + 1), end: Math.min(at + 1, end) })
}

/** One character of a string and where the next begins; `\x69` and `\u{69}` are decoded, so they hide no name. */
function readCharacter(source, at) {
  if (source[at] !== '\\') return [source[at], at + 1]
  const coded = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})/iy
  const hex = matchAt(coded, source, at)
  if (hex !== undefined) return [decodeHex(hex), at + hex.length]
  const escaped = source[at + 1] ?? ''
  return [escaped === '\n' ? '' : (ESCAPES[escaped] ?? escaped), at + 2]
}

function decodeHex(escape) {
  const code = Number.parseInt(escape.replace(/[^0-9a-f]/gi, ''), 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

function emit(state, kind, { text, end }) {
  state.tokens.push({ kind, text, line: state.line })
  skip(state, end)
}

function skip(state, end) {
  for (let at = state.at; at < end; at += 1) if (state.source[at] === '\n') state.line += 1
  state.at = end
}

function matchAt(pattern, source, at) {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function endOfLine(source, at) {
  const end = source.indexOf('\n', at)
  return end === -1 ? source.length : end
}

function indexAfter(source, text, from) {
  const found = source.indexOf(text, from)
  return found === -1 ? source.length : found + text.length
}
