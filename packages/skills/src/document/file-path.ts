import { err, ok, type Outcome } from '@rumi/kernel/base'
import { nounOf, type DocumentId } from './id.ts'
import { archiveMetaFile } from './scan.ts'

/** Most names in a file's path inside of a document; the folders above it need the rest of what a data folder allows. */
const maxDepth = 12

/** Longest name in bytes of UTF-8: a file that is being written has a longer one. */
const maxNameBytes = 200

/**
 * Checks the paths of files that are to be a document together: each leads to one place below the document's folder and no
 * other, on every machine; none occurs twice, and none is the folder of another. (path containment)
 */
export function checkFilePaths(id: DocumentId, paths: readonly string[]): Outcome<null> {
  const files = new Set<string>()
  const folders = new Set<string>()
  for (const path of paths) {
    const names = path.split('/')
    if (names.length > maxDepth || !names.every(isFileName) || path === archiveMetaFile) return refuse(id, path)
    if (files.has(path)) return refuse(id, path)
    files.add(path)
    for (let end = 1; end < names.length; end += 1) folders.add(names.slice(0, end).join('/'))
  }
  const both = paths.find((path) => folders.has(path))
  return both === undefined ? ok(null) : refuse(id, both)
}

/** Neither a step up nor a separator of any system, and no name under which a data folder keeps a write that goes on. */
function isFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\\\p{Cc}]/u.test(name)) return false
  if (/\.tmp-[0-9a-f]{16}$/.test(name)) return false
  return name.isWellFormed() && Buffer.byteLength(name) <= maxNameBytes
}

function refuse(id: DocumentId, path: string): Outcome<null> {
  const message = `The path ${JSON.stringify(path.slice(0, 200))} cannot be a file of a document.`
  const hint = 'Use a relative path of plain names, each path once.'
  return err({ code: `${nounOf(id.layer)}.file_path`, status: 422, message, hint })
}
