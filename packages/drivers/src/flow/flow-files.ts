import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  lstatSync,
  type BigIntStats,
  type Dirent,
} from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '@rumi/kernel/base'
import type { FlowSource } from '@rumi/kernel/flow'

/** A flow file of the operator, as read. */
export interface FlowFile {
  /** Relative to the home. */
  readonly file: string
  readonly source: FlowSource
  readonly bytes: Buffer
}

/** What the operator's flow folders hold. */
export interface FlowFolderReading {
  readonly files: readonly FlowFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The operator's flow folders, strongest first, relative to the home. */
const folders: readonly { readonly path: string; readonly source: FlowSource }[] = [
  { path: 'flows', source: { kind: 'official' } },
  { path: 'user_data/shared/flows', source: { kind: 'shared' } },
]

const endings = ['.flow.yaml', '.flow.yml', '.flow.json']
const MAX_FILES = 5000

/** Places of the past that are not read. (operations §Troubleshooting) */
const legacyFolders = ['flow', 'ecosystem/flows']

/** Tells whether a path names a flow; modifiers have a folder of their own. (pack-development §Flow定義) */
export function isFlowPath(path: string): boolean {
  return endings.some((ending) => path.endsWith(ending)) && !path.split('/').includes('modifiers')
}

/**
 * Reads the operator's flow files. Links and special files are left out with a diagnostic; of a file that is too large
 * only one byte more than `maxBytes` is read, for the parser to refuse. A folder that cannot be read, or files beyond
 * the first 5000, take nothing from the others.
 */
export function readFlowFiles(home: string, maxBytes: number): FlowFolderReading {
  const files: FlowFile[] = []
  const listing = listFlowFiles(home)
  const diagnostics = [...listing.diagnostics, ...warnOfLegacyFolders(home)]
  for (const { path, facts, source } of listing.files) {
    if (!facts.isFile()) {
      const message = 'a flow must be a regular file, not a link'
      diagnostics.push({ severity: 'error', code: 'flow.not_a_file', message, file: path })
      continue
    }
    try {
      files.push({ file: path, source, bytes: readBounded(join(home, path), maxBytes) })
    } catch (error) {
      diagnostics.push(unreadable(path, error))
    }
  }
  return { files, diagnostics }
}

function warnOfLegacyFolders(home: string): readonly Diagnostic[] {
  return legacyFolders
    .filter((folder) => lstatSync(join(home, folder), { throwIfNoEntry: false })?.isDirectory())
    .map((folder) => ({
      severity: 'warning',
      code: 'flow.legacy_folder',
      message: 'flows in this folder are not read any more',
      file: folder,
      hint: 'Move them to flows/, user_data/shared/flows/ or a flows/ folder of a pack.',
    }))
}

/** A text that changes when one of the operator's flow files may have changed; cheap enough for every run. */
export function fingerprintFlowFiles(home: string): string {
  const { files, diagnostics } = listFlowFiles(home)
  const problems = diagnostics.map(({ code, file }) => `${code}\0${file}`)
  const facts = files.map(({ path, facts }) => [path, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join('\0'))
  return [...problems, ...facts].join('\n')
}

interface Listed {
  readonly path: string
  readonly facts: BigIntStats
  readonly source: FlowSource
}

interface Listing {
  readonly files: Listed[]
  readonly diagnostics: Diagnostic[]
}

function listFlowFiles(home: string): Listing {
  const listing: Listing = { files: [], diagnostics: [] }
  for (const { path, source } of folders) {
    const paths = walk(home, path, listing.diagnostics)
    if (paths.length > MAX_FILES) {
      const message = `more than ${MAX_FILES} flow files; the rest is left out`
      listing.diagnostics.push({ severity: 'error', code: 'flow.too_many', message, file: path })
    }
    for (const file of paths.slice(0, MAX_FILES)) {
      // Gone since the folder was listed: an editor replaces a file by renaming another one.
      const facts = lstatSync(join(home, file), { bigint: true, throwIfNoEntry: false })
      if (facts) listing.files.push({ path: file, facts, source })
    }
  }
  return listing
}

/** Sorted; stops soon after there are too many. */
function walk(home: string, folder: string, diagnostics: Diagnostic[]): readonly string[] {
  const found: string[] = []
  const open = [folder]
  while (open.length > 0 && found.length <= MAX_FILES) {
    const current = open.pop() ?? ''
    for (const entry of listFolder(home, current, diagnostics)) {
      const path = `${current}/${entry.name}`
      if (entry.isDirectory()) open.push(path)
      else if (isFlowPath(path)) found.push(path)
    }
  }
  return found.toSorted()
}

function listFolder(home: string, folder: string, diagnostics: Diagnostic[]): readonly Dirent[] {
  try {
    return readdirSync(join(home, folder), { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') diagnostics.push(unreadable(folder, error))
    return []
  }
}

function unreadable(path: string, error: unknown): Diagnostic {
  return { severity: 'error', code: 'flow.unreadable', message: `cannot be read (${codeOf(error)})`, file: path }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

function readBounded(path: string, maxBytes: number): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!fstatSync(descriptor).isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOTFILE' })
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = readSync(descriptor, buffer, length, buffer.length - length, null)
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}
