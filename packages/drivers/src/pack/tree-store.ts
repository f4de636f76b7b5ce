import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, parseStrictJson, sha256Hex, type Diagnostic, type Result, type TreeHash } from '@rumi/kernel/base'
import { treeHashSchema } from '@rumi/kernel/base'
import {
  checkTree,
  fileTreeSchema,
  treeHash,
  type FileTree,
  type StoredTree,
  type TreeEntry,
  type TreeStore,
} from '@rumi/kernel/pack'
import { syncDirectory, temporaryFilePattern, writeFileAtomically } from '../system/index.ts'
import { fingerprintFolder } from './fingerprint.ts'
import { openDirectory, openDirectoryBeneath, readFileBeneath } from './open-beneath.ts'
import { readTree, type TreeReading, type TreeSource } from './read-tree.ts'
import { copyInto, deleteTree, sealTree } from './tree-files.ts'

/** Bounds of a stored list of entries: 5 000 of the longest paths fit. */
const manifestLimits = { maxBytes: 16 * 1024 * 1024, maxDepth: 4 }

/** Where one store keeps things, and which unfinished copies are its own. */
interface Store {
  readonly directory: string
  readonly active: Set<string>
}

/**
 * A `TreeStore` in a directory: `<hex>/` is a tree, `<hex>.json` its list of entries, `tmp-…` a copy that is not
 * finished. Made 0700 when it is first written to; the trees in it are 0555 and 0444, so that another user can read
 * them where they are mounted. One process at a time writes to it.
 */
export function directoryTreeStore(directory: string): TreeStore {
  const store: Store = { directory, active: new Set() }
  return {
    put: (source, signal) => putTree(store, source, signal),
    path: (hash) => treePath(store, hash),
    has: (hash) => hasTree(store, hash),
    readManifest: (hash) => readManifest(store, hash),
    readFile: (hash, path) => readStoredFile(store, hash, path),
    verify: (hash, signal) => verifyTree(store, hash, signal),
    remove: (hash) => removeTree(store, hash),
    sweep: (keep) => sweepStore(store, keep),
  }
}

async function putTree(
  store: Store,
  source: TreeSource,
  signal: AbortSignal | undefined,
): Promise<Result<StoredTree, readonly Diagnostic[]>> {
  // Most scans find what is stored already: look before copying.
  const known = await readInOnePiece(source, { signal })
  if (!known.ok) return known
  if (existsSync(treePath(store, known.value.treeHash))) return confirmStored(store, known.value, signal)
  mkdirSync(store.directory, { recursive: true, mode: 0o700 })
  const name = `tmp-${randomBytes(8).toString('hex')}`
  const staging = join(store.directory, name)
  store.active.add(name)
  try {
    mkdirSync(staging, { mode: 0o700 })
    // The hash that names the copy is made from the bytes that were written, not from the first look.
    const copied = await readInOnePiece(source, { signal, visitor: copyInto(staging) })
    if (!copied.ok) return copied
    await sealTree(staging, copied.value.tree)
    if (existsSync(treePath(store, copied.value.treeHash))) return await confirmStored(store, copied.value, signal)
    publish(store, staging, copied.value)
    return copied
  } finally {
    deleteTree(staging)
    store.active.delete(name)
  }
}

/** Reads a folder that nobody touched between the first look at it and the last. */
async function readInOnePiece(
  source: TreeSource,
  reading: TreeReading,
): Promise<Result<StoredTree, readonly Diagnostic[]>> {
  const fingerprint = fingerprintFolder(source.directory)
  const read = await readTree(source, reading)
  if (!read.ok) return read
  // Each file was whole, but an edit between two of them would give a tree that never existed.
  if (fingerprint === undefined || fingerprintFolder(source.directory) !== fingerprint) {
    const message = 'changed while it was read'
    return err([{ severity: 'error', code: 'tree.changed', message, file: source.location, hint: 'Scan it again.' }])
  }
  return ok({ tree: read.value, treeHash: treeHash(read.value), fingerprint })
}

/** A stored tree is never replaced: it is what it should be, or somebody has to remove it. */
async function confirmStored(
  store: Store,
  stored: StoredTree,
  signal: AbortSignal | undefined,
): Promise<Result<StoredTree, readonly Diagnostic[]>> {
  const verified = await verifyTree(store, stored.treeHash, signal)
  if (!verified.ok) return verified
  if (!existsSync(manifestPath(store, stored.treeHash))) writeManifest(store, stored)
  return ok(stored)
}

function publish(store: Store, staging: string, stored: StoredTree): void {
  writeManifest(store, stored)
  renameSync(staging, treePath(store, stored.treeHash))
  syncDirectory(store.directory)
}

function writeManifest(store: Store, stored: StoredTree): void {
  writeFileAtomically(manifestPath(store, stored.treeHash), JSON.stringify(stored.tree), 0o444)
}

