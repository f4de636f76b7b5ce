import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folders whose files the checks read. Whatever is missing is left out. */
const FOLDERS = ['packages', 'packs', 'tests', 'bench', 'scripts', 'bin']
const SKIPPED = new Set(['node_modules', 'coverage', '.rumi', '__pycache__'])
const MEASURED = /\.(?:[cm]?[jt]sx?|py)$/

/**
 * Every TypeScript, JavaScript and Python file of the repository, sorted by path.
 *
 * A symbolic link is returned with `isLink` and without text: following it could leave the repository, and skipping it
 * silently would hide a file from the checks.
 *
 * @param {string} root Folder of the repository.
 * @returns {{ path: string, text: string, isLink: boolean }[]} Paths relative to `root`, with `/`.
 */
export function listFiles(root) {
  const files = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => listFolder(root, folder))
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function listFolder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (SKIPPED.has(entry.name)) return []
    if (entry.isSymbolicLink()) return [{ path, text: '', isLink: true }]
    if (entry.isDirectory()) return listFolder(root, path)
    if (!entry.isFile() || !MEASURED.test(entry.name)) return []
    return [{ path, text: readFileSync(join(root, path), 'utf8'), isLink: false }]
  })
}
