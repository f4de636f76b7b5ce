import { readTokens } from './tokens.mjs'

/**
 * Everything a source text loads: `import … from 'x'`, `import 'x'`, `export … from 'x'`, `import('x')` (also as a
 * type), `require('x')` and `process.getBuiltinModule('x')`.
 *
 * `specifier` is undefined when it is computed (`import(name)`): what is loaded then cannot be read from the source.
 *
 * @param {string} source
 * @returns {{ specifier: string | undefined, line: number }[]}
 */
export function findImports(source) {
  const tokens = readTokens(source)
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word') return []
    const next = tokens[index + 1]
    if (isImportWord(token, tokens[index - 1]) && next?.kind === 'string')
      return [{ specifier: next.text, line: next.line }]
    if (!isLoadingCall(token, tokens[index - 1]) || next?.text !== '(' || next.kind !== 'punctuation') return []
    return [{ specifier: literalArgument(tokens, index + 2), line: token.line }]
  })
}

/** `from 'x'` and `import 'x'` are only legal in an import or export, so the statement around them need not be read. */
function isImportWord(token, previous) {
  return (token.text === 'from' || token.text === 'import') && previous?.text !== '.'
}

/** `loader.import(x)` and `{ import(x) {} }` of someone's own are not told apart from the real thing: rename them. */
function isLoadingCall(token, previous) {
  if (token.text === 'getBuiltinModule') return true
  return (token.text === 'import' || token.text === 'require') && previous?.text !== '.'
}

function literalArgument(tokens, index) {
  const [argument, after] = [tokens[index], tokens[index + 1]]
  const isWhole = after?.kind === 'punctuation' && (after.text === ')' || after.text === ',')
  return argument?.kind === 'string' && isWhole ? argument.text : undefined
}
