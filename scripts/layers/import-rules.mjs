import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { findRow, matches, mayImportAnything, mayImportRow, mayLoad } from './table.mjs'

const TEST = /\.test\.[cm]?tsx?$/

/** Whether a file is a test, which the rules allow more than a source. */
export function isTest(path) {
  return TEST.test(path)
}

/**
 * What an import leads to: the path of a file for relative imports and `@rumi/<package>/<folder>`, and the name of the
 * builtin or npm package for the others.
 *
 * @param {string} from Path of the importing file, relative to the repository.
 * @param {string} specifier
 * @returns {{ path?: string, builtin?: string, package?: string }}
 */
export function resolveImport(from, specifier) {
  if (/^\.\.?(?:\/|$)/.test(specifier)) return { path: posix.join(posix.dirname(from), specifier) }
  // A builtin that only newer releases of Node know still begins with "node:".
  if (specifier.startsWith('node:')) return { builtin: specifier }
  if (isBuiltin(specifier)) return { builtin: `node:${specifier}` }
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (!specifier.startsWith('@rumi/')) return { package: name }
  return { package: name, path: posix.join('packages', parts[1] ?? '', 'src', ...parts.slice(2), 'index.ts') }
}

/**
 * The reasons why a file must not have an import, as messages; none when it may.
 *
 * @param {object} table What `readTable` returns.
 * @param {{ path: string, row: object }} file
 * @param {string | undefined} specifier Undefined when it is computed.
 */
export function checkImport(table, file, specifier) {
  if (specifier === undefined) {
    const isAllowed = table.mayComputeImports.some((pattern) => matches(pattern, file.row.name))
    return isAllowed ? [] : ['computes what it imports; write the name as a literal, so that it can be checked']
  }
  const target = resolveImport(file.path, specifier)
  return [
    ...checkLoaded(table, file, target),
    ...(target.path === undefined ? [] : checkPath(table, file, { specifier, path: target.path })),
  ]
}

function checkLoaded(table, file, target) {
  const name = target.builtin ?? target.package
  if (name === undefined) return []
  const allowed = target.builtin === undefined ? table.packages : table.builtins
  if (mayLoad(allowed, file.row, name) || mayAsTest(table, file, name)) return []
  const noun = target.builtin === undefined ? 'package' : 'builtin'
  return [`must not use the ${noun} "${name}" (row ${file.row.name})`]
}

function checkPath(table, file, { specifier, path }) {
  const row = findRow(table, path)
  if (mayImportAnything(file.row) && !path.startsWith('../')) return []
  if (row === undefined) return [`imports "${specifier}", which is in no row of architecture.json`]
  const problems = []
  if (!mayImportRow(file.row, row) && !mayAsTest(table, file, row.name)) {
    problems.push(`row ${file.row.name} must not import row ${row.name} ("${specifier}")`)
  }
  if (specifier.startsWith('.') && packageOf(path) !== undefined && packageOf(path) !== packageOf(file.path)) {
    problems.push(`reaches into another package by path; import it as "@rumi/…" ("${specifier}")`)
  } else if (row !== file.row && row.path !== path && posix.basename(path) !== 'index.ts' && !isTest(file.path)) {
    problems.push(`reaches past the index.ts of row ${row.name} ("${specifier}")`)
  }
  return problems
}

function mayAsTest(table, file, name) {
  return isTest(file.path) && table.testsMay.some((pattern) => matches(pattern, name))
}

/** The name of the package that holds a file, or undefined when the file lies outside of packages. */
function packageOf(path) {
  return path.startsWith('packages/') ? path.split('/')[1] : undefined
}
