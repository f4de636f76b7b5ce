import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const STAMP = 'node_modules/.rumi-lock'

/**
 * Whether node_modules holds what package-lock.json says. The stamp answers at once; without one (somebody ran npm by
 * hand) npm's own record in node_modules is compared, entry by entry.
 *
 * @param {string} root Folder of the repository.
 */
export function isInstalled(root) {
  const lock = read(root, 'package-lock.json')
  if (read(root, 'node_modules/.package-lock.json') === undefined) return false
  if (read(root, STAMP) === digest(lock)) return true
  if (!matchesRecord(JSON.parse(lock).packages, parseRecord(root))) return false
  writeStamp(root)
  return true
}

/** Remembers that the package-lock.json of now is installed. */
export function writeStamp(root) {
  try {
    writeFileSync(join(root, STAMP), digest(read(root, 'package-lock.json')))
  } catch (error) {
    // Somebody else's checkout: without a stamp the next start compares again, which is slower and just as right.
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error
  }
}

function matchesRecord(wanted, installed) {
  const isSame = ([path, entry]) => {
    const found = installed[path]
    if (found === undefined) return path === '' || entry.optional === true
    return found.version === entry.version && found.integrity === entry.integrity
  }
  return Object.entries(wanted).every(isSame) && Object.keys(installed).every((path) => path in wanted)
}

/** npm writes its record last; one that cannot be read belongs to an installation that did not finish. */
function parseRecord(root) {
  try {
    return JSON.parse(read(root, 'node_modules/.package-lock.json')).packages ?? {}
  } catch {
    return {}
  }
}

function read(root, path) {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex')
}