function readManifest(store: Store, hash: TreeHash): Result<FileTree, Diagnostic> {
  const directory = openDirectory(store.directory)
  if (!directory.ok) return err(unknownTree(hash))
  try {
    const bytes = readFileBeneath(directory.value, `${hexOf(hash)}.json`, manifestLimits)
    if (!bytes.ok) return err(bytes.error.kind === 'missing' ? unknownTree(hash) : damagedTree(hash))
    const json = parseStrictJson(bytes.value, manifestLimits)
    const parsed = json.ok ? fileTreeSchema.safeParse(json.value) : undefined
    const checked = parsed?.success === true ? checkTree(parsed.data.entries) : undefined
    return checked?.ok === true && treeHash(checked.value) === hash ? checked : err(damagedTree(hash))
  } finally {
    closeSync(directory.value)
  }
}

function readStoredFile(store: Store, hash: TreeHash, path: string): Result<Buffer, Diagnostic> {
  const manifest = readManifest(store, hash)
  if (!manifest.ok) return manifest
  // Only a path the tree lists is opened, so it cannot lead out of it.
  const entry = manifest.value.entries.find((candidate) => candidate.path === path)
  if (entry === undefined || entry.kind === 'directory') {
    return err({ severity: 'error', code: 'tree.no_file', message: `the tree ${hash} holds no such file` })
  }
  const bytes = readListedFile(treePath(store, hash), entry)
  return bytes === undefined ? err(damagedTree(hash)) : ok(bytes)
}

function readListedFile(root: string, entry: TreeEntry & { readonly kind: 'file' }): Buffer | undefined {
  const segments = entry.path.split('/')
  const name = segments.pop() ?? ''
  let directory = openDirectory(root)
  for (const segment of segments) {
    if (!directory.ok) return undefined
    const parent = directory.value
    directory = openDirectoryBeneath(parent, segment)
    closeSync(parent)
  }
  if (!directory.ok) return undefined
  try {
    const bytes = readFileBeneath(directory.value, name, { maxBytes: entry.size })
    return bytes.ok && sha256Hex(bytes.value) === entry.sha256 ? bytes.value : undefined
  } finally {
    closeSync(directory.value)
  }
}

async function verifyTree(
  store: Store,
  hash: TreeHash,
  signal: AbortSignal | undefined,
): Promise<Result<FileTree, readonly Diagnostic[]>> {
  const directory = treePath(store, hash)
  if (!existsSync(directory)) return err([unknownTree(hash)])
  const read = await readTree({ directory, location: `trees/${hexOf(hash)}` }, { signal })
  if (!read.ok) return err([damagedTree(hash), ...read.error])
  return treeHash(read.value) === hash ? read : err([damagedTree(hash)])
}

function removeTree(store: Store, hash: TreeHash): boolean {
  const path = treePath(store, hash)
  const manifest = manifestPath(store, hash)
  const hadTree = existsSync(path)
  if (!hadTree && !existsSync(manifest)) return false
  const grave = join(store.directory, `tmp-${randomBytes(8).toString('hex')}`)
  // Renamed first: a tree that is half deleted must never be found under its hash.
  if (hadTree) renameSync(path, grave)
  rmSync(manifest, { force: true })
  syncDirectory(store.directory)
  deleteTree(grave)
  return true
}

function sweepStore(store: Store, keep: ReadonlySet<TreeHash>): readonly string[] {
  if (!existsSync(store.directory)) return []
  const swept: string[] = []
  for (const name of readdirSync(store.directory).sort()) {
    const hash = treeHashSchema.safeParse(`sha256:${name.replace(/\.json$/, '')}`)
    if (hash.success) {
      const isWhole = hasTree(store, hash.data)
      // Without its list nobody can read it, without the tree the list is of nothing: an interrupted step.
      if ((keep.has(hash.data) && isWhole) || !removeTree(store, hash.data)) continue
    } else if (/^tmp-[0-9a-f]{16}$/.test(name) && !store.active.has(name)) {
      deleteTree(join(store.directory, name))
    } else if (temporaryFilePattern.test(name)) {
      rmSync(join(store.directory, name), { force: true })
    } else continue
    swept.push(name)
  }
  return swept
}

function hasTree(store: Store, hash: TreeHash): boolean {
  return existsSync(manifestPath(store, hash)) && existsSync(treePath(store, hash))
}

function treePath(store: Store, hash: TreeHash): string {
  return join(store.directory, hexOf(hash))
}

function manifestPath(store: Store, hash: TreeHash): string {
  return join(store.directory, `${hexOf(hash)}.json`)
}

function hexOf(hash: TreeHash): string {
  return treeHashSchema.parse(hash).slice('sha256:'.length)
}

function unknownTree(hash: TreeHash): Diagnostic {
  return { severity: 'error', code: 'tree.unknown', message: `no tree ${hash} is stored`, hint: 'Scan the pack again.' }
}

function damagedTree(hash: TreeHash): Diagnostic {
  return {
    severity: 'error',
    code: 'tree.damaged',
    message: `the stored tree ${hash} is not what its name says`,
    hint: 'Remove the tree and scan the pack again.',
  }
}
