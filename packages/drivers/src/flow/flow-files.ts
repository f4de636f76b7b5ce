import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, lstatSync, type BigIntStats } from 'node:fs'
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

/** Tells whether a path names a flow; modifiers have a folder of their own. (pack-development §Flow定義) */
export function isFlowPath(path: string): boolean {
  return endings.some((ending) => path.endsWith(ending)) && !path.split('/').includes('modifiers')
}

/**
 * Reads the operator's flow files. Links and special files are left out with a diagnostic; of a file that is too large
 * only one byte more than `maxBytes` is read, for the parser to refuse.
 */
export function readFlowFiles(home: string, maxBytes: number): FlowFolderReading {
  const files: FlowFile[] = []
  const diagnostics: Diagnostic[] = []
  for (const { path, facts, source } of listFlowFiles(home)) {
    if (!facts.isFile()) {
      diagnostics.push({
        severity: 'error',
        code: 'flow.not_a_file',
        message: 'a flow must be a regular file, not a link',
        file: path,
      })
      continue
    }
    try {
      files.push({ file: path, source, bytes: readBounded(join(home, path), maxBytes) })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      diagnostics.push({ severity: 'error', code: 'flow.unreadable', message: `cannot be read (${code})`, file: path })
    }
  }
  return { files, diagnostics }
}

/** A text that changes when one of the operator's flow files may have changed; cheap enough for every run. */
export function fingerprintFlowFiles(home: string): string {
  return listFlowFiles(home)
    .map(({ path, facts }) => `${path}\0${facts.ino}\0${facts.size}\0${facts.mtimeNs}\0${facts.ctimeNs}`)
    .join('\n')
}

interface Listed {
  readonly path: string
  readonly facts: BigIntStats
  readonly source: FlowSource
}

function listFlowFiles(home: string): readonly Listed[] {
  return folders.flatMap(({ path, source }) =>
    walk(home, path).map((file) => ({ path: file, facts: lstatSync(join(home, file), { bigint: true }), source })),
  )
}

function walk(home: string, folder: string): readonly string[] {
  const found: string[] = []
  const open = [folder]
  while (open.length > 0 && found.length < MAX_FILES) {
    const current = open.pop() ?? ''
    for (const entry of listFolder(join(home, current))) {
      const path = `${current}/${entry.name}`
      if (entry.isDirectory()) open.push(path)
      else if (isFlowPath(path)) found.push(path)
    }
  }
  return found.toSorted()
}

function listFolder(path: string): readonly { readonly name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
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
