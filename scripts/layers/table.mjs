import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Reads `architecture.json`:
 * - `rows`: `{ name, path, may, onlyForTests? }`. A file belongs to the row with the longest `path` (a folder or one
 *   file) that holds it. `may` lists rows it may import: names, `kernel/*` or `*`. A row that is `onlyForTests` is not
 *   meant by `kernel/*`: sources reach it by its name or by `*`.
 * - `builtins`, `packages`: what may be loaded, by the first part of a row's name and, in addition, by its whole name.
 * - `testsMay`: rows, builtins and packages that every `*.test.ts` may load in addition; the rules are for sources.
 * - `mayComputeImports`: rows whose `import(…)` may take something other than a literal.
 * - `forbiddenWordsInKernel`, `exemptWordsInKernel`: words the kernel must not contain, not even inside a longer word,
 *   and the longer words that are fine nevertheless.
 * - `forbiddenCodeInKernel`: snippets of code the kernel must not contain, compared token by token.
 *
 * @param {string} root Folder of the repository.
 */
export function readTable(root) {
  const table = JSON.parse(readFileSync(join(root, 'architecture.json'), 'utf8'))
  if (!Array.isArray(table.rows)) throw new Error('architecture.json has no "rows"')
  return {
    rows: table.rows,
    builtins: table.builtins ?? {},
    packages: table.packages ?? {},
    testsMay: table.testsMay ?? [],
    mayComputeImports: table.mayComputeImports ?? [],
    forbiddenWordsInKernel: table.forbiddenWordsInKernel ?? [],
    exemptWordsInKernel: table.exemptWordsInKernel ?? [],
    forbiddenCodeInKernel: table.forbiddenCodeInKernel ?? [],
  }
}

/** What is wrong with the table itself, as messages: a slip in it must not switch a check off. */
export function findTableMistakes(table) {
  const mistakes = []
  for (const [index, row] of table.rows.entries()) {
    if (table.rows.findIndex((other) => other.name === row.name) !== index)
      mistakes.push(`two rows are called ${row.name}`)
    if (table.rows.findIndex((other) => other.path === row.path) !== index)
      mistakes.push(`two rows have the path ${row.path}`)
    for (const pattern of row.may) {
      if (!table.rows.some((other) => matches(pattern, other.name))) {
        mistakes.push(`row ${row.name} may import ${pattern}, which is no row`)
      }
    }
  }
  return mistakes
}

/** The row a file belongs to, or undefined. */
export function findRow(table, path) {
  return table.rows
    .filter((row) => path === row.path || path.startsWith(`${row.path}/`))
    .reduce((best, row) => (best === undefined || row.path.length > best.path.length ? row : best), undefined)
}

/** Whether files of one row may import files of another; every row may import itself. */
export function mayImportRow(from, to) {
  if (from.name === to.name || mayImportAnything(from)) return true
  if (to.onlyForTests === true) return from.may.includes(to.name)
  return from.may.some((pattern) => matches(pattern, to.name))
}

/** Rows with `"may": ["*"]`, such as tests, are also free to reach into a row past its `index.ts`. */
export function mayImportAnything(row) {
  return row.may.includes('*')
}

/** Whether a row may load a builtin or an npm package: `allowed` is `table.builtins` or `table.packages`. */
export function mayLoad(allowed, row, name) {
  const owner = row.name.split('/')[0]
  const patterns = [...(allowed[owner] ?? []), ...(owner === row.name ? [] : (allowed[row.name] ?? []))]
  return patterns.some((pattern) => matches(pattern, name))
}

/** A pattern is a name, or the beginning of one followed by `*`. */
export function matches(pattern, name) {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}
