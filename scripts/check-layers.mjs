/**
 * Checks that every source file is where `architecture.json` says, and imports only what its row may.
 *
 *     node scripts/check-layers.mjs [root]
 *
 * Prints `file:line message` for each violation and exits with 1 when there is one, or when there was no file to read.
 */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCycles } from './layers/cycles.mjs'
import { listFiles } from './layers/files.mjs'
import { checkImport, resolveImport } from './layers/import-rules.mjs'
import { findImports } from './layers/imports.mjs'
import { findForbiddenCode, findForbiddenWords } from './layers/kernel-rules.mjs'
import { findRow, findTableMistakes, readTable } from './layers/table.mjs'

const MAX_LINES = 400
const SOURCE = /\.[cm]?[jt]sx?$/
const OWN_MACHINERY = /^(?:scripts|bin)\//

process.exitCode = main(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))

function main(folder) {
  const root = realpathSync(resolve(folder))
  const table = readTable(root)
  const files = listFiles(root)
  const sources = files.filter(({ path }) => SOURCE.test(path) && !OWN_MACHINERY.test(path))
  const checked = sources.map((file) => ({ ...file, row: findRow(table, file.path), imports: findImports(file.text) }))
  const violations = [
    ...findTableMistakes(table).map((message) => violation('architecture.json', 1, message)),
    ...files.flatMap(checkShape),
    ...checked.flatMap((file) => checkSource(table, file)),
    ...checkCycles(checked),
  ]
  if (sources.length === 0)
    violations.push(violation('architecture.json', 1, 'no source file was found; nothing is checked'))
  const imports = checked.reduce((sum, file) => sum + file.imports.length, 0)
  for (const line of violations) console.log(line)
  console.log(`${sources.length} files, ${imports} imports, ${violations.length} violations`)
  return violations.length === 0 ? 0 : 1
}

function checkShape({ path, text, isLink }) {
  if (isLink) return [violation(path, 1, 'is a symbolic link, which is not followed; put the file here')]
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return lines > MAX_LINES ? [violation(path, MAX_LINES + 1, `has ${lines} lines; ${MAX_LINES} are allowed`)] : []
}

function checkSource(table, file) {
  if (file.row === undefined) return [violation(file.path, 1, 'is in no row of architecture.json')]
  return [
    ...file.imports.flatMap(({ specifier, line }) =>
      checkImport(table, file, specifier).map((message) => violation(file.path, line, message)),
    ),
    ...[...findForbiddenWords(table, file), ...findForbiddenCode(table, file)].map(({ line, message }) =>
      violation(file.path, line, message),
    ),
  ]
}

function checkCycles(checked) {
  const known = new Set(checked.map(({ path }) => path))
  const graph = new Map(checked.map((file) => [file.path, importedFiles(file).filter(({ to }) => known.has(to))]))
  return findCycles(graph).map(({ file, line, path }) =>
    violation(file, line, `closes an import cycle: ${path.join(' → ')}`),
  )
}

function importedFiles({ path, imports }) {
  return imports.flatMap(({ specifier, line }) => {
    const target = specifier === undefined ? {} : resolveImport(path, specifier)
    return target.path === undefined ? [] : [{ to: target.path, line }]
  })
}

function violation(file, line, message) {
  return `${file}:${line} ${message}`
}
