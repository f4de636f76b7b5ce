import { isTest } from './import-rules.mjs'
import { readTokens } from './tokens.mjs'

const KERNEL = 'packages/kernel/src/'

/**
 * Words of applications in a kernel source, its comments and its path: the kernel favours no application, so it must
 * not speak of one. Parts of longer words count, because `ToolName` speaks of it too.
 *
 * @param {object} table What `readTable` returns.
 * @param {{ path: string, text: string }} file
 * @returns {{ line: number, message: string }[]}
 */
export function findForbiddenWords(table, { path, text }) {
  if (!path.startsWith(KERNEL) || isTest(path)) return []
  return [path.slice(KERNEL.length), ...text.split('\n')].flatMap((content, index) => {
    const rest = removeAll(separateWords(content), table.exemptWordsInKernel)
    const found = table.forbiddenWordsInKernel.filter((word) => rest.includes(word))
    const where = index === 0 ? ' in its path' : ''
    return found.map((word) => ({ line: Math.max(index, 1), message: `the kernel must not say "${word}"${where}` }))
  })
}

/**
 * Code in a kernel source that reads a clock, makes up chance or reaches the machine without an import. Those arrive as
 * arguments. Names after a dot are someone's own (`ports.fetch(…)`) and are fine.
 *
 * @param {object} table What `readTable` returns.
 * @param {{ path: string, text: string }} file
 * @returns {{ line: number, message: string }[]}
 */
export function findForbiddenCode(table, { path, text }) {
  if (!path.startsWith(KERNEL) || isTest(path)) return []
  const tokens = readTokens(text)
  return table.forbiddenCodeInKernel.flatMap((snippet) => {
    const wanted = readTokens(snippet)
    return tokens
      .filter((token, index) => tokens[index - 1]?.text !== '.' && startsWith(tokens, index, wanted))
      .map((token) => ({ line: token.line, message: `the kernel must not use "${snippet}"; take it as an argument` }))
  })
}

function startsWith(tokens, index, wanted) {
  return wanted.every(
    ({ kind, text }, offset) => tokens[index + offset]?.kind === kind && tokens[index + offset]?.text === text,
  )
}

/** Lower case, with a space where a word of camelCase begins, so that nothing is found across two words (`tooLong`). */
function separateWords(text) {
  return text.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
}

function removeAll(text, words) {
  return words.reduce((rest, word) => rest.replaceAll(word.toLowerCase(), ' '), text)
}
