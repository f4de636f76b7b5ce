import { err, ok, sha256Hex, type Result } from '@rumi/kernel/base'
import { z } from 'zod'
import { contentHashSchema } from '../base/index.ts'
import { compareTexts, isPathName, stateLimits } from './path.ts'

const nameSchema = z.string().refine(isPathName, 'not one name of a path')

/** A file in a folder object. `executable` is there only when it holds, so that one folder has one text. */
const fileEntrySchema = z.strictObject({
  name: nameSchema,
  kind: z.literal('file'),
  /** SHA-256 of the file's bytes. */
  hash: contentHashSchema,
  size: z.int().nonnegative(),
  executable: z.literal(true).optional(),
})

/** A folder in a folder object, by the hash of its own object. */
const folderEntrySchema = z.strictObject({
  name: nameSchema,
  kind: z.literal('folder'),
  hash: contentHashSchema,
})

const entrySchema = z.discriminatedUnion('kind', [fileEntrySchema, folderEntrySchema])
const folderObjectSchema = z.strictObject({ v: z.literal(1), entries: z.array(entrySchema).max(stateLimits.files) })

/** One name of a folder with what stands behind it. */
export type FolderEntry = z.infer<typeof entrySchema>

/**
 * Stands before a folder's text when it is hashed, so that a folder's hash is no file's with the same text. (RFC 9162
 * §2.1 does so with one byte.) A store that names content by its SHA-256 keeps a folder as this and the text.
 */
export const folderObjectDomain = 'rumi.state-folder.v1\n'

/** UTF-16 code units: room for every file of a state in one folder, with names and hashes. */
const objectUnits = 128 * 1024 * 1024

/** Why a state cannot be read: an object is `missing`, or is not what its hash says, or is no object of a state. */
export interface StateFault {
  readonly kind: 'missing' | 'damaged' | 'malformed' | 'too-large'
  /** The object's hash. */
  readonly hash: string
  /** The folder it stands for; '' for the whole state. */
  readonly path: string
}

/**
 * The one text of a folder and its hash. Entries must be in order of name, with names and hashes as their schema says.
 * The text is canonical JSON, put together by hand because ten thousand entries are written at a time.
 */
export function writeFolderObject(entries: readonly FolderEntry[]): { readonly hash: string; readonly text: string } {
  const text = `{"entries":[${entries.map(writeEntry).join(',')}],"v":1}`
  return { hash: hashFolderText(text), text }
}

function writeEntry(entry: FolderEntry): string {
  const name = JSON.stringify(entry.name)
  if (entry.kind === 'folder') return `{"hash":"${entry.hash}","kind":"folder","name":${name}}`
  const flag = entry.executable ? '"executable":true,' : ''
  return `{${flag}"hash":"${entry.hash}","kind":"file","name":${name},"size":${entry.size}}`
}

/** Reads a folder's text that somebody kept for us: the hash first, then every rule of its form. */
export function parseFolderObject(text: string, hash: string): Result<readonly FolderEntry[], StateFault['kind']> {
  if (text.length > objectUnits) return err('too-large')
  if (hashFolderText(text) !== hash) return err('damaged')
  const parsed = folderObjectSchema.safeParse(parseJson(text))
  if (!parsed.success) return err('malformed')
  const { entries } = parsed.data
  // Two texts for one folder would be two roots for one state: keys in another order, a key twice, a space.
  const isSorted = entries.every((entry, at) => at === 0 || compareTexts(entries[at - 1]?.name ?? '', entry.name) < 0)
  return isSorted && writeFolderObject(entries).text === text ? ok(entries) : err('malformed')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no folder object
  }
}

function hashFolderText(text: string): string {
  return sha256Hex(`${folderObjectDomain}${text}`)
}
